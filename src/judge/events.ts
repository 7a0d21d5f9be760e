/** What the judge is asked for, and what it says. */
import type { IsolateConfigInput } from "../config/config.ts";
import type { RunLoop } from "../executor/watch/run-loop.ts";
import type { LimitKey } from "../model/limits.ts";
import type { CompileResult, Enforcement } from "../model/result.ts";
import type { SignalSource } from "../model/waiting.ts";
import type { Comparison } from "./compare/comparison.ts";
import type { Decision, TestDecision } from "./decide/decision.ts";
import type { Until } from "./decide/until.ts";
import type { GivenLimits } from "./limits.ts";
import type { TestRecord, TestLimits } from "./records.ts";
import type { Submission } from "./submission.ts";
import type { Combination } from "./verdict.ts";

export interface JudgeOptions {
  /** How many tests run at the same time; 1 by default. */
  readonly jobs?: number;
  /** Processors of each job, as in cpuset(7), for as many as there are jobs; left out: not pinned. */
  readonly cpus?: readonly string[];
  /** Limits in place of those of the problem. CPU time is what a verdict is about; the limit on the clock only ends what waits. */
  readonly limits?: GivenLimits;
  /** Configuration of the boxes of submissions. */
  readonly config?: IsolateConfigInput;
  /** Which limits in `config` count before those of a language pack. */
  readonly limitsGiven?: readonly LimitKey[];
  /** In place of what the problem says; for the built-in checker `default`. */
  readonly comparison?: Comparison;
  /** `all` by default; `first-error`: no test after the first failure is begun; `slowest`: the same, but a TLE is no end. */
  readonly until?: Until;
  /** In place of what the problem says. */
  readonly combination?: Combination;
  /** Tests that end so close to the time limit, as a part of it, are run again alone; null: none. */
  readonly rerunClose?: number | null;
  readonly stateDir?: string;
  /** All runs wait by it, in a process that does nothing else; left out: the event loop of the caller stays free. */
  readonly loop?: RunLoop;
  /** Signals that end what runs, for one run each. */
  readonly signals?: () => SignalSource;
  /** Called between runs: true ends the judging, and what is known is reported. */
  readonly isStopped?: () => boolean;
  readonly warn?: (line: string) => void;
}

/** Where a test of a submission stands now; a later test, or another run, may change its group but not a verdict that is known. */
export interface TestResult {
  readonly name: string;
  readonly record: TestRecord;
  readonly decision: TestDecision;
}

export interface SubmissionResult {
  readonly submission: Submission;
  readonly compile: CompileResult | null;
  readonly isCompileError: boolean;
  /** Why it could not be judged, whatever its tests say; null: it could. */
  readonly fault: string | null;
  readonly language: string | null;
  /** In the order of the problem; null: not run. */
  readonly records: readonly (TestRecord | null)[];
  readonly decision: Decision;
  /** What each test could use: the limits of the problem, and what the language pack makes of them. Seconds and bytes; null: no limit. */
  readonly limits: TestLimits;
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
