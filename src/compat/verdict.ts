/** From what was seen of a run to the meta file, the last line on standard error and the exit code. */
import type { RunFacts } from "../model/observation.ts";
import { signals } from "../kernel/os-numbers.ts";
import { errorWords } from "./error-words.ts";
import type { MetaLine } from "./meta.ts";
import type { Request } from "./options.ts";

export interface CompatVerdict {
  readonly meta: readonly MetaLine[];
  /** null: `OK`, with the times. */
  readonly message: string;
  /** A fault of ours or of the host: `-s` does not silence it. */
  readonly isFault: boolean;
  readonly exitCode: 0 | 1 | 2;
}

export interface Seen {
  readonly facts: RunFacts;
  /** CPU time that counts for the limit. */
  readonly cpuTimeMs: number;
  /** null without --cg. */
  readonly cg: { readonly memoryBytes: number; readonly killedForMemory: number } | null;
  /** Signal that told us to stop or that is fatal for us, by its name. */
  readonly signal: keyof typeof signals | null;
}

const interrupting = new Set<keyof typeof signals>(["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]);

function seconds(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  return `${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, "0")}`;
}

const timeLimit = "Time limit exceeded";
const wallTimeLimit = `${timeLimit} (wall clock)`;

export function compatVerdict(seen: Seen, request: Pick<Request, "timeMs" | "wallTimeMs">): CompatVerdict {
  const { facts, signal } = seen;
  const { launch } = facts;
  const stats = statistics(seen);
  const status = (name: string, message: string): MetaLine[] => [["status", name], ["message", message]];
  const fault = (message: string, meta = status("XX", message)): CompatVerdict => ({ meta, message, isFault: true, exitCode: 2 });
  const failed = (message: string, meta: readonly MetaLine[]): CompatVerdict => ({ meta, message, isFault: false, exitCode: 1 });
  if (signal !== null && interrupting.has(signal)) {
    return failed("Interrupted", [["exitsig", signals[signal]], ...status("SG", "Interrupted"), ["killed", 1], ...stats]);
  }
  if (signal !== null) {
    const message = `Sandbox keeper received fatal signal ${signals[signal]}`;
    return fault(message, [...status("XX", message), ["killed", 1], ...stats]);
  }
  const killed = (message: string) => failed(message, [...status("TO", message), ["killed", 1], ...stats]);
  if (launch.kind === "failed") return fault(`${launch.does.replace(/^join /, "Cannot write ")}: ${errorWords(launch.errno)}`);
  // A named pipe that nobody opened at its other end: the program waited for it as long as it may.
  if (launch.kind === "lost") return launch.reason.includes("wall time limit") ? killed(wallTimeLimit) : fault(launch.reason);
  if (facts.killReason === "cpu") return killed(timeLimit);
  if (facts.killReason === "wall") return killed(wallTimeLimit);
  if (facts.fault !== null) return fault(facts.fault);
  const over = afterEnd(seen, request);
  if (over !== null) return failed(over, [...stats, ...status("TO", over)]);
  if (facts.signal !== null) {
    const message = `Caught fatal signal ${facts.signal}`;
    return failed(message, [...stats, ["exitsig", facts.signal], ...status("SG", message)]);
  }
  if (facts.exitCode === null) return fault("Did not receive exit status from proxy");
  const exit: MetaLine = ["exitcode", facts.exitCode];
  if (facts.exitCode === 0) return { meta: [...stats, exit], message: `OK (${seconds(seen.cpuTimeMs)} sec real, ${seconds(facts.wallTimeMs)} sec wall)`, isFault: false, exitCode: 0 };
  const message = `Exited with error status ${facts.exitCode}`;
  return failed(message, [...stats, exit, ...status("RE", message)]);
}

/** A limit that was passed between two looks. CPU time first. */
function afterEnd({ facts, cpuTimeMs }: Seen, { timeMs, wallTimeMs }: Pick<Request, "timeMs" | "wallTimeMs">): string | null {
  if (timeMs !== 0 && Math.floor(cpuTimeMs) > timeMs) return timeLimit;
  return wallTimeMs !== 0 && Math.floor(facts.wallTimeMs) > wallTimeMs ? wallTimeLimit : null;
}

function statistics({ facts, cpuTimeMs, cg }: Seen): MetaLine[] {
  const used = facts.mainUsage ?? null;
  const [all, ours] = [used?.contextSwitches ?? 0, facts.launcherUsage?.contextSwitches ?? 0];
  const [allForced, oursForced] = [used?.forcedSwitches ?? 0, facts.launcherUsage?.forcedSwitches ?? 0];
  const forced = Math.max(0, allForced - oursForced);
  const memory = Math.floor((cg?.memoryBytes ?? 0) / 1024);
  return [
    ["time", seconds(cpuTimeMs)],
    ["time-wall", seconds(facts.wallTimeMs)],
    ["max-rss", Math.floor((used?.maxRssBytes ?? 0) / 1024)],
    ["csw-voluntary", Math.max(0, all - ours - forced)],
    ["csw-forced", forced],
    ...(memory > 0 ? [["cg-mem", memory] satisfies MetaLine] : []),
    ...((cg?.killedForMemory ?? 0) > 0 ? [["cg-oom-killed", 1] satisfies MetaLine] : []),
  ];
}
