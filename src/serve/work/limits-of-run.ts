/** The limits of a job as a box and a run have them. */
import type { IsolateConfigInput } from "../../config/config.ts";
import { limits, type LimitKey } from "../../model/limits.ts";
import type { FurtherBounds, Overrides } from "../../model/request.ts";
import type { Limits, ProgramWork } from "../job.ts";

/** Limits that a run can have in any box. */
const ofRun: readonly LimitKey[] = ["memory_limit", "time_limit", "cpu_time_limit", "wall_time_limit"];

/** The others are those of its box. */
export const ofBox = (asked: Limits): Limits => Object.fromEntries(Object.entries(asked).filter(([key]) => !ofRun.includes(key as LimitKey)));

/** What cannot be lifted stays as a box has it. */
export function boxConfig(all: Limits): IsolateConfigInput {
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => value !== null || limits[key as LimitKey].canBeUnlimited));
}

/** Of both CPU time limits the smaller counts. */
export function overridesOf({ time_limit, cpu_time_limit, memory_limit, wall_time_limit }: Limits): Overrides {
  const cpu = [time_limit, cpu_time_limit].filter((seconds) => seconds !== undefined);
  const finite = cpu.filter((seconds) => seconds !== null);
  return {
    ...(cpu.length === 0 ? {} : { maxCpu: finite.length === 0 ? null : Math.min(...finite) }),
    ...(memory_limit === undefined ? {} : { maxMemory: memory_limit }),
    ...(wall_time_limit === undefined ? {} : { maxTime: wall_time_limit }),
  };
}

/** What each process has for itself, besides. */
export function boundsOf({ processLimits: own }: ProgramWork): FurtherBounds | null {
  if (own === undefined) return null;
  return { cpuRate: null, dataBytes: null, addressSpaceBytes: own.addressSpace ?? null, ...(own.cpuTime === undefined ? {} : { processCpuSeconds: own.cpuTime }) };
}
