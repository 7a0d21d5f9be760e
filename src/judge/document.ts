/** The document of a judging, as `--json` prints it and the report shows it. Seconds and bytes; verdicts are AC WA TLE MLE RTE OLE CE JE. */
import type { CompileResult, Enforcement } from "../model/result.ts";
import type { Flip } from "./decide/flip.ts";
import type { Said, TestLimits } from "./records.ts";
import type { Verdict } from "./verdict.ts";

export interface JudgingDocument {
  readonly problem: string;
  readonly format: string;
  readonly time_limit: TimeLimitDocument;
  /** Of the first submission, what the language makes of them counted in. */
  readonly limits: TestLimits;
  readonly submissions: readonly SubmissionDocument[];
  readonly judge_errors: readonly { readonly submission: string; readonly test: string | null; readonly message: string | null }[];
  readonly machine: MachineDocument;
  readonly enforced: Enforcement | null;
  readonly warnings: readonly string[];
}

export interface TimeLimitDocument {
  /** CPU time. null: none. */
  readonly value: number | null;
  readonly source: "flag" | "package" | "inferred" | "default";
  /** The least that lets all pass that have to; null: nothing says. */
  readonly lower: number | null;
  /** The most that lets none pass that must not. */
  readonly upper: number | null;
  /** Which run says `lower`, and which one `upper`; null: nothing does. */
  readonly lower_by: { readonly submission: string; readonly test: string } | null;
  readonly upper_by: { readonly submission: string; readonly test: string } | null;
  /** What an inferred limit was worked out with: the slowest accepted run times the one is the limit, and the limit times the other is the least that a run that is out of time should take. */
  readonly multipliers: { readonly ac_to_limit: number; readonly limit_to_tle: number } | null;
  /** By language: what the limit is multiplied by. */
  readonly factors: Readonly<Record<string, number>>;
}

export interface MachineDocument {
  readonly cpu: string | null;
  readonly cores: number;
  readonly memory: number | null;
  readonly kernel: string;
  readonly version: string;
  readonly jobs: number;
}

export interface SubmissionDocument {
  readonly path: string;
  readonly language: string | null;
  /** Verdicts that it may have; empty: nothing is expected. */
  readonly expected: readonly Verdict[];
  /** Where the expectation is from; null: there is none. */
  readonly expected_by: string | null;
  readonly verdict: Verdict | null;
  /** Why it was not compiled or not judged at all; null: it was. */
  readonly message: string | null;
  /** null: nothing is expected. */
  readonly as_expected: boolean | null;
  /** Why not, for people. */
  readonly unexpected: readonly string[];
  /** What is as expected, but worth a look. */
  readonly notes: readonly string[];
  readonly score: number | null;
  readonly max_score: number | null;
  readonly stopped: boolean;
  readonly compile: (Pick<CompileResult, "status" | "cached" | "cpu_time" | "wall_time" | "memory_peak" | "exit_code" | "stdout" | "stderr">) | null;
  readonly slowest: { readonly test: string; readonly time: number } | null;
  /** The time limits of the problem at which the verdict would be another; null: not worked out. */
  readonly flips: readonly Flip[] | null;
  readonly limits: TestLimits;
  readonly groups: readonly GroupDocument[];
  readonly tests: readonly TestDocument[];
}

export interface GroupDocument {
  readonly name: string;
  readonly verdict: Verdict | null;
  readonly score: number | null;
  readonly max_score: number | null;
}

/** What was not run has a verdict of null, and nothing measured. */
export interface TestDocument {
  readonly name: string;
  readonly group: string;
  readonly sample: boolean;
  readonly verdict: Verdict | null;
  /** Whether this verdict is one that the submission may have on this test; null: nothing is expected of this test alone. */
  readonly as_expected: boolean | null;
  readonly message: string | null;
  readonly score: number | null;
  readonly status: string | null;
  readonly cpu_time: number | null;
  readonly wall_time: number | null;
  readonly memory_peak: number | null;
  readonly exit_code: number | null;
  readonly signal: number | null;
  readonly output_bytes: number | null;
  /** The end of what it wrote to standard error, of a run that was no success. */
  readonly stderr: string | null;
  readonly passes: readonly PassDocument[];
  readonly first_to_end: "submission" | "interactor" | null;
  readonly checker: { readonly exit_code: number | null; readonly message: string | null; readonly score: number | null; readonly time: number | null } | null;
  readonly core: number | null;
  readonly reruns: number;
  readonly near_limit: boolean;
  readonly idle: boolean;
}

export interface PassDocument {
  readonly verdict: Verdict;
  readonly cpu_time: number | null;
  readonly wall_time: number | null;
  readonly message: string | null;
  readonly first_to_end: "submission" | "interactor" | null;
  readonly transcript: readonly Said[] | null;
}
