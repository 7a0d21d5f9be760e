/** The limits of one run, in the units that the code keeps: the instance's, with the run's overrides. */
import type { IsolateConfig } from "../../config/config.ts";
import { isWallTimeFor, wallTimeFor, type LimitKey } from "../../model/limits.ts";
import type { Overrides } from "../../model/request.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import { msToSeconds, secondsToMs } from "../../model/units.ts";

function smaller(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}

/** `time_limit` and `cpu_time_limit` both bound CPU time: the smaller counts. */
function cpuTimeOf(config: IsolateConfig): number | null {
  return smaller(config.time_limit, config.cpu_time_limit);
}

/** A CPU time limit of the run brings a wall time limit with it, as one of a box does; a wall time limit that was chosen for the box stays. */
function wallTimeOf(config: IsolateConfig, { maxCpu, maxTime }: Overrides): number | null {
  if (maxTime !== undefined) return maxTime;
  const own = config.wall_time_limit;
  return typeof maxCpu === "number" && isWallTimeFor(cpuTimeOf(config), own) ? wallTimeFor(maxCpu) : own;
}

export function effectiveLimits(config: IsolateConfig, overrides: Overrides): RunLimits {
  const cpuSeconds = overrides.maxCpu === undefined ? cpuTimeOf(config) : overrides.maxCpu;
  const wallSeconds = wallTimeOf(config, overrides);
  return {
    cpuTimeMs: cpuSeconds === null ? null : secondsToMs(cpuSeconds),
    wallTimeMs: wallSeconds === null ? null : secondsToMs(wallSeconds),
    memoryBytes: overrides.maxMemory === undefined ? config.memory_limit : overrides.maxMemory,
    processes: config.process_limit,
    fileSizeBytes: config.file_size_limit,
    stackBytes: config.stack_limit,
    coreBytes: config.core_limit,
    openFiles: config.open_files_limit,
    outputBytes: config.output_limit,
    // A quota bounds the box at every moment.
    diskBytes: config.disk_quota === null ? config.disk_limit : null,
    cpuShares: config.cpu_shares,
  };
}

/** The limits of a run under the names and in the units of the configuration. */
export function documentedLimits(run: RunLimits): Record<Exclude<LimitKey, "time_limit" | "disk_quota">, number | null> {
  const seconds = (ms: number | null) => (ms === null ? null : msToSeconds(ms));
  return {
    memory_limit: run.memoryBytes,
    cpu_time_limit: seconds(run.cpuTimeMs),
    wall_time_limit: seconds(run.wallTimeMs),
    process_limit: run.processes,
    file_size_limit: run.fileSizeBytes,
    stack_limit: run.stackBytes,
    core_limit: run.coreBytes,
    open_files_limit: run.openFiles,
    output_limit: run.outputBytes,
    disk_limit: run.diskBytes,
    cpu_shares: run.cpuShares,
  };
}
