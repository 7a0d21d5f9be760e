/** Decides when a running program has to be killed, and when to look again. Pure: readings go in, a decision comes out. */
import type { RunLimits } from "../../model/run-limits.ts";
import type { KillReason } from "../../model/observation.ts";

export interface WatchdogInput {
  readonly wallTimeMs: number;
  readonly cpuTimeMs: number;
  readonly memoryPeakBytes: number;
  readonly oomKills: number;
  readonly outputOverflowed: boolean;
}

export interface WatchdogDecision {
  readonly kill: KillReason | null;
  /** Milliseconds after which something could have happened. */
  readonly lookAgainMs: number;
}

/** Shortest pause between two looks; bounds how far a limit is overrun, and what looking costs. */
const shortestPauseMs = 2;

/**
 * @param processors how many can work for the program at the same time: CPU time grows that much faster than the clock
 */
export function watch(input: WatchdogInput, limits: RunLimits, processors: number, longestPauseMs: number): WatchdogDecision {
  const kill = reason(input, limits);
  const wallLeft = limits.wallTimeMs === null ? Infinity : limits.wallTimeMs - input.wallTimeMs;
  const cpuLeft = limits.cpuTimeMs === null ? Infinity : (limits.cpuTimeMs - input.cpuTimeMs) / processors;
  const pause = Math.min(Math.max(Math.min(wallLeft, cpuLeft), shortestPauseMs), longestPauseMs);
  return { kill, lookAgainMs: kill === null ? pause : 0 };
}

function reason(input: WatchdogInput, limits: RunLimits): KillReason | null {
  // The kernel kills one process of a group; the rest would go on with what that one held.
  if (input.oomKills > 0) return "memory";
  if (limits.memoryBytes !== null && input.memoryPeakBytes > limits.memoryBytes) return "memory";
  if (limits.cpuTimeMs !== null && input.cpuTimeMs > limits.cpuTimeMs) return "cpu";
  if (limits.wallTimeMs !== null && input.wallTimeMs > limits.wallTimeMs) return "wall";
  return input.outputOverflowed ? "output" : null;
}
