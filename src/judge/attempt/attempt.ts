/** One try of a test: all its runs, and what the checker says of them. */
import { IsolateError } from "../../model/errors.ts";
import type { Job } from "../job.ts";
import type { Test } from "../problem.ts";
import type { Submission } from "../submission.ts";
import { TestFileFault } from "../test-file.ts";
import { attemptBatch } from "./batch.ts";
import { failed, type Attempt } from "./outcome.ts";
import { attemptOutputs, hasOutputs } from "./outputs.ts";

/** @throws IsolateError for what the caller has to mend: a source that cannot be read, a host without what is needed */
export async function attempt(job: Job, submission: Submission, test: Test): Promise<Attempt> {
  try {
    return await attemptKind(job, submission, test);
  } catch (error) {
    if (!(error instanceof TestFileFault)) throw error;
    return failed(error.message);
  }
}

async function attemptKind(job: Job, submission: Submission, test: Test): Promise<Attempt> {
  if (submission.source === null || hasOutputs(job.problem, test)) {
    const submitted = await attemptOutputs(job, submission, test);
    if (submitted !== null) return submitted;
  }
  const { kind } = job.problem;
  switch (kind.kind) {
    case "batch":
      return await attemptBatch(job, submission, test);
    case "interactive":
      return await (await import("./interactive.ts")).attemptInteractive(job, submission, test, kind.interactor);
    case "communication":
      return await (await import("./communication.ts")).attemptCommunication(job, submission, test, kind);
    default:
      throw new IsolateError("Config", `cannot judge a problem of the kind ${kind.kind}`);
  }
}
