/** Waiting for descriptors, in the two ways a caller can afford. */
import { pollReadable } from "../../kernel/process.ts";
import type { Waiter } from "../../model/waiting.ts";
import { LoopWatch } from "./loop-watch.ts";

/** Blocks this thread: for the command line. Handlers of signals run between two sleeps. */
export class BlockingWaiter implements Waiter {
  readonly #loop = new LoopWatch();
  #turnedAtMs = performance.now();

  async wait(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    const { descriptors, longestSleepMs } = this.#loop;
    const watched = descriptors.length > 0;
    const { ready, interrupted } = pollReadable(watched ? [...readable, ...descriptors] : readable, Math.min(timeoutMs, longestSleepMs), writable, urgent);
    const isWoken = watched && this.#loop.isWokenBy(new Set(ready));
    // A turn of the event loop is the only thing that lets a signal handler run. It costs more than a short sleep, so not after each of those.
    if (interrupted || isWoken || performance.now() - this.#turnedAtMs >= longestSleepMs) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#turnedAtMs = performance.now();
      // Not at first: most runs are over before.
      this.#loop.look();
    }
    return isWoken ? ready.filter((fd) => !descriptors.includes(fd)) : ready;
  }

  close(): void {}
}

const idle: Worker[] = [];

/** Lets a worker thread do the blocking: for programs that have an event loop to keep alive. */
export class WorkerWaiter implements Waiter {
  readonly #worker: Worker;

  constructor() {
    this.#worker = idle.pop() ?? new Worker(new URL("./wait-worker.ts", import.meta.url).href);
    this.#worker.ref();
  }

  wait(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = (event: MessageEvent<readonly number[]>) => resolve(event.data);
      this.#worker.onerror = (event) => reject(new Error(`cannot wait for the program: ${event.message}`));
      this.#worker.postMessage({ readable, timeoutMs, writable, urgent });
    });
  }

  close(): void {
    // Kept for the next run, without keeping the process alive.
    this.#worker.unref();
    idle.push(this.#worker);
  }
}
