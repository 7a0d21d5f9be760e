/** From an observation to a status: the one place where a verdict is made. Pure. */
import { signals } from "../../kernel/os-numbers.ts";
import { describeErrno, errno } from "../../kernel/errno.ts";
import type { ExecutionStatus, ReachedLimit } from "../../model/status.ts";
import { describeBytes, msToSeconds } from "../../model/units.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import type { ForbiddenCall, Holding, Observation } from "../../model/observation.ts";

export interface Verdict {
  readonly status: ExecutionStatus;
  /** One sentence for people; null on success. */
  readonly message: string | null;
  /** The limit that was reached, where the status speaks of one. */
  readonly limit?: ReachedLimit | null;
}

const { SIGSYS, SIGXFSZ } = signals;

const outOfMemoryAbove =
  "the host or a control group above the box ran out of memory, and the kernel killed a process of the box: run fewer boxes at once, or give them less memory";

const crowdedAbove =
  "a control group above the box allows no more processes, and the program failed: run fewer boxes at once, or raise pids.max there";

const crowded = "its user has other processes, more than the process limit; in another container perhaps, where they cannot be counted: give each its own uids (MINI_ISOLATE_UIDS)";

/** `11` to `SIGSEGV`; real-time signals by their number. */
export function signalName(signal: number): string {
  const found = Object.entries(signals).find(([, number]) => number === signal);
  return found?.[0] ?? `SIGRTMIN+${signal - 34}`;
}

/**
 * Decides in the order of the contract, first that holds: a fault of ours, a forbidden system call, out of memory, time, file size, disk,
 * refused forks, signal, exit code. Evidence comes only from the kernel and our own clocks. When somebody above the box was out of memory,
 * nothing that comes after that tells about the program.
 */
export function classify(observed: Observation, limits: RunLimits): Verdict {
  const ours = internalFault(observed);
  if (ours !== null) return { status: "InternalError", message: ours };
  const failed = observed.exitCode !== 0;
  if (observed.forbidden !== null) return { status: "SecurityViolation", message: forbiddenCall(observed.forbidden) };
  if (observed.signal === SIGSYS) return { status: "SecurityViolation", message: "the program made a forbidden system call (SIGSYS)" };
  const overMemory = limits.memoryBytes !== null && (observed.memoryPeakBytes ?? 0) > limits.memoryBytes;
  const fromAbove = observed.oomKillsFromAbove > 0;
  if (observed.oomKills > 0 || overMemory || (observed.killReason === "memory" && !fromAbove)) {
    return { status: "MemoryLimit", message: `the memory limit of ${size(limits.memoryBytes)} was reached` };
  }
  if (fromAbove) return { status: "InternalError", message: outOfMemoryAbove };
  if (observed.killReason === "cpu" || exceeds(observed.cpuTimeMs, limits.cpuTimeMs)) {
    return { status: "TimeLimit", message: `the CPU time limit of ${seconds(limits.cpuTimeMs)} s was exceeded` };
  }
  if (observed.killReason === "wall" || exceeds(observed.wallTimeMs, limits.wallTimeMs)) {
    return { status: "TimeLimit", message: `the wall time limit of ${seconds(limits.wallTimeMs)} s was exceeded` };
  }
  if (observed.killReason === "output") return { status: "FileSizeLimit", message: `the output limit of ${size(limits.outputBytes)} was exceeded` };
  if (observed.signal === SIGXFSZ) return { status: "FileSizeLimit", message: `the file size limit of ${size(limits.fileSizeBytes)} was exceeded (SIGXFSZ)` };
  if (observed.launch.kind === "not executable") {
    return { status: "RuntimeError", message: observed.launch.reason ?? `cannot execute the program: ${describeErrno(observed.launch.errno)}` };
  }
  const overfull = overDisk(observed.holding, limits.diskBytes);
  if (overfull !== null) return { status: "FileSizeLimit", message: overfull };
  if (observed.deniedForks > 0 && failed) {
    return { status: "ProcessLimit", message: `the process limit of ${limits.processes}, in which each thread counts as a process, was reached and the program failed` };
  }
  if (observed.deniedForksFromAbove > 0 && failed) return { status: "InternalError", message: crowdedAbove };
  if (observed.signal !== null) return { status: "Signaled", message: `the program was ended by signal ${observed.signal} (${signalName(observed.signal)})` };
  if (failed) return { status: "RuntimeError", message: `the program ended with exit code ${observed.exitCode}` };
  return { status: "Success", message: null };
}

/** The limit that a status speaks of, from the same evidence and in the same order; null: of none. */
export function limitReached(status: ExecutionStatus, observed: Observation, limits: RunLimits): ReachedLimit | null {
  switch (status) {
    case "MemoryLimit": return "memory";
    case "TimeLimit": return observed.killReason === "cpu" || exceeds(observed.cpuTimeMs, limits.cpuTimeMs) ? "cpu_time" : "wall_time";
    case "FileSizeLimit": return observed.killReason === "output" ? "output" : observed.signal === SIGXFSZ ? "file_size" : "disk";
    case "ProcessLimit": return "processes";
    default: return null;
  }
}

function forbiddenCall({ name }: ForbiddenCall): string {
  const { permittedBy } = require("./permitted.ts") as typeof import("./permitted.ts");
  return `forbidden system call: ${name ?? "unknown, as its thread was gone at once"}${permittedBy(name)}`;
}

function internalFault(observed: Observation): string | null {
  const { launch } = observed;
  if (launch.kind === "failed") return `cannot ${launch.does}: ${launch.reason ?? describeErrno(launch.errno)}`;
  if (launch.kind === "lost") return launch.reason;
  // Of a user with more processes than RLIMIT_NPROC allows (execve(2)): not of this box, which has only its launcher by then.
  if (launch.kind === "not executable" && launch.errno === errno.EAGAIN) return `cannot execute the program: ${describeErrno(launch.errno)}: ${crowded}`;
  if (observed.fault !== null) return observed.fault;
  if (observed.killReason === "interrupted") return `stopped because mini-isolate received ${observed.interruptedBy}`;
  if (launch.kind === "started" && observed.exitCode === null && observed.signal === null) return "the end of the program was not seen";
  return null;
}

/** Also when it cannot be told: a program that makes too many files to look at them all must not hide what else it made, with or without a limit. */
function overDisk(holding: Holding | null, limit: number | null): string | null {
  if (holding === null) return null;
  const { bytes, files, unseen } = holding;
  if (limit !== null && bytes > limit) {
    const [held, allowed] = describeBytes(bytes, limit);
    return `the box holds ${unseen === null || unseen === "not removed" ? "" : "at least "}${held} in ${files} ${files === 1 ? "file" : "files"}, more than its disk limit of ${allowed}`;
  }
  if (unseen !== "too many") return null;
  if (limit === null) return `the box holds more than ${files} files, too many to look at them all after a run`;
  return `the box holds too many files to measure them against its disk limit of ${describeBytes(limit)[0]}`;
}

function exceeds(usedMs: number, limitMs: number | null): boolean {
  return limitMs !== null && usedMs > limitMs;
}

/** In the unit of the flags. */
function size(bytes: number | null): string {
  return bytes === null ? "unlimited size" : describeBytes(bytes)[0]!;
}

function seconds(ms: number | null): number {
  return msToSeconds(ms ?? 0);
}
