/** One of two programs that run at the same time: how its run waits, how it is ended from outside, and what was seen of it until now. */
import { WorkerWaiter } from "../../executor/watch/worker-waiter.ts";
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import { Bell } from "../../kernel/bell.ts";
import { pollReadable } from "../../kernel/process.ts";
import type { RunMoments, RunningBox } from "../../model/moments.ts";
import type { KillReason } from "../../model/observation.ts";
import type { OutputSink, SignalSource, Waiter } from "../../model/waiting.ts";
import type { RunOptions, Stdin } from "../../model/request.ts";
import type { ExecutionResult } from "../../model/result.ts";

/** What a run is given so that it can take part in a talk. */
export type Given = { readonly stdin: Stdin } & Pick<RunOptions, "stdoutTo" | "waiter" | "signals" | "moments">;

/** Starts one program with what it is given. @returns its result when it has ended */
export type Start = (given: Given) => Promise<ExecutionResult>;

/** Something that writes into pipes and has to be told when they have room. */
export interface Writing {
  /** A pipe that something waits for, or null. */
  readonly waitsFor: number | null;
  pump(): void;
}

/** Something that programs write into, which nobody's run reads. */
export interface Reading {
  /** To wait for, or null. */
  readonly pollable: number | null;
  pump(ready: readonly number[]): void;
}

/** How a program ended by itself. */
export interface OwnEnd {
  readonly exitCode: number | null;
  readonly signal: number | null;
}

export class Player implements Waiter {
  readonly #inner: Waiter;
  readonly #isOwnWaiter: boolean;
  readonly #bell = new Bell();
  readonly #writings: readonly Writing[];
  readonly #readings: readonly Reading[];
  readonly #signals: SignalSource | null;
  /** null before it runs. */
  box: RunningBox | null = null;
  /** null: it has not ended, or was killed. */
  end: OwnEnd | null = null;
  /** Why its supervisor killed it; null: it did not, or because we told it to. */
  killedFor: KillReason | null = null;
  /** We have told it to end. */
  isStopped = false;
  /** Nothing of it is left. */
  isOver = false;

  /** @param signals those of the judge; a run takes what is in it, so each has one of its own */
  constructor(loop: RunLoop | null, writings: readonly Writing[], signals: SignalSource | null, readings: readonly Reading[] = []) {
    this.#inner = loop ?? new WorkerWaiter();
    this.#isOwnWaiter = loop === null;
    [this.#writings, this.#readings, this.#signals] = [writings, readings, signals];
  }

  /** Whether it can still say or do something. */
  get isGone(): boolean {
    return this.isOver || this.end !== null || this.killedFor !== null || this.isStopped;
  }

  /** Whether its main process has ended, also when its supervisor has not looked yet. */
  get hasEnded(): boolean {
    if (this.end !== null || this.isOver) return true;
    // Its supervisor may have closed the descriptor by now.
    if (this.killedFor !== null || this.isStopped) return false;
    return this.box !== null && pollReadable([this.box.pidfd], 0).ready.length > 0;
  }

  /** Ends it, with all that is in its box. */
  stop(): void {
    if (this.isStopped || this.isOver) return;
    this.isStopped = true;
    this.#bell.ring();
  }

  /** It looks again at what it waits for. */
  wake(): void {
    this.#bell.ring();
  }

  given(stdin: Stdin, stdoutTo: OutputSink, moments: RunMoments): Given {
    return {
      stdin,
      stdoutTo,
      waiter: this,
      signals: this.#source(),
      moments: {
        started: (box) => {
          this.box = box;
          moments.started?.(box);
        },
        ended: (exitCode, signal) => {
          // What it does after that is not looked at, or it would be luck what is seen.
          if (this.killedFor !== null || this.isStopped) return;
          this.end = { exitCode, signal };
          moments.ended?.(exitCode, signal);
        },
        killed: (reason) => {
          // What is killed after the end of its main process has ended all the same.
          if (this.end !== null || this.isStopped) return;
          this.killedFor = reason;
          moments.killed?.(reason);
        },
      },
    };
  }

  async wait(readable: readonly number[], timeoutMs: number, writable: readonly number[] = [], urgent: readonly number[] = []): Promise<readonly number[]> {
    const pipes = this.#writings.map(({ waitsFor }) => waitsFor).filter((fd) => fd !== null);
    const sources = this.#readings.map(({ pollable }) => pollable).filter((fd) => fd !== null);
    const bell = this.#bell.descriptor;
    const ready = await this.#inner.wait([...readable, ...sources, bell], timeoutMs, pipes.length === 0 ? writable : [...writable, ...pipes], urgent);
    if (ready.includes(bell)) this.#bell.silence();
    if (pipes.length > 0) for (const writing of this.#writings) writing.pump();
    for (const reading of this.#readings) reading.pump(ready);
    return ready.filter((fd) => fd !== bell && !pipes.includes(fd) && !sources.includes(fd));
  }

  /** A step of the run is over; another may come, after that of a compiler. */
  close(): void {}

  /** The whole run is over. */
  over(): void {
    this.isOver = true;
    if (this.#isOwnWaiter) this.#inner.close();
    this.#bell.close();
  }

  #source(): SignalSource {
    const isStopped = () => this.isStopped;
    const others = this.#signals;
    return {
      get isStopping() {
        return isStopped() || (others?.isStopping ?? false);
      },
      take: () => [...(isStopped() ? (["SIGKILL"] as const) : []), ...(others?.take() ?? [])],
      close: () => others?.close(),
    };
  }
}
