/**
 * A submission and an interactor at the same time, each in its box: what one writes is what the other reads.
 *
 * Three rules make the verdict one of the programs, and not of luck:
 * - The interactor's end of output reaches the submission at once; the submission's reaches the interactor only when the submission is gone.
 * - Nobody gets SIGPIPE: what comes for a program that has ended is taken and forgotten.
 * - Who ended first is what the kernel reports. A submission that fails while the interactor still works with what it has heard did not end
 *   first: the interactor's word is then one that it would have said in any case.
 */
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import type { SignalSource } from "../../model/waiting.ts";
import type { ExecutionResult } from "../../model/result.ts";
import type { Said } from "../records.ts";
import { areAllWaiting, isAtWork } from "./at-rest.ts";
import { Direction } from "./direction.ts";
import { Player, type Start } from "./player.ts";
import { Transcripts } from "./transcript.ts";
import type { TalkFacts, Word } from "./talk-record.ts";
import { Work } from "./work.ts";

export interface TalkOptions {
  readonly submission: Start;
  readonly interactor: Start;
  /** What an end of the interactor by itself says. */
  readonly wordOf: (exitCode: number | null, signal: number | null) => Word;
  /** What all runs of this thread wait through; null: each by a thread. */
  readonly loop: RunLoop | null;
  /** Called once for each of both: what the judge is told from outside. Left out: nothing. */
  readonly signals?: () => SignalSource | null;
}

export interface Talk extends TalkFacts {
  readonly submission: ExecutionResult;
  readonly interactor: ExecutionResult;
  readonly transcript: readonly Said[];
  /** What the submission wrote to its standard output. */
  readonly outputBytes: number;
}

/** Runs both to their ends. @throws what a start throws, when the other one has ended too */
export async function talk(options: TalkOptions): Promise<Talk> {
  return await new Conversation(options).run();
}

/** What it writes is traffic, which its output limit is not for: its time bounds that. */
const mostOfInteractor = 64 * 2 ** 30;
/** Of a program that ended without being out of anything but processes, for which it is not killed. */
const ownEnds: readonly ExecutionResult["status"][] = ["Success", "RuntimeError", "Signaled", "ProcessLimit"];
/** Between two looks at an interactor that works. */
const lookAgainMs = 1;

class Conversation {
  readonly #options: TalkOptions;
  readonly #work: Work;
  readonly #transcript = new Transcripts();
  readonly #toInteractor: Direction;
  readonly #toSubmission: Direction;
  readonly #submission: Player;
  readonly #interactor: Player;
  #first: Talk["first"] = null;
  #submissionSaidAll = false;
  #interactorSaidAll = false;
  #isAccepted = false;
  #isDeadlock = false;
  #isWaitedOut = false;
  #settling: Promise<void> | null = null;

  constructor(options: TalkOptions) {
    this.#options = options;
    this.#work = new Work(options.loop);
    this.#toInteractor = new Direction((bytes) => this.#transcript.add("submission", bytes), () => this.#submissionOutputEnded());
    this.#toSubmission = new Direction((bytes) => this.#transcript.add("interactor", bytes), () => this.#interactorOutputEnded(), mostOfInteractor);
    const directions = [this.#toInteractor, this.#toSubmission];
    const player = () => new Player(options.loop, directions, options.signals?.() ?? null);
    [this.#submission, this.#interactor] = [player(), player()];
  }

  async run(): Promise<Talk> {
    try {
      const results = await this.#work.forOthers(Promise.allSettled([this.#runSubmission(), this.#runInteractor()]));
      if (this.#settling !== null) await this.#work.forOthers(this.#settling);
      const [submission, interactor] = results.map((result) => {
        if (result.status === "rejected") throw result.reason;
        return result.value;
      }) as [ExecutionResult, ExecutionResult];
      const { end, killedFor } = this.#interactor;
      const word = end === null ? null : this.#options.wordOf(end.exitCode, end.signal);
      return {
        submission,
        interactor,
        first: this.#first,
        word,
        interactorKilledFor: killedFor,
        isInteractorStopped: this.#interactor.isStopped && killedFor === null,
        isSubmissionStopped: this.#submission.isStopped && this.#submission.end === null && this.#submission.killedFor === null,
        isWaitedOut: this.#isWaitedOut,
        isDeadlock: this.#isDeadlock,
        transcript: this.#transcript.said(submission.status === "Success" && word === "accepted"),
        outputBytes: this.#toInteractor.takenBytes,
      };
    } finally {
      for (const direction of [this.#toInteractor, this.#toSubmission]) direction.close();
    }
  }

  async #runSubmission(): Promise<ExecutionResult> {
    return await this.#work.busy(async () => {
      const given = this.#submission.given({ kind: "descriptor", fd: this.#toSubmission.readEnd }, this.#toInteractor, {
        ended: (exitCode) => this.#submissionEnded(exitCode === 0),
        killed: (reason) => this.#submissionKilled(reason === "wall"),
      });
      try {
        const result = await this.#options.submission(given);
        this.#submission.over();
        await this.#submissionIsGone(result);
        return result;
      } catch (error) {
        this.#interactor.stop();
        throw error;
      } finally {
        if (!this.#submission.isOver) this.#submission.over();
      }
    });
  }

  async #runInteractor(): Promise<ExecutionResult> {
    return await this.#work.busy(async () => {
      const given = this.#interactor.given({ kind: "descriptor", fd: this.#toInteractor.readEnd }, this.#toSubmission, {
        ended: (exitCode, signal) => this.#interactorEnded(this.#options.wordOf(exitCode, signal)),
        killed: (reason) => this.#interactorKilled(reason === "wall"),
      });
      try {
        const result = await this.#options.interactor(given);
        // It never ran, or nobody saw its end.
        if (this.#interactor.end === null) this.#submission.stop();
        return result;
      } catch (error) {
        this.#submission.stop();
        throw error;
      } finally {
        this.#interactor.over();
        this.#first ??= "submission";
        this.#toInteractor.drop();
        this.#submission.wake();
      }
    });
  }

  /** @param isWell with exit code 0: then nothing depends on who was first */
  #submissionEnded(isWell: boolean): void {
    this.#toSubmission.drop();
    this.#interactor.wake();
    if (this.#first === null && isWell && !this.#interactor.hasEnded) this.#first = "submission";
    this.#settleWhenHeard();
  }

  #submissionOutputEnded(): void {
    this.#submissionSaidAll = true;
    // What has no room in its pipe is for it to wait for now.
    this.#interactor.wake();
    this.#settleWhenHeard();
  }

  #submissionKilled(isForWall: boolean): void {
    const isDeadlock = isForWall && this.#isDeadlocked();
    this.#toSubmission.drop();
    // Its supervisor sees that at once.
    if (this.#interactor.hasEnded) return;
    this.#first = "submission";
    this.#isDeadlock = isDeadlock;
    this.#interactor.stop();
  }

  #interactorOutputEnded(): void {
    // An end of output that is part of its end counts as that: or the submission could fail for it, and be the first to end.
    this.#interactorSaidAll = true;
    const { isGone, box } = this.#interactor;
    if (this.#isAccepted || (!isGone && box !== null && !box.isLeaving())) this.#toSubmission.end();
    this.#submission.wake();
  }

  #interactorEnded(word: Word): void {
    this.#first ??= "interactor";
    this.#toInteractor.drop();
    this.#isAccepted = word === "accepted";
    // What it said last may not have been taken yet.
    if (this.#isAccepted && this.#interactorSaidAll) this.#toSubmission.end();
    if (!this.#isAccepted && !this.#submission.isGone) this.#submission.stop();
    this.#submission.wake();
  }

  #interactorKilled(isForWall: boolean): void {
    if (!this.#submission.hasEnded && !this.#submission.isGone) {
      this.#first = isForWall ? "submission" : "interactor";
      this.#isWaitedOut = isForWall;
      this.#isDeadlock = isForWall && this.#isDeadlocked();
      this.#submission.stop();
    }
    this.#first ??= "submission";
  }

  #isDeadlocked(): boolean {
    return areAllWaiting([this.#submission, this.#interactor], [this.#toInteractor, this.#toSubmission]);
  }

  /** Who failed when all that it wrote has been handed on: was it before the interactor had made up its mind? */
  #settleWhenHeard(): void {
    if (this.#first !== null || this.#settling !== null || this.#submission.end === null || !this.#submissionSaidAll) return;
    this.#settling = this.#work.busy(async () => {
      for (let idleLooks = 0; this.#first === null; ) {
        // Processes are looked at one after another: the work may have gone from one that comes later to one that was seen at rest.
        idleLooks = isAtWork(this.#interactor, this.#toInteractor) ? 0 : idleLooks + 1;
        if (idleLooks >= 2) this.#first ??= "submission";
        else await this.#work.pause(lookAgainMs);
      }
    });
  }

  /** Reaped, with all that it wrote taken. */
  async #submissionIsGone({ status }: ExecutionResult): Promise<void> {
    if (!this.#submissionSaidAll) this.#submissionOutputEnded();
    this.#toSubmission.drop();
    if (this.#interactor.end !== null) return;
    // It was out of something, or never ran: what the interactor says without it is of no use, and could be said only for its end.
    if (this.#submission.end === null || !ownEnds.includes(status)) {
      if (this.#interactor.hasEnded) return;
      this.#first ??= "submission";
      return this.#interactor.stop();
    }
    if (this.#settling !== null) await this.#work.forOthers(this.#settling);
    this.#toInteractor.end();
  }
}
