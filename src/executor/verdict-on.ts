/** The verdict on a run, with what the caller can do about it. */
import type { Observation } from "../model/observation.ts";
import type { Box, PreparedRun } from "./plan/prepare.ts";
import { classify, limitReached, type Verdict } from "./verdict/classify.ts";

/** What raises a limit is loaded only where one was reached. */
export async function verdictOn(observed: Observation, { limits, limitKeys = {} }: PreparedRun, { temporary = false }: Box): Promise<Verdict> {
  const verdict = classify(observed, limits);
  const limit = limitReached(verdict.status, observed, limits);
  if (limit === null || verdict.message === null) return verdict;
  // Nothing raises the number of files that are looked at.
  if (limit === "disk" && observed.holding?.unseen === "too many") return { ...verdict, limit };
  const { withWhatRaises } = await import("./verdict/raise.ts");
  return { ...verdict, limit, message: withWhatRaises(verdict.message, limit, { keys: limitKeys, temporary }) };
}
