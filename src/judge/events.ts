/** What the judge is asked for, and what it says. */
import type { IsolateConfigInput } from "../config/config.ts";
import type { RunLoop } from "../executor/watch/run-loop.ts";
import type { LimitKey } from "../model/limits.ts";
import type { Overrides } from "../model/request.ts";
import type { CompileResult, Enforcement } from "../model/result.ts";
import type { SignalSource } from "../model/waiting.ts";
import type { Comparison } from "./compare/comparison.ts";
import type { RunRecord } from "./records.ts";
import type { Combination, TestLimits, Verdict } from "./verdict.ts";

export interface JudgeOptions {
  /** How many tests run at the same time; 1 by default. */
  readonly jobs?: number;
  /** Processors of each job, as in cpuset(7), for as many as there are jobs; left out: not pinned. */
  readonly cpus?: readonly string[];
  /** Limits of the problem, in seconds and bytes. CPU time is what a verdict is about; the limit on the clock only ends what waits. */
  readonly limits?: Overrides;
  /** Configuration of the boxes. */
  readonly config?: IsolateConfigInput;
  /** Which limits in `config` count before those of a language pack. */
  readonly limitsGiven?: readonly LimitKey[];
  readonly comparison?: Comparison;
  /** `all` by default; `first-error`: no test after the first failure is begun; `slowest`: the same, but a TLE is no end. */
  readonly until?: "all" | "first-error" | "slowest";
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

/** One test of one submission. Seconds and bytes. */
export interface TestResult extends RunRecord {
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string | null;
  /** Out of time on the clock, with little CPU time. */
  readonly idle: boolean;
  /** So close to the time limit that it was, or should be, run again alone. */
  readonly near_limit: boolean;
  /** How many times it was run again. */
  readonly reruns: number;
}

export interface SubmissionResult {
  /** null: no test was run, or those before the first failure were not. */
  readonly verdict: Verdict | null;
  readonly compile: CompileResult | null;
  readonly language: string | null;
  /** In the order of the problem; null: not run. */
  readonly tests: readonly (TestResult | null)[];
  /** The test with the most CPU time. */
  readonly slowest: { readonly test: string; readonly time: number } | null;
  /** What each test could use: the limits of the problem, and what the language pack makes of them. Seconds and bytes; null: no limit. */
  readonly limits: TestLimits;
  readonly enforced: Enforcement | null;
  /** It was ended before all tests were through. */
  readonly isStopped: boolean;
}

export type JudgeEvent =
  /** The submission was compiled, or taken from the cache; null: its language is not compiled. */
  | { readonly kind: "compiled"; readonly compile: CompileResult | null; readonly language: string | null }
  /** A test has ended; it comes again when it was run again. */
  | { readonly kind: "test"; readonly number: number; readonly result: TestResult }
  | { readonly kind: "end"; readonly result: SubmissionResult };
