/** Waiting for descriptors, in the two ways a caller can afford. */
import { pollReadable } from "../../kernel/process.ts";
import type { Waiter } from "../../model/waiting.ts";


/** Longest sleep in which a signal handler of ours can be kept waiting, when the signal came just before the sleep. */
const signalSliceMs = 50;

/** Blocks this thread: for the command line. Handlers of signals run between two sleeps. */
export class BlockingWaiter implements Waiter {
  #turnedAtMs = performance.now();

  async wait(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    const { ready, interrupted } = pollReadable(readable, Math.min(timeoutMs, signalSliceMs), writable, urgent);
    // A turn of the event loop is the only thing that lets a signal handler run. It costs more than a short sleep, so not after each of those.
    if (interrupted || performance.now() - this.#turnedAtMs >= signalSliceMs) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#turnedAtMs = performance.now();
    }
    return ready;
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
