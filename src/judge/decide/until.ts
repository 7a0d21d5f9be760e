/** How many tests are wanted: all, those up to the first failure, or those up to the first failure that is more than being slow. */
import type { Verdict } from "../verdict.ts";

export type Until = "all" | "first-error" | "slowest";

/** Whether no test is wanted after one that has this verdict. */
export function endsAll(until: Until, verdict: Verdict): boolean {
  return until !== "all" && verdict !== "AC" && !(until === "slowest" && verdict === "TLE");
}
