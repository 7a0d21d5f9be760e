/**
 * A judging whose time limit is worked out from the submissions: first those run that have to be in time, with a limit far above what they should
 * need; then the others, with a limit that tells whether they are far enough from the one that came out. At the end all are decided by that one.
 */
import { rounded } from "./decide/group.ts";
import { decideWhole } from "./decide/whole.ts";
import { inferringLimit, inferTimeLimit, isForLowerBound, usualInference, type InferredLimit } from "./decide/infer.ts";
import type { TimeLimitDocument } from "./document.ts";
import type { JudgeEvent, SubmissionResult } from "./events.ts";
import { judge } from "./judge.ts";
import type { JudgeOptions } from "./options.ts";
import { policyOf } from "./policy.ts";
import type { Problem } from "./problem.ts";
import type { Submission } from "./submission.ts";
import { IsolateError } from "../model/errors.ts";

export type InferringEvent = JudgeEvent | { readonly kind: "limit"; readonly limit: TimeLimitDocument; readonly notes: readonly string[] };

/** How much longer than they have to be out of time the others run: their time is then surely past it. */
const margin = 1.1;

/** @throws IsolateError as {@link judge}; of kind Config when nothing says how much the limit must be at least */
export async function* judgeInferring(problem: Problem, submissions: readonly Submission[], options: JudgeOptions): AsyncGenerator<InferringEvent, void, undefined> {
  const inference = problem.limits.inference ?? usualInference;
  const nothingExpected = submissions.every(({ expected }) => expected === null);
  const isFirst = submissions.map(({ expected }) => nothingExpected || isForLowerBound(problem, expected));
  const results: (Timed | null)[] = submissions.map(() => null);
  yield* part(problem, submissions, isFirst, results, inferringLimit, options);
  const least = infer(problem, results);
  if (least.value === null) throw new IsolateError("Config", `cannot infer a time limit: ${least.errors.join("; ")}`, { hint: "give one with --time-limit S" });
  yield* part(problem, submissions, isFirst.map((first) => !first), results, least.value * inference.limitToTle * margin, options);
  const limit = infer(problem, results);
  const value = limit.value!;
  yield { kind: "limit", limit: document(problem, limit, inference), notes: [...limit.errors, ...limit.notes] };
  // A grader was asked about other verdicts: those submissions run once more, with the limit that there is now.
  const isOpen = results.map((result) => result !== null && decidedBy(problem, result, value, options).decision.questions.length > 0);
  yield* part(problem, submissions, isOpen, results, value, options);
  const decided = results.filter((result) => result !== null).map((result) => decidedBy(problem, result, value, options));
  for (const [submission, result] of decided.entries()) yield { kind: "submission", submission, result };
  yield { kind: "end", results: decided };
}

/** A submission that was judged with a limit that is not the one that it is decided by. */
type Timed = SubmissionResult & {
  /** That limit, before its language made anything of it, in seconds. */
  readonly base: number;
};

/** Judges those that are meant, under the numbers that they have among all. */
async function* part(problem: Problem, all: readonly Submission[], isMeant: readonly boolean[], results: (Timed | null)[], base: number, options: JudgeOptions): AsyncGenerator<JudgeEvent, void, undefined> {
  const numbers = all.flatMap((_, number) => (isMeant[number] ? [number] : []));
  if (numbers.length === 0) return;
  const running = { ...options, rerunClose: null, limits: { ...options.limits, cpuTime: base } };
  for await (const event of judge(problem, numbers.map((number) => all[number]!), running)) {
    if (event.kind === "end") for (const [index, result] of event.results.entries()) results[numbers[index]!] = { ...result, base };
    // What is decided by these limits is not what is decided in the end.
    else if (event.kind !== "submission") yield { ...event, submission: numbers[event.submission]! };
  }
}

function infer(problem: Problem, results: readonly (Timed | null)[]): InferredLimit {
  const timed = results.flatMap((result) => (result === null || result.fault !== null || result.isCompileError ? [] : [result]));
  return inferTimeLimit(problem, timed.map((result) => ({ path: result.submission.path, factor: factorOf(result), expected: result.submission.expected, records: result.records })));
}

/** What its language makes of a limit: by the format, and by the language pack. */
const factorOf = ({ limits: { cpu_time_limit: then }, base }: Timed) => (then === null ? 1 : rounded(then / base));

function decidedBy(problem: Problem, timed: Timed, value: number, options: JudgeOptions): SubmissionResult {
  const { base: _, ...result } = timed;
  const limits = { cpu_time_limit: rounded(value * factorOf(timed)) };
  return { ...result, limits: { ...result.limits, ...limits }, decision: decideWhole(problem, result, { ...policyOf(options), limits }) };
}

function document({ limits }: Problem, { value, lower, upper, lowerBy, upperBy }: InferredLimit, { acToLimit, limitToTle }: typeof usualInference): TimeLimitDocument {
  const by = (bound: InferredLimit["lowerBy"]) => (bound === null ? null : { submission: bound.submission, test: bound.test });
  return { value, source: "inferred", lower, upper, lower_by: by(lowerBy), upper_by: by(upperBy), multipliers: { ac_to_limit: acToLimit, limit_to_tle: limitToTle }, factors: limits.timeFactors };
}
