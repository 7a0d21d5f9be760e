/** What comes of one try of a test. */
import type { ExecutionResult } from "../../model/result.ts";
import type { Job } from "../job.ts";
import { builtInCheck, type CheckRecord, type PassRecord } from "../records.ts";

export interface Attempt {
  /** The first run of the submission, which may have been the compiler's; null: there was none. */
  readonly run: ExecutionResult | null;
  /** Empty when the submission could not be compiled. */
  readonly passes: readonly PassRecord[];
}

/** A test that could not be judged, which says nothing about the submission. */
export const failed = (why: string): Attempt => ({ run: null, passes: [{ run: null, check: builtInCheck("failed", why), first_to_end: null, transcript: null }] });

/** Whether the submission does not compile. A fault of the host in that step says nothing about it. */
export const isCompileError = ({ phase, status }: ExecutionResult) => phase === "compile" && status !== "InternalError";

export function passOf(job: Job, run: ExecutionResult, check: CheckRecord | null): PassRecord {
  return { run: job.recordOf(run, job.output.size), check, first_to_end: null, transcript: null };
}
