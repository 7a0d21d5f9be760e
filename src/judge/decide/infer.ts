/** A time limit from the submissions of a package: what they took says how much it must be at least, and at most. Pure; times are in seconds. */
import type { Expectation } from "../expectation.ts";
import type { Problem, ProblemLimits } from "../problem.ts";
import type { TestRecord } from "../records.ts";
import { rounded } from "./group.ts";
import { selected } from "./selected.ts";
import { limitReached } from "./time.ts";

export type Inference = NonNullable<ProblemLimits["inference"]>;

/** Of version 2025-09 of the problem package format. */
export const usualInference: Inference = { acToLimit: 2, limitToTle: 1.5, resolution: 1 };

/** While the limit is not known, submissions run with this one. */
export const inferringLimit = 300;

/** A submission that was run with a limit that is far above what it should need. */
export interface TimedSubmission {
  readonly path: string;
  /** What its language makes of the limit of the problem: 2 where it has twice the time. */
  readonly factor: number;
  readonly expected: Expectation | null;
  /** In the order of the tests; null: not run. */
  readonly records: readonly (TestRecord | null)[];
}

export interface Bound {
  readonly submission: string;
  readonly test: string;
  /** What the run took, its language's factor taken out. */
  readonly time: number;
}

export interface InferredLimit {
  /** null: nothing says how much it must be at least. */
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly lowerBy: Bound | null;
  readonly upperBy: Bound | null;
  /** Why the value is none that a problem can have. */
  readonly errors: readonly string[];
  readonly notes: readonly string[];
}

/** @throws nothing: what is wrong is in `errors` */
export function inferTimeLimit(problem: Problem, submissions: readonly TimedSubmission[], inference: Inference = problem.limits.inference ?? usualInference): InferredLimit {
  const { acToLimit, limitToTle, resolution } = inference;
  const errors: string[] = [];
  // Where nothing is expected of any submission, they are what has to be in time.
  const nothingExpected = submissions.every(({ expected }) => expected === null);
  const lowers: Bound[] = [];
  const uppers: Bound[] = [];
  for (const submission of submissions) {
    for (const { words, tests } of rulesOf(problem, submission.expected)) {
      const use = useOf(words);
      const slowest = slowestOf(problem, submission, tests);
      if (slowest === null) continue;
      if (use.lower && slowest.isEnded) errors.push(`${submission.path} has to be in time, and was ended on ${slowest.test} after ${shown(slowest.time)} s`);
      if (use.lower) lowers.push(slowest);
      if (use.upper) uppers.push(slowest);
    }
    const all = nothingExpected ? slowestOf(problem, submission, () => true) : null;
    if (all !== null) lowers.push(all);
  }
  const lowerBy = most(lowers, 1);
  const upperBy = most(uppers, -1);
  const lower = lowerBy === null ? null : rounded(lowerBy.time * acToLimit);
  const upper = upperBy === null ? null : rounded(upperBy.time / limitToTle);
  const value = lower === null ? null : rounded(Math.max(1, Math.ceil(rounded(lower / resolution))) * resolution);
  if (value === null) errors.push("no submission has to be in time, so nothing says how much the time limit must be at least");
  if (value !== null && upper !== null && value > upper) {
    errors.push(`the time limit must be at least ${shown(lower!)} s (${shown(lowerBy!.time)} s of ${lowerBy!.submission} on ${lowerBy!.test}, times ${acToLimit}), which makes it ${shown(value)} s, and at most ${shown(upper)} s (${shown(upperBy!.time)} s of ${upperBy!.submission} on ${upperBy!.test}, divided by ${limitToTle})`);
  }
  return { value, lower, upper, lowerBy: plain(lowerBy), upperBy: plain(upperBy), errors, notes: value === null ? [] : slowOnes(problem, submissions, value) };
}

type Words = Omit<Expectation, "parts">;

/** What is said of all tests, and of parts of them. */
function rulesOf(problem: Problem, expected: Expectation | null): readonly { readonly words: Words; readonly tests: (number: number) => boolean }[] {
  if (expected === null) return [];
  const parts = expected.parts.map(({ tests: pattern, expected: words }) => {
    const isMeant = selected(problem, pattern);
    return { words, tests: (number: number) => isMeant[number] === true };
  });
  return [{ words: expected, tests: () => true }, ...parts];
}

/** For which bound a rule counts: what may not be out of time is for the lower one, what must be is for the upper one. */
function useOf({ about, permitted, required, useForTimeLimit: use }: Words): { readonly lower: boolean; readonly upper: boolean } {
  if (use === false) return { lower: false, upper: false };
  if (use === "lower" || use === "upper") return { lower: use === "lower", upper: use === "upper" };
  const only = (verdicts: Words["permitted"], verdict: "AC" | "TLE") => verdicts?.length === 1 && verdicts[0] === verdict;
  if (about === "overall") return { lower: only(permitted, "AC"), upper: only(permitted, "TLE") };
  return { lower: permitted !== null && !permitted.includes("TLE"), upper: only(required, "TLE") };
}

/** Whether a submission says how much the limit must be at least. */
export function isForLowerBound(problem: Problem, expected: Expectation | null): boolean {
  return rulesOf(problem, expected).some(({ words }) => useOf(words).lower);
}

interface Slowest extends Bound {
  /** It did not end by itself, so it takes longer. */
  readonly isEnded: boolean;
}

function slowestOf({ tests }: Problem, { path, factor, records }: TimedSubmission, isMeant: (test: number) => boolean): Slowest | null {
  let slowest: Slowest | null = null;
  for (const [number, record] of records.entries()) {
    if (record === null || !isMeant(number)) continue;
    const { time, isEnded } = limitReached(record);
    if (slowest === null || time / factor > slowest.time) slowest = { submission: path, test: tests[number]!.name, time: rounded(time / factor), isEnded };
  }
  return slowest;
}

/** @param sign 1: the slowest, -1: the fastest */
function most(bounds: readonly Bound[], sign: 1 | -1): Bound | null {
  return bounds.reduce<Bound | null>((best, bound) => (best === null || sign * bound.time > sign * best.time ? bound : best), null);
}

const plain = (bound: Bound | null): Bound | null => (bound === null ? null : { submission: bound.submission, test: bound.test, time: bound.time });

/** Submissions that are accepted, and count for no bound, and would be out of time. */
function slowOnes(problem: Problem, submissions: readonly TimedSubmission[], value: number): readonly string[] {
  return submissions.flatMap((submission) => {
    const { expected } = submission;
    if (expected?.useForTimeLimit !== false || expected.permitted?.length !== 1 || expected.permitted[0] !== "AC") return [];
    const slowest = slowestOf(problem, submission, () => true);
    return slowest === null || slowest.time <= value ? [] : [`${submission.path} takes ${shown(slowest.time)} s on ${slowest.test}, and does not count for the time limit of ${shown(value)} s`];
  });
}

const shown = (seconds: number) => String(Math.round(seconds * 1000) / 1000);
