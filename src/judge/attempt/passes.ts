/** The passes of a test: each is a run in a fresh box, with an input that the pass before has made. */
import { writeFully } from "../../kernel/files.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { Job } from "../job.ts";
import type { OutputFile } from "../output-file.ts";
import type { Test } from "../problem.ts";
import { noFeedback, type Feedback } from "../programs/feedback.ts";
import type { PassRecord } from "../records.ts";

/** What a pass begins with. */
export interface PassTurn {
  /** From 1. */
  readonly number: number;
  /** How many there may be: all that there are, where each is followed by the next. */
  readonly most: number;
  /** Path of the input: that of the test in the first pass. */
  readonly input: string;
  /** What lies in the feedback directory. */
  readonly feedback: Feedback;
}

export interface PassEnd {
  readonly record: PassRecord;
  /** The input of the next pass, as bytes or in a file of {@link Job.inputFor}; null: it was the last one. */
  readonly next: Uint8Array | OutputFile | null;
  readonly feedback: Feedback;
}

/** A pass that was run. */
export interface OnePass {
  readonly run: ExecutionResult;
  /** null: there is nothing to record, as the submission could not be compiled. */
  readonly end: PassEnd | null;
}

/** @param onePass null: there is nothing to record, and no further pass @returns what is recorded of each */
export async function passLoop(job: Job, test: Test, onePass: (turn: PassTurn) => Promise<PassEnd | null>): Promise<PassRecord[]> {
  const records: PassRecord[] = [];
  let turn: PassTurn = { number: 1, most: job.problem.passes, input: test.input, feedback: noFeedback };
  for (;;) {
    const end = await onePass(turn);
    if (end === null) return records;
    records.push(end.record);
    if (end.next === null || turn.number >= turn.most) return records;
    const number = turn.number + 1;
    const file = end.next instanceof Uint8Array ? job.inputFor(number) : end.next;
    if (end.next instanceof Uint8Array) writeFully(file.fd, end.next);
    turn = { ...turn, number, input: file.path!, feedback: end.feedback };
  }
}
