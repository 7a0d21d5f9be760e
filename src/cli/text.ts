/** The text form of a result: what `run` and `execute` print without `--json`. */
import { signalName } from "../executor/verdict/classify.ts";
import type { CompileResult, DiskUsage, Enforcement, ExecutionResult, Figures, RepeatReport } from "../model/result.ts";
import { formatColumns } from "./table.ts";
import { escapeControls } from "./write.ts";

export interface TextForm {
  /** Show both output sections even when they are empty, and the compiler's when it had something to say or its result was kept from earlier. */
  readonly verbose: boolean;
  /** Escape what could steer a terminal; otherwise the program's bytes are given as they were. */
  readonly terminal: boolean;
  /** Show the word of the status in a colour; for terminals only. */
  readonly colour?: boolean;
}

type Stream = "stdout" | "stderr";
type Measured = ExecutionResult | CompileResult;

/**
 * The head (status, how it ended, times in seconds, peak and disk usage in KB of 1024 bytes), then a section for each stream that has
 * something to show.
 */
export function formatResult(result: ExecutionResult, form: TextForm): Uint8Array {
  const parts: (string | Uint8Array)[] = [coloured(display(head(result, form), form), result, form)];
  const compile = result.phase === "compile" ? (result.compile ?? result) : form.verbose ? result.compile : null;
  const cached = result.compile?.cached ?? false;
  if (compile !== null && (cached || result.phase === "compile" || streams.some((stream) => compile[stream] !== ""))) {
    parts.push(...section(cached ? "COMPILE (from cache)" : "COMPILE", streams.map((stream) => bytesOf(compile, stream, form))));
  }
  if (result.phase === "run") {
    for (const stream of streams) {
      if (form.verbose || result[stream] !== "") parts.push(...section(stream.toUpperCase(), [bytesOf(result, stream, form)]));
    }
  }
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

/** Green for a success; yellow for a limit; red for the rest. */
function coloured(text: string, { status, limit, success }: ExecutionResult, { colour }: TextForm): string {
  return colour === true ? text.replace(status, `\x1b[${success ? 32 : limit === null ? 31 : 33}m${status}\x1b[0m`) : text;
}

const streams: readonly Stream[] = ["stdout", "stderr"];

function head(result: ExecutionResult, { verbose }: TextForm): string {
  const lines = [`Status: ${result.status}`];
  if (result.signal !== null) lines.push(`Signal: ${result.signal} (${signalName(result.signal)})`);
  else if (result.exit_code !== null) lines.push(`Exit code: ${result.exit_code}`);
  lines.push(`Time: ${result.wall_time.toFixed(3)}s (wall), ${result.cpu_time.toFixed(3)}s (CPU)`);
  lines.push(`Memory peak: ${result.memory_peak === null ? "not measured" : `${Math.round(result.memory_peak / 1024)} KB`}`);
  if (result.repeat !== undefined) lines.push(repeated(result.repeat));
  if (verbose && result.cgroup_memory_peak !== null) lines.push(`With page cache: ${Math.round(result.cgroup_memory_peak / 1024)} KB`);
  if (verbose) lines.push(`Disk usage: ${diskUsage(result.disk_usage)}`);
  const weak = weaknesses(result.enforced);
  if (weak.length > 0) lines.push(`Not fully enforced: ${weak.join(", ")}`);
  const truncated = streams.filter((stream) => result[`${stream}_truncated`]);
  if (truncated.length > 0) lines.push(`Truncated: ${truncated.join(", ")}`);
  for (const [name, { path, bytes, error }] of Object.entries(result.files ?? {})) lines.push(error === undefined ? `Copied: ${name} to ${path} (${bytes} bytes)` : `Not copied: ${name}: ${error}`);
  if (result.error_message !== null) lines.push(`Message: ${result.error_message}`);
  return `${lines.join("\n")}\n`;
}

/** A line with the number of runs, then a table. */
function repeated({ runs, statuses, cpu_time, wall_time, memory_peak }: RepeatReport): string {
  const row = (name: string, figures: Figures | null, show: (value: number) => string) =>
    [name, ...(["min", "median", "max", "spread"] as const).map((key) => (figures === null ? "-" : show(figures[key])))];
  const seconds = (value: number) => `${value.toFixed(3)}s`;
  const table = [
    ["", "min", "median", "max", "spread"], row("CPU time", cpu_time, seconds), row("Wall time", wall_time, seconds), row("Memory peak", memory_peak, (bytes) => `${Math.round(bytes / 1024)} KB`),
  ];
  return `Runs: ${runs} (${Object.entries(statuses).map(([status, count]) => `${count} ${status}`).join(", ")})\n${formatColumns(table).trimEnd()}`;
}

/** Means that see only what there is when they look, or that bound more than the box. */
const weakMeans = /sampl|^rlimit$|changeable|^affinity|, shared$/;

/** What of a run was enforced by less than the kernel's own account of the box, with the means. */
function weaknesses(enforced: Enforcement): string[] {
  const counted = { memory: enforced.memory, "CPU time": enforced.cpu_time, processes: enforced.processes, processors: enforced.cpus ?? "" };
  const weak = Object.entries(counted).filter(([, means]) => weakMeans.test(means));
  // Without a file system of its own there are no namespaces at all. With one, a network that is not kept away was asked for.
  if (!/^(pivot_root|chroot)$/.test(enforced.filesystem)) weak.push(["file system", enforced.filesystem], ["network", enforced.network]);
  return weak.map(([what, means]) => `${what} (${means})`);
}

function diskUsage(usage: DiskUsage | null): string {
  if (usage === null) return "unknown";
  return `${Math.round(usage.bytes / 1024)} KB in ${usage.files} ${usage.files === 1 ? "file" : "files"}`;
}

/** A blank line, the title, the pieces; ends with a line feed whatever the program's output ends with. */
function section(title: string, pieces: readonly Uint8Array[]): (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = [`\n--- ${title} ---\n`];
  for (const piece of pieces) {
    parts.push(piece);
    if (piece.length > 0 && piece.at(-1) !== lineFeed) parts.push("\n");
  }
  return parts;
}

const lineFeed = 0x0a;

function bytesOf(result: Measured, stream: Stream, form: TextForm): Uint8Array {
  const base64 = result[`${stream}_base64`];
  if (base64 !== undefined && !form.terminal) return Buffer.from(base64, "base64");
  return Buffer.from(display(result[stream], form));
}

function display(text: string, form: TextForm): string {
  return form.terminal ? escapeControls(text) : text;
}
