/** The limits of a run step: what the box and the caller say, and what the pack makes of it. Pure. */
import type { LimitKey } from "../model/limits.ts";
import type { LimitKeys } from "../model/run-limits.ts";
import type { PackKey } from "./keys.ts";
import type { Adjustment, Language, PackRunLimits } from "./language.ts";

/** What raises the limits of a compile step; how much the directory holds is for the box to say. */
export const compileLimitKeys: LimitKeys = {
  cpu_time: "compile.limits.time", wall_time: "compile.limits.wall_time", memory: "compile.limits.memory", processes: "compile.limits.processes",
  file_size: "compile.limits.file_size", output: "compile.limits.output",
} satisfies Record<string, PackKey>;

/** What raises the limits that a pack sets for its programs; times and memory are for flags of the run, which count before the pack. */
export function runLimitKeys({ processes, fileSizeBytes, outputBytes }: PackRunLimits): LimitKeys {
  const key = (value: number | undefined, keys: LimitKeys) => (value === undefined ? {} : keys);
  return {
    ...key(processes, { processes: "run.limits.processes" }),
    ...key(fileSizeBytes, { file_size: "run.limits.file_size" }),
    ...key(outputBytes, { output: "run.limits.output" }),
  };
}

const boxLimits: Readonly<Record<string, LimitKey>> = { processes: "process_limit", fileSizeBytes: "file_size_limit", stackBytes: "stack_limit", outputBytes: "output_limit" };

/** What is left of the limits of a pack where the caller named limits of a box for this run, which count before them. */
export function withoutGiven(limits: PackRunLimits, given: readonly LimitKey[]): PackRunLimits {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => boxLimits[name] === undefined || !given.includes(boxLimits[name])));
}

/** The limits that a pack can scale; null: no limit. */
export interface ScaledLimits {
  readonly cpuTimeSeconds: number | null;
  readonly wallTimeSeconds: number | null;
  readonly memoryBytes: number | null;
}

/** The limits of a run of a language. What is missing is the box's. */
export interface LanguageLimits extends ScaledLimits {
  readonly processes?: number;
  readonly fileSizeBytes?: number;
  readonly stackBytes?: number;
  readonly outputBytes?: number;
}

/** What a language makes of limits. */
export type Scaling = Pick<Language, "time" | "memory"> & { readonly run: { readonly limits: PackRunLimits } };

/**
 * A limit that the caller gave for this run counts before that of the pack, and that before the box's. What the pack
 * multiplies and adds comes last, whoever set the limit: the limits of a problem are given by box or flag.
 * @param limits of the box, with the caller's in their place
 * @param given which of them the caller gave for this run
 */
export function languageLimits({ run, time, memory }: Scaling, limits: ScaledLimits, given: Readonly<Record<keyof ScaledLimits, boolean>>): LanguageLimits {
  const { cpuTimeSeconds, wallTimeSeconds, memoryBytes, ...others } = run.limits;
  const own: Readonly<Record<keyof ScaledLimits, number | undefined>> = { cpuTimeSeconds, wallTimeSeconds, memoryBytes };
  const of = (name: keyof ScaledLimits) => (given[name] ? limits[name] : (own[name] ?? limits[name]));
  const memoryLimit = adjusted(of("memoryBytes"), memory);
  return {
    ...others,
    cpuTimeSeconds: adjusted(of("cpuTimeSeconds"), time),
    wallTimeSeconds: adjusted(of("wallTimeSeconds"), time),
    memoryBytes: memoryLimit === null ? null : Math.round(memoryLimit),
  };
}

function adjusted(limit: number | null, adjustment: Adjustment | null): number | null {
  if (limit === null || adjustment === null) return limit;
  return limit * adjustment.factor + adjustment.add;
}
