/** What is decided about a submission, from its records. */
import type { Problem } from "./problem.ts";
import type { TestRecord } from "./records.ts";
import { combinedVerdict, isNearLimit, testVerdict, type Combination, type TestLimits, type Verdict } from "./verdict.ts";

export interface TestDecision {
  readonly verdict: Verdict;
  /** For people; null when there is nothing to say. */
  readonly message: string | null;
  readonly score: number | null;
  readonly isIdle: boolean;
  readonly isNearLimit: boolean;
}

export interface GroupDecision {
  readonly name: string;
  readonly verdict: Verdict | null;
  readonly score: number | null;
  readonly maxScore: number | null;
}

export interface Decision {
  /** null: no test was run, or those before the first failure were not. */
  readonly verdict: Verdict | null;
  readonly score: number | null;
  readonly maxScore: number | null;
  readonly tests: readonly (TestDecision | null)[];
  readonly groups: readonly GroupDecision[];
  /** The test with the most CPU time. */
  readonly slowest: { readonly test: string; readonly time: number } | null;
}

export interface Policy {
  readonly limits: TestLimits;
  readonly combination: Combination;
  readonly near: number;
}

export function decide(problem: Problem, records: readonly (TestRecord | null)[], policy: Policy): Decision {
  const tests = records.map((record) => (record === null ? null : decideTest(record, policy)));
  let slowest: Decision["slowest"] = null;
  for (const [number, record] of records.entries()) {
    const time = record === null ? 0 : Math.max(0, ...record.passes.map(({ run }) => run?.cpu_time ?? 0));
    if (record !== null && (slowest === null || time > slowest.time)) slowest = { test: problem.tests[number]!.name, time };
  }
  return { verdict: combinedVerdict(tests.map((test) => test?.verdict ?? null), policy.combination), score: null, maxScore: null, tests, groups: [], slowest };
}

export function decideTest({ passes }: TestRecord, { limits, near }: Policy): TestDecision {
  const { run, check } = passes.at(-1)!;
  const { verdict, message, isIdle } = testVerdict(run!, check, limits);
  return { verdict, message, score: null, isIdle, isNearLimit: run !== null && isNearLimit(run, limits, near) };
}
