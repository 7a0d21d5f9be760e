/** The limits of one run, in the units that the code keeps: the instance's, with the run's overrides. */
import type { IsolateConfig } from "../config/config.ts";
import type { Overrides } from "../model/request.ts";
import { secondsToMs } from "../units.ts";

/** null: no limit. */
export interface RunLimits {
  readonly cpuTimeMs: number | null;
  readonly wallTimeMs: number | null;
  readonly memoryBytes: number | null;
  readonly processes: number | null;
  readonly fileSizeBytes: number | null;
  readonly stackBytes: number | null;
  readonly coreBytes: number | null;
  readonly openFiles: number;
  readonly outputBytes: number;
  readonly cpuShares: number;
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}

/** `time_limit` and `cpu_time_limit` both bound CPU time: the smaller counts, unless the run overrides both. */
export function effectiveLimits(config: IsolateConfig, overrides: Overrides): RunLimits {
  const cpuSeconds = overrides.maxCpu === undefined ? smaller(config.time_limit, config.cpu_time_limit) : overrides.maxCpu;
  const wallSeconds = overrides.maxTime === undefined ? config.wall_time_limit : overrides.maxTime;
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
    cpuShares: config.cpu_shares,
  };
}
