/** What is decided about a submission from its records, and by which policy. Points are rounded to 9 decimal places. */
import type { Combination, Verdict } from "../verdict.ts";
import type { TestLimits } from "../records.ts";
import type { GraderQuestion, Grades } from "./grader.ts";
import type { Until } from "./until.ts";

export interface TestDecision {
  /** The verdict of the test, from all of its passes. */
  readonly verdict: Verdict;
  /** For people; null when there is nothing to say. */
  readonly message: string | null;
  /** Points that it gives its group; null: the problem has none. */
  readonly score: number | null;
  /** Out of time on the clock, with little CPU time. */
  readonly isIdle: boolean;
  /** So close to the time limit that another run could end otherwise. */
  readonly isNearLimit: boolean;
}

export interface GroupDecision {
  /** The name of the group. */
  readonly name: string;
  /** null: not known, as tests that it depends on were not run. */
  readonly verdict: Verdict | null;
  /** Points that are certain: a test that was not run gives nothing. null: the problem has no scores. */
  readonly score: number | null;
  /** The most points that there can be; null: there is no bound. */
  readonly maxScore: number | null;
}

export interface Slowest {
  /** The name of the test. */
  readonly test: string;
  /** Its CPU time, in seconds. */
  readonly time: number;
}

export interface Decision extends Omit<GroupDecision, "name"> {
  /** In the order of the problem; null: not run. */
  readonly tests: readonly (TestDecision | null)[];
  /** All but the root, parents before children. */
  readonly groups: readonly GroupDecision[];
  /** The test with the most CPU time. */
  readonly slowest: Slowest | null;
  /** What is wrong with the package or its checker, besides tests whose verdict is JE. */
  readonly judgeErrors: readonly string[];
  /** What graders have to be asked before the verdict is known ({@link Policy.grades}). */
  readonly questions: readonly GraderQuestion[];
}

/** By what it is decided. */
export interface Policy {
  /** Limits in place of those that the runs had. Seconds and bytes; null: no limit; left out: those of the runs. */
  readonly limits?: Partial<TestLimits>;
  /** In place of what the problem says; groups that are always accepted stay so. */
  readonly combination?: Combination;
  /** A run that ends so close to the time limit, as a part of it, is near it. */
  readonly near?: number;
  /** Tests after the first failure, or after the first that is not TLE, count for nothing, also where they were run. */
  readonly until?: Until;
  /** What graders answered. */
  readonly grades?: Grades;
}
