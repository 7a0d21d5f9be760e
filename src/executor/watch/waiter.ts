/** Waiting for descriptors where there is nothing else to do; worker-waiter.ts is for those who have more to do. */
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
