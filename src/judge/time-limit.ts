/** Where the time limit of a judging is from. */
import { limits as limitTable } from "../model/limits.ts";
import type { TimeLimitDocument } from "./document.ts";
import type { GivenLimits } from "./limits.ts";
import type { Problem } from "./problem.ts";

/** A limit that is not inferred. */
export function timeLimitOf({ limits }: Problem, given: GivenLimits): TimeLimitDocument {
  const common = { lower: null, upper: null, lower_by: null, upper_by: null, multipliers: null, factors: limits.timeFactors };
  if (given.cpuTime !== undefined) return { ...common, value: given.cpuTime, source: "flag" };
  return limits.cpuTime === null ? { ...common, value: limitTable.time_limit.default, source: "default" } : { ...common, value: limits.cpuTime, source: "package" };
}
