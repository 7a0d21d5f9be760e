/** A test whose output is checked when the submission has ended. */
import type { ExecutionResult } from "../../model/result.ts";
import type { Job } from "../job.ts";
import type { Test } from "../problem.ts";
import type { Submission } from "../submission.ts";
import { withTestFile } from "../test-file.ts";
import { checkPass } from "./check.ts";
import { isCompileError, passOf, type Attempt } from "./outcome.ts";
import { passLoop, type OnePass, type PassTurn } from "./passes.ts";

export async function attemptBatch(job: Job, submission: Submission, test: Test): Promise<Attempt> {
  let first: ExecutionResult | null = null;
  const passes = await passLoop(job, test, async (turn) => {
    const { run, end } = await batchPass(job, submission, test, turn);
    first ??= run;
    return end;
  });
  return { run: first, passes };
}

export async function batchPass(job: Job, { source, language }: Submission, test: Test, turn: PassTurn): Promise<OnePass> {
  const { inputFile, outputFile } = job.problem;
  job.output.empty();
  const run = await withTestFile(turn.input, (fd) =>
    job.run({ source: source!, language }, { ...test, input: turn.input }, { stdin: inputFile === null ? { kind: "descriptor", fd } : { kind: "empty" }, stdoutTo: outputFile === null ? job.output.fd : null }));
  if (isCompileError(run)) return { run, end: null };
  if (run.status !== "Success") return { run, end: { record: passOf(job, run, null), next: null, feedback: turn.feedback } };
  const { record, next, feedback } = await checkPass(job, test, turn, source!.path);
  return { run, end: { record: passOf(job, run, record), next, feedback } };
}
