/** Waiting for descriptors, in the two ways a caller can afford. */
import { eventLoopDescriptors } from "../../kernel/event-loop.ts";
import { pollReadable } from "../../kernel/process.ts";
import type { Waiter } from "../../model/waiting.ts";

/** Longest sleep as long as nothing tells us that a handler of a signal is to run. */
const signalSliceMs = 50;
/** Longest sleep when the event loop tells it. */
const longestSleepMs = 1000;
/** A descriptor that wakes us so often in a row, and has nothing for the event loop to do, is not its own. */
const mostWakings = 50;

/** Blocks this thread: for the command line. Handlers of signals run between two sleeps. */
export class BlockingWaiter implements Waiter {
  /** What wakes the event loop. Not looked for at first: most runs are over before. */
  #loop: readonly number[] = [];
  #isLookedFor = false;
  #wakings = 0;
  #turnedAtMs = performance.now();

  async wait(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    const sliceMs = this.#loop.length > 0 ? longestSleepMs : signalSliceMs;
    const { ready, interrupted } = pollReadable(this.#loop.length > 0 ? [...readable, ...this.#loop] : readable, Math.min(timeoutMs, sliceMs), writable, urgent);
    const isWoken = this.#loop.length > 0 && ready.some((fd) => this.#loop.includes(fd));
    // A turn of the event loop is the only thing that lets a signal handler run. It costs more than a short sleep, so not after each of those.
    if (interrupted || isWoken || performance.now() - this.#turnedAtMs >= sliceMs) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#turnedAtMs = performance.now();
      this.#look(isWoken);
    }
    return isWoken ? ready.filter((fd) => !this.#loop.includes(fd)) : ready;
  }

  /** After a turn of the event loop. */
  #look(wasWoken: boolean): void {
    if (!this.#isLookedFor) this.#loop = eventLoopDescriptors();
    this.#isLookedFor = true;
    this.#wakings = wasWoken ? this.#wakings + 1 : 0;
    if (this.#wakings >= mostWakings) this.#loop = [];
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
