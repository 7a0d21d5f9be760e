/** A test whose output is checked when the submission has ended. */
import type { Job } from "../job.ts";
import type { Test } from "../problem.ts";
import type { Submission } from "../submission.ts";
import { withTestFile } from "../test-file.ts";
import { checkOutput } from "./check.ts";
import { isCompileError, passOf, type Attempt } from "./outcome.ts";

export async function attemptBatch(job: Job, { source, language }: Submission, test: Test): Promise<Attempt> {
  job.output.empty();
  const run = await withTestFile(test.input, (fd) =>
    job.run({ source: source!, language }, test, { stdin: job.problem.inputFile === null ? { kind: "descriptor", fd } : { kind: "empty" }, stdoutTo: job.problem.outputFile === null ? job.output.fd : null }));
  if (isCompileError(run)) return { run, passes: [] };
  return { run, passes: [passOf(job, run, run.status === "Success" ? await checkOutput(job, test) : null)] };
}
