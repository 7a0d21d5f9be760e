/** The limits of a run step: what the box and the caller say, and what the pack makes of it. Pure. */
import type { Adjustment, Language } from "./language.ts";

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

/**
 * A limit that the caller gave for this run counts before that of the pack, and that before the box's. What the pack
 * multiplies and adds comes last, whoever set the limit: the limits of a problem are given by box or flag.
 * @param limits of the box, with the caller's in their place
 * @param given which of them the caller gave for this run
 */
export function languageLimits({ run, time, memory }: Language, limits: ScaledLimits, given: Readonly<Record<keyof ScaledLimits, boolean>>): LanguageLimits {
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
