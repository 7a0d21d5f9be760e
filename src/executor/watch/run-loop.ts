/**
 * One ppoll(2) for all runs of a process, for processes that do nothing but run programs: the command line's waiter would keep the other runs
 * from going on, and the library's costs a thread each.
 */
import { pollReadable } from "../../kernel/process.ts";
import type { Waiter } from "../../model/waiting.ts";
import { LoopWatch } from "./loop-watch.ts";

interface Sleeper {
  readonly readable: readonly number[];
  readonly writable: readonly number[];
  readonly urgent: readonly number[];
  /** On the clock of performance.now(). */
  readonly untilMs: number;
  readonly wake: (ready: readonly number[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Whoever waits through it sleeps; when all of its work sleeps, so does the thread. Work is announced by {@link RunLoop.work}, so that the
 * thread does not sleep while some of it waits for something else, such as code that is being loaded.
 */
export class RunLoop implements Waiter {
  readonly #sleepers = new Set<Sleeper>();
  readonly #loop = new LoopWatch();
  #awake = 0;
  #turnIsDue = false;

  /** Does a piece of work that waits through this loop, and through nothing that would end while the thread sleeps. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    this.#awake++;
    try {
      return await work();
    } finally {
      this.#awake--;
    }
  }

  /** Waits for what other work of this loop does, so the thread may sleep meanwhile. */
  async forOthers<T>(promise: Promise<T>): Promise<T> {
    this.#awake--;
    try {
      return await promise;
    } finally {
      this.#awake++;
    }
  }

  async wait(readable: readonly number[], timeoutMs: number, writable: readonly number[] = [], urgent: readonly number[] = []): Promise<readonly number[]> {
    this.#awake--;
    try {
      return await new Promise<readonly number[]>((wake, fail) => {
        this.#sleepers.add({ readable, writable, urgent, untilMs: performance.now() + timeoutMs, wake, fail });
        this.#turnSoon();
      });
    } finally {
      this.#awake++;
    }
  }

  /** Everybody looks what there is to do: something came that no descriptor tells, such as a signal. */
  wakeAll(): void {
    for (const sleeper of this.#sleepers) this.#wake(sleeper, []);
  }

  /** A run is over; the loop goes on. */
  close(): void {}

  /** In a later turn of the event loop, which runs handlers of signals and what else is due before that. */
  #turnSoon(): void {
    if (this.#turnIsDue) return;
    this.#turnIsDue = true;
    setImmediate(() => {
      this.#turnIsDue = false;
      this.#turn();
      if (this.#sleepers.size > 0) this.#turnSoon();
    });
  }

  #turn(): void {
    const sleepers = [...this.#sleepers];
    if (sleepers.length === 0) return;
    const nextMs = Math.min(...sleepers.map(({ untilMs }) => untilMs)) - performance.now();
    const all = (kind: "readable" | "writable" | "urgent") => sleepers.flatMap((sleeper) => sleeper[kind]);
    this.#loop.look();
    const sleepMs = this.#awake > 0 ? 0 : Math.max(0, Math.min(nextMs, this.#loop.longestSleepMs));
    let ready: ReadonlySet<number>;
    let interrupted: boolean;
    try {
      const seen = pollReadable([...all("readable"), ...this.#loop.descriptors], sleepMs, all("writable"), all("urgent"));
      [ready, interrupted] = [new Set(seen.ready), seen.interrupted];
      // Its turn comes in any case, before the next sleep.
      this.#loop.isWokenBy(ready);
    } catch (error) {
      // Nobody can wait any more, and each has to hear of it: their programs must not run unwatched.
      for (const sleeper of sleepers) {
        this.#sleepers.delete(sleeper);
        sleeper.fail(error);
      }
      return;
    }
    const nowMs = performance.now();
    for (const sleeper of sleepers) {
      const mine = ready.size === 0 ? [] : [...sleeper.readable, ...sleeper.writable, ...sleeper.urgent].filter((fd) => ready.has(fd));
      if (mine.length > 0 || interrupted || sleeper.untilMs <= nowMs) this.#wake(sleeper, mine);
    }
  }

  #wake(sleeper: Sleeper, ready: readonly number[]): void {
    if (this.#sleepers.delete(sleeper)) sleeper.wake(ready);
  }
}
