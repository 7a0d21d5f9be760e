/** A test in which the submission talks to an interactor. */
import type { ExecutionResult } from "../../model/result.ts";
import type { Job } from "../job.ts";
import type { Interactor, Test } from "../problem.ts";
import type { Submission } from "../submission.ts";
import { batchPass } from "./batch.ts";
import type { Attempt } from "./outcome.ts";
import { passLoop } from "./passes.ts";
import { talkPass } from "./talk-pass.ts";

export async function attemptInteractive(job: Job, submission: Submission, test: Test, interactor: Interactor): Promise<Attempt> {
  let first: ExecutionResult | null = null;
  const passes = await passLoop(job, test, async (turn) => {
    const isTalk = interactor.protocol === "kattis" || (interactor.runs?.includes(turn.number) ?? true);
    const { run, end } = await (isTalk ? talkPass(job, submission, test, turn, interactor) : batchPass(job, submission, test, turn));
    first ??= run;
    return end;
  });
  return { run: first, passes };
}
