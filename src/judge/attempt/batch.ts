/** A test whose output is checked when the submission has ended. */
import type { ExecutionResult } from "../../model/result.ts";
import type { Job } from "../job.ts";
import type { Test } from "../problem.ts";
import type { Submission } from "../submission.ts";
import { withTestFile } from "../test-file.ts";
import { checkPass } from "./check.ts";
import { isCompileError, passOf, type Attempt } from "./outcome.ts";
import { passLoop } from "./passes.ts";

export async function attemptBatch(job: Job, { source, language }: Submission, test: Test): Promise<Attempt> {
  const { inputFile, outputFile } = job.problem;
  let first: ExecutionResult | null = null;
  const passes = await passLoop(job, test, async (turn) => {
    job.output.empty();
    const run = await withTestFile(turn.input, (fd) =>
      job.run({ source: source!, language }, { ...test, input: turn.input }, { stdin: inputFile === null ? { kind: "descriptor", fd } : { kind: "empty" }, stdoutTo: outputFile === null ? job.output.fd : null }));
    first ??= run;
    if (isCompileError(run)) return null;
    if (run.status !== "Success") return { record: passOf(job, run, null), next: null, feedback: turn.feedback };
    const { record, next, feedback } = await checkPass(job, test, turn, source!.path);
    return { record: passOf(job, run, record), next, feedback };
  });
  return { run: first, passes };
}
