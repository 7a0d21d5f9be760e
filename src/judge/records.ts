/** What is kept of a judging, test by test: all that verdicts are decided from. Seconds and bytes. */
import type { ExecutionResult } from "../model/result.ts";

/** What is kept of a run of the submission. */
export type RunRecord = Pick<ExecutionResult, "status" | "limit" | "cpu_time" | "wall_time" | "memory_peak" | "exit_code" | "signal" | "error_message"> & {
  /** What the program wrote to standard output; null: not known. */
  readonly output_bytes: number | null;
  /** The end of what it wrote to standard error, of a run that was no success; left out: nothing. */
  readonly stderr?: string;
};

/** What a checker or an interactor said, or why it said nothing. */
export interface CheckRecord {
  /** `failed`: a fault of the jury's program or of the judge: it crashed, was over its limit, or broke the protocol. */
  readonly kind: "accepted" | "wrong" | "failed";
  /** For judges. Why it failed, or what it said; null: nothing. */
  readonly message: string | null;
  /** Points that it gave; null: none. */
  readonly points: number | null;
  /** What part of the full score it gave, 0 to 1 (more only from CMS, whose GroupThreshold compares such outcomes); null: none, which is all for `accepted` and nothing for `wrong`. */
  readonly fraction: number | null;
  /** Exit code of its program; null: it ended by a signal, or is built in. */
  readonly exit_code: number | null;
  /** Number of the signal that ended it; null: none did. */
  readonly signal: number | null;
  /** CPU time of its program, in seconds; null: it is built in. */
  readonly cpu_time: number | null;
  /** Time on the clock, in seconds; null: it is built in. */
  readonly wall_time: number | null;
  /** Its peak of memory, in bytes; null: it is built in, or that was not measured. */
  readonly memory_peak: number | null;
}

/** One run of a test, and the check of its output. Most tests have one. */
export interface PassRecord {
  /** null: there was nothing to run (the submission is the outputs). */
  readonly run: RunRecord | null;
  /** null: the checker was not asked, as the run was no success. */
  readonly check: CheckRecord | null;
  /** Of submission and interactor; null: they did not run at the same time. */
  readonly first_to_end: "submission" | "interactor" | null;
  /** What both said, cut to a length; null: they did not talk. */
  readonly transcript: readonly Said[] | null;
  /** What the judge saw of submission and interactor, for people. Left out: nothing to tell. */
  readonly note?: string;
}

export interface Said {
  /** Which process of the submission, where there are several, by `process`. */
  readonly from: "submission" | "interactor";
  /** Number of the process of the submission, where there are several. */
  readonly process?: number;
  /** What it wrote. */
  readonly text: string;
  /** Bytes of the traffic, whoever wrote them, that are left out before this. Left out: nothing is. */
  readonly left_out?: number;
}

/** The limits of a test: what its verdict is decided by. Seconds and bytes; null: no limit. */
export interface TestLimits {
  /** CPU time, in seconds; null: no limit. */
  readonly cpu_time_limit: number | null;
  /** Time on the clock, in seconds; null: no limit. */
  readonly wall_time_limit: number | null;
  /** Memory, in bytes; null: no limit. */
  readonly memory_limit: number | null;
  /** Output, in bytes; null: no limit. */
  readonly output_limit: number | null;
}

/** Of what was not run. */
export const noTestLimits: TestLimits = { cpu_time_limit: null, wall_time_limit: null, memory_limit: null, output_limit: null };

export interface TestRecord {
  /** Its runs, in their order. */
  readonly passes: readonly PassRecord[];
  /** What it could use, what the language pack makes of it counted in. */
  readonly limits: TestLimits;
  /** Number of the processor that it was pinned to; null: none. */
  readonly core: number | null;
  /** How many times it was run again. */
  readonly reruns: number;
}

/** A check of a built-in checker. */
export function builtInCheck(kind: CheckRecord["kind"], message: string | null = null): CheckRecord {
  return { kind, message, points: null, fraction: null, exit_code: null, signal: null, cpu_time: null, wall_time: null, memory_peak: null };
}
