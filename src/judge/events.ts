/** What the judge says as it goes. */
import type { CompileResult, Enforcement } from "../model/result.ts";
import type { Decision, TestDecision } from "./decide/decision.ts";
import type { GraderAnswer } from "./decide/grader.ts";
import type { TestRecord, TestLimits } from "./records.ts";
import type { SubmissionFacts } from "./submission-facts.ts";

/** Where a test of a submission stands now; a later test, or another run, may change its group but not a verdict that is known. */
export interface TestResult {
  /** The name of the test. */
  readonly name: string;
  /** What was measured. */
  readonly record: TestRecord;
  /** What is decided about it. */
  readonly decision: TestDecision;
}

export interface SubmissionResult {
  /** Which submission it is. */
  readonly submission: SubmissionFacts;
  /** How it was compiled; null: it was not, as its language needs none. */
  readonly compile: CompileResult | null;
  /** Whether it could not be compiled. */
  readonly isCompileError: boolean;
  /** Why it could not be judged, whatever its tests say; null: it could. */
  readonly fault: string | null;
  /** Id of its language; null: it is a program, or was not run. */
  readonly language: string | null;
  /** In the order of the problem; null: not run. */
  readonly records: readonly (TestRecord | null)[];
  /** What programs of the jury answered that decide groups, by what they were asked. */
  readonly grades: Readonly<Record<string, GraderAnswer>>;
  /** Its verdict and its score. */
  readonly decision: Decision;
  /** What each test could use: the limits of the problem, and what the language pack makes of them. Seconds and bytes; null: no limit. */
  readonly limits: TestLimits;
  /** What enforced the limits; null: nothing was run. */
  readonly enforced: Enforcement | null;
  /** It was ended before all tests were through. */
  readonly isStopped: boolean;
}

/** Submissions and tests are named by their indices. */
export type JudgeEvent =
  /** The submission was compiled, or taken from the cache; null: its language is not compiled. */
  | { readonly kind: "compiled"; readonly submission: number; readonly compile: CompileResult | null; readonly language: string | null }
  /** A test begins. */
  | { readonly kind: "begin"; readonly submission: number; readonly test: number }
  /** A test has ended; it comes again when it was run again. */
  | { readonly kind: "test"; readonly submission: number; readonly test: number; readonly result: TestResult }
  /** No test of the submission is left, but for those that are run again at the end. */
  | { readonly kind: "submission"; readonly submission: number; readonly result: SubmissionResult }
  | { readonly kind: "end"; readonly results: readonly SubmissionResult[] };
