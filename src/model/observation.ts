/** The raw facts of one run: what the kernel and our own clocks said, before anybody judged it. */
import type { PeakSource } from "./peak-source.ts";
import type { DiskUsage } from "./result.ts";

/** Why the supervisor killed the box; the first reason wins. */
export type KillReason = "forbidden" | "cpu" | "wall" | "output" | "memory" | "interrupted";

/** How the start went. */
export type Launch =
  | { readonly kind: "started" }
  /** A step of the plan failed: our fault, the program never ran. `reason`: more than the error number says. */
  | { readonly kind: "failed"; readonly does: string; readonly errno: number; readonly reason?: string }
  /** Everything was ready but execve of the program failed: the program's fault. `reason`: the whole message. */
  | { readonly kind: "not executable"; readonly errno: number; readonly reason?: string }
  /** The launcher ended without a word, or took too long. */
  | { readonly kind: "lost"; readonly reason: string };

export interface CapturedOutput {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/** A system call that the filter forbids, made by a process of the box. */
export interface ForbiddenCall {
  /** `mount`, or `number 21 of the 32-bit ABI` where the number counts by another table; null: its thread was gone before it could be asked. */
  readonly name: string | null;
  /** Who made it, as our pid namespace has it: a thread of the main process, or of another of the box. */
  readonly by: { readonly thread: number; readonly process: "main" | "other" } | null;
}

/** What the run has used up to one moment. */
export interface MeterReading {
  readonly cpuTimeMs: number;
  /** Highest use so far in bytes; null: not measured yet. */
  readonly memoryPeakBytes: number | null;
}

/** The account of a whole run. */
export interface MemoryAccount {
  /** Highest use of anonymous and shared memory in bytes; null: not measured, as the program did not run or ended before anybody looked at it. */
  readonly memoryPeakBytes: number | null;
  readonly memoryPeakSource: PeakSource | null;
  /** Highest charge of the control group in bytes, page cache and memory of the kernel as well; null: no group counted it. */
  readonly groupMemoryPeakBytes: number | null;
}

/** What was found in the working directory when nothing of the run lived any more. */
export interface Holding extends DiskUsage {
  /**
   * Why nobody can vouch for the box: null for nothing, `too many` when there are more files than are looked at, `out of reach` for a
   * directory that could not be entered (the box then holds at least what was counted), `not removed` when a link or special file that
   * the program left would not go.
   */
  readonly unseen: "too many" | "out of reach" | "not removed" | null;
}

/** What the kernel counted for a process and the children that it waited for. */
export interface ProcessUsage {
  readonly cpuTimeMs: number;
  readonly maxRssBytes: number;
  readonly contextSwitches: number;
  readonly forcedSwitches?: number;
}

/** What the supervision of the processes found out. */
export interface RunFacts extends MemoryAccount {
  readonly launch: Launch;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly killReason: KillReason | null;
  /** The first forbidden system call that any process of the box made, for `forbidden`. */
  readonly forbidden: ForbiddenCall | null;
  /** Signal that told us to stop, for `interrupted`. */
  readonly interruptedBy: string | null;
  readonly cpuTimeMs: number;
  readonly wallTimeMs: number;
  /** Memory was sampled, and a process of the box did not let us look at its memory files. */
  readonly hidesMemoryFiles: boolean;
  /** Processes of this run that the kernel killed because its group was out of memory. */
  readonly oomKills: number;
  /** Those that it killed although the group had not reached its limit: a group above it, or the host, was out of memory. */
  readonly oomKillsFromAbove: number;
  readonly deniedForks: number;
  /** Those that were refused although the group had not reached its limit: a group above it has no room for more processes. */
  readonly deniedForksFromAbove: number;
  readonly pageFaults: number;
  readonly contextSwitches: number;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  /** Of the main process; null: nobody reaped it. Left out: nobody asked. The launcher's share is in it. */
  readonly mainUsage?: ProcessUsage | null;
  /** The launcher's share. */
  readonly launcherUsage?: ProcessUsage | null;
  /** Something of ours that went wrong after the start, in words. */
  readonly fault: string | null;
}

/** All that a verdict is made from. */
export interface Observation extends RunFacts {
  /** Null: nobody looked. */
  readonly holding: Holding | null;
}
