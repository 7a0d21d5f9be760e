/**
 * What a run of the library waits through: a thread that waits in ppoll(2), and a bell that wakes it when the caller has something for the run.
 * That is an abort, more input, or room for more output.
 */
import { WorkerWaiter } from "../executor/watch/worker-waiter.ts";
import { Bell } from "../kernel/bell.ts";
import type { SignalSource, Waiter } from "../model/waiting.ts";

/** Something that writes into a pipe of the run: an input that comes while the program runs. */
export interface Feed {
  /** The pipe, when something waits for room in it; else null. */
  readonly waitsFor: number | null;
  /** Writes what there is, as far as there is room. */
  pump(): void;
}

export class Attendance implements Waiter {
  readonly #bell = new Bell();
  #thread: WorkerWaiter | null = null;
  #stopped: { readonly reason: unknown } | null = null;
  readonly #stopping = Promise.withResolvers<never>();
  /** The input of the run, if it comes while the program runs. */
  feed: Feed | null = null;

  /** Told to the supervision: a run that was stopped is killed. It is told again as long as anybody asks: there may be two steps. */
  readonly signals: SignalSource;

  /** Why the run was stopped from outside, if it was; the first reason counts. */
  get stopped(): { readonly reason: unknown } | null {
    return this.#stopped;
  }

  /** Ends the run at once. What the caller gets then is the reason, and no verdict. */
  stop(reason: unknown): void {
    if (this.#stopped !== null) return;
    this.#stopped = { reason };
    this.#stopping.reject(reason);
    this.#bell.ring();
  }

  /** What something gives, unless the run is stopped before. @throws the reason then */
  async unlessStopped<T>(something: Promise<T>): Promise<T> {
    return await Promise.race([something, this.#stopping.promise]);
  }

  /** There is something new to do. */
  ring(): void {
    this.#bell.ring();
  }

  constructor() {
    this.#stopping.promise.catch(() => {});
    const isStopping = () => this.#stopped !== null;
    this.signals = {
      get isStopping() {
        return isStopping();
      },
      // Not one that is handed on to a program with the caller's streams, which could ignore it.
      take: () => (isStopping() ? ["SIGKILL"] : []),
      close: () => {},
    };
  }

  async wait(readable: readonly number[], timeoutMs: number, writable: readonly number[] = [], urgent: readonly number[] = []): Promise<readonly number[]> {
    this.#thread ??= new WorkerWaiter();
    this.feed?.pump();
    const pipe = this.feed?.waitsFor ?? null;
    const bell = this.#bell.descriptor;
    const ready = await this.#thread.wait([...readable, bell], timeoutMs, pipe === null ? writable : [...writable, pipe], urgent);
    if (ready.includes(bell)) this.#bell.silence();
    return ready.filter((fd) => fd !== bell && fd !== pipe);
  }

  /** One step of the run is over: another may come. */
  close(): void {}

  /** The whole run is over. */
  end(): void {
    this.#thread?.close();
    this.#thread = null;
    this.#bell.close();
  }
}
