/**
 * The `--meta` file: `key:value` lines in the manner of ioi/isolate, for scripts that read those.
 *
 * isolate knows four statuses, absent on success: RE (exit code not 0), SG (died of a signal), TO (time), XX (our fault). Ours
 * are put into them by how the program ended:
 *
 * | ours | theirs |
 * | --- | --- |
 * | RuntimeError, Signaled | RE or SG |
 * | TimeLimit | TO, without exitcode and exitsig; `killed:1` when the limit ended it |
 * | MemoryLimit | RE or SG, and `cg-oom-killed:1` where a cgroup enforced it; RE also when the main process went on to exit 0 |
 * | ProcessLimit, FileSizeLimit, SecurityViolation, CompileError | RE or SG |
 * | InternalError | XX and the message, nothing else |
 */
import type { ExecutionResult } from "../model/result.ts";

/** isolate's readers take a line of at most this many bytes as the message. */
const longestMessageBytes = 1023;
const sigkill = 9;

/** The lines for a result. Times in seconds, cut to the millisecond; memory in KB (1024 bytes). */
export function formatMeta(result: ExecutionResult): string {
  if (result.status === "InternalError") return formatFault(result.error_message ?? "internal error");
  const byCgroup = result.enforced.memory.startsWith("cgroup");
  const inKb = (bytes: number) => String(Math.round(bytes / 1024));
  const timedOut = result.status === "TimeLimit";
  const lines: [key: string, value: string][] = [
    ["time", seconds(result.cpu_time)],
    ["time-wall", seconds(result.wall_time)],
  ];
  if (result.memory_peak !== null) lines.push(["max-rss", inKb(result.memory_peak)]);
  if (byCgroup && result.cgroup_memory_peak !== null) lines.push(["cg-mem", inKb(result.cgroup_memory_peak)]);
  if (byCgroup && result.status === "MemoryLimit") lines.push(["cg-oom-killed", "1"]);
  if (!timedOut && result.exit_code !== null) lines.push(["exitcode", String(result.exit_code)]);
  if (!timedOut && result.signal !== null) lines.push(["exitsig", String(result.signal)]);
  if (result.status !== "Success") {
    lines.push(["status", timedOut ? "TO" : result.signal === null ? "RE" : "SG"]);
    lines.push(["message", oneLine(messageOf(result))]);
  }
  if (wasKilled(result, byCgroup)) lines.push(["killed", "1"]);
  return join(lines);
}

/** The lines for a fault of ours: the program's outcome is not known. */
export function formatFault(message: string): string {
  return join([
    ["status", "XX"],
    ["message", oneLine(message)],
  ]);
}

function join(lines: readonly (readonly [string, string])[]): string {
  return lines.map(([key, value]) => `${key}:${value}\n`).join("");
}

function seconds(value: number): string {
  // Microseconds first: 1.001 * 1000 is a little less than 1001.
  return (Math.floor(Math.round(value * 1e6) / 1e3) / 1e3).toFixed(3);
}

/** isolate's own words where it has the status, since scripts compare them; ours otherwise. */
function messageOf(result: ExecutionResult): string {
  const ours = result.error_message ?? result.status;
  switch (result.status) {
    case "RuntimeError":
      return `Exited with error status ${result.exit_code}`;
    case "Signaled":
      return `Caught fatal signal ${result.signal}`;
    case "TimeLimit":
      return result.limit === "wall_time" ? "Time limit exceeded (wall clock)" : "Time limit exceeded";
    default:
      return ours;
  }
}

/** Whether we ended the program; in a cgroup it is the kernel that kills for memory. */
function wasKilled(result: ExecutionResult, byCgroup: boolean): boolean {
  if (result.signal !== sigkill) return false;
  return result.status === "TimeLimit" || result.status === "FileSizeLimit" || (result.status === "MemoryLimit" && !byCgroup);
}

function oneLine(text: string): string {
  const bytes = Buffer.from(text.replace(/[\0-\x1f\x7f]+/g, " "));
  if (bytes.length <= longestMessageBytes) return bytes.toString();
  // A character that is cut in two decodes to U+FFFD at the end.
  return bytes.subarray(0, longestMessageBytes).toString().replace(/\ufffd+$/, "");
}
