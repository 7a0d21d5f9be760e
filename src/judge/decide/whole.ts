/** A submission as a whole: its tests, unless it was not compiled or could not be judged. */
import type { Problem } from "../problem.ts";
import type { TestRecord } from "../records.ts";
import { decide } from "./decide.ts";
import type { Decision, Policy } from "./decision.ts";
import type { GraderAnswer } from "./grader.ts";

/** What is kept of a submission. */
export interface Whole {
  readonly records: readonly (TestRecord | null)[];
  readonly isCompileError: boolean;
  readonly fault: string | null;
  readonly grades: Readonly<Record<string, GraderAnswer>>;
}

export function decideWhole(problem: Problem, { records, isCompileError, fault, grades }: Whole, policy: Policy): Decision {
  const decision = decide(problem, records, { ...policy, grades: new Map(Object.entries(grades)) });
  if (fault !== null) return { ...decision, verdict: "JE" };
  return isCompileError ? { ...decision, verdict: "CE" } : decision;
}
