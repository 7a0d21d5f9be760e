/** What a talk means: pure functions of what was seen. */
import type { KillReason } from "../../model/observation.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { CheckRecord, PassRecord, RunRecord, Said } from "../records.ts";

/** What an interactor says by its end; `failed`: nothing that it may say. */
export type Word = "accepted" | "wrong" | "failed";

/** What was seen of a talk besides the results of both runs. */
export interface TalkFacts {
  /** A kill for a limit counts as the end of the program that reached it. null: neither ended by itself or for a limit. */
  readonly first: "submission" | "interactor" | null;
  /** null: the interactor did not end by itself. */
  readonly word: Word | null;
  /** The limit of its own that ended the interactor; null: none did. */
  readonly interactorKilledFor: KillReason | null;
  /** The judge ended the interactor for what the submission did: nothing that it says counts. */
  readonly isInteractorStopped: boolean;
  /** The judge ended the submission when the interactor had ended. */
  readonly isSubmissionStopped: boolean;
  /** The interactor reached its wall time limit while the submission was there, and the judge ended the submission for it. */
  readonly isWaitedOut: boolean;
  /** When time was over, both waited, and nothing was on its way between them. */
  readonly isDeadlock: boolean;
}

const deadlock = "deadlock: submission and interactor both waited, and nothing was on its way between them";

/**
 * The record of a pass.
 * @param run of the submission, as its supervisor has it
 * @param check what the interactor said, read in the way of its protocol; it counts only when the interactor ended by itself
 * @param interactor for why it failed without a word of its own
 * @param cpuTimeLimit of the submission, in seconds; null: none
 */
export function talkRecord(facts: TalkFacts, run: RunRecord, check: CheckRecord, interactor: Pick<ExecutionResult, "error_message">, transcript: readonly Said[] | null, cpuTimeLimit: number | null): PassRecord {
  const note = facts.isDeadlock ? { note: deadlock } : {};
  return { run: submissionRun(facts, run, cpuTimeLimit), check: interactorCheck(facts, check, interactor), first_to_end: facts.first, transcript, ...note };
}

function submissionRun(facts: TalkFacts, run: RunRecord, cpuTimeLimit: number | null): RunRecord {
  if (facts.isWaitedOut) return { ...run, status: "TimeLimit", limit: "wall_time", exit_code: null, signal: null, error_message: "the interactor waited for it until the wall time limit of the interactor" };
  const isDecided = facts.first === "interactor" && facts.word === "wrong";
  const capped = isDecided && cpuTimeLimit !== null ? { cpu_time: Math.min(run.cpu_time, cpuTimeLimit) } : {};
  if (!facts.isSubmissionStopped) return { ...run, ...capped };
  return { ...run, ...capped, status: "Signaled", limit: null, exit_code: null, signal: 9, error_message: "the judge ended it, as the interactor had ended" };
}

/** @returns null: what it says does not count, as the submission ended the talk */
function interactorCheck({ word, isInteractorStopped, isWaitedOut }: TalkFacts, check: CheckRecord, { error_message: message }: Pick<ExecutionResult, "error_message">): CheckRecord | null {
  if (word !== null) return check;
  if (isInteractorStopped || isWaitedOut) return null;
  // A limit of its own, or it could not be run.
  return { ...check, kind: "failed", message: check.kind === "failed" ? check.message : message };
}
