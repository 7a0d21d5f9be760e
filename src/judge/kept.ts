/** All that the verdicts of a judging are made from, as a text that is kept, and read again to decide anew. */
import { configError } from "../model/errors.ts";
import type { Decision, Policy } from "./decide/decision.ts";
import { rounded } from "./decide/group.ts";
import { decideWhole } from "./decide/whole.ts";
import type { MachineDocument, TimeLimitDocument } from "./document.ts";
import type { SubmissionResult } from "./events.ts";
import type { Problem } from "./problem.ts";

/** Grows when what is kept can no longer be read by earlier versions, or they would decide otherwise. */
const version = 1;

type KeptResult = Omit<SubmissionResult, "decision">;

export interface Kept {
  readonly records_version: typeof version;
  readonly problem: Problem;
  readonly results: readonly KeptResult[];
  readonly machine: MachineDocument;
  readonly time_limit: TimeLimitDocument;
  readonly warnings: readonly string[];
}

/** @returns JSON */
export function keptText(problem: Problem, results: readonly SubmissionResult[], context: Pick<Kept, "machine" | "time_limit" | "warnings">): string {
  const kept: Kept = {
    records_version: version,
    problem,
    results: results.map(({ decision: _, ...result }) => result),
    ...context,
  };
  return `${JSON.stringify(kept)}\n`;
}

/** @param where for messages @throws IsolateError of kind Config when it is no such text */
export function readKept(text: string, where: string): Kept {
  const refuse = (why: string) => configError(`cannot decide again from ${where}: ${why}`, "give a directory that was written by judge --records");
  let kept: Partial<Kept> | null;
  try {
    kept = JSON.parse(text) as Partial<Kept> | null;
  } catch {
    throw refuse("it is no JSON");
  }
  if (typeof kept !== "object" || kept === null || kept.records_version === undefined) throw refuse("it holds no records of a judging");
  if (kept.records_version !== version) throw refuse(`it was written by another version of mini-isolate (records ${String(kept.records_version)}, this one reads ${version})`);
  const { problem, results } = kept;
  const isWhole = Array.isArray(problem?.tests) && problem.root !== undefined && Array.isArray(results) && results.every(({ records }) => Array.isArray(records) && records.length === problem.tests.length);
  if (!isWhole) throw refuse("it is not complete");
  return kept as Kept;
}

/**
 * What is decided by another policy. Nothing is run. A time limit of the policy is one of the problem, as the one that was judged by; what the
 * language makes of it is as large a part more as it was then.
 */
export function decideAgain({ problem, results, time_limit: { value } }: Kept, { limits: changed = {}, ...policy }: Policy): readonly SubmissionResult[] {
  return results.map((kept) => {
    const { cpu_time_limit: then } = kept.limits;
    const { cpu_time_limit: now } = changed;
    const own = now == null || then === null || value === null ? {} : { cpu_time_limit: rounded(now * (then / value)) };
    const limits = { ...changed, ...own };
    return { ...kept, limits: { ...kept.limits, ...limits }, decision: withOpenQuestions(decideWhole(problem, kept, { ...policy, limits })) };
  });
}

/** A grader was asked about the verdicts of then, and nothing runs now. */
function withOpenQuestions(decision: Decision): Decision {
  const groups = decision.questions.map(({ group }) => (group === "" ? "the problem" : group));
  return groups.length === 0 ? decision : { ...decision, judgeErrors: [...decision.judgeErrors, `the grader of ${groups.join(", ")} has not been asked about these verdicts: judge again, without --rejudge`] };
}
