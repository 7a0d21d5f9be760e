/** How several runs of one talk wait: through the loop of the thread, or each for itself. */
import type { RunLoop } from "../../executor/watch/run-loop.ts";

export class Work {
  readonly #loop: RunLoop | null;

  constructor(loop: RunLoop | null) {
    this.#loop = loop;
  }

  /** The loop must not sleep while this waits for something else. */
  busy<T>(work: () => Promise<T>): Promise<T> {
    return this.#loop === null ? work() : this.#loop.work(work);
  }

  /** It may sleep while this waits for what others do. */
  forOthers<T>(promise: Promise<T>): Promise<T> {
    return this.#loop === null ? promise : this.#loop.forOthers(promise);
  }

  async pause(ms: number): Promise<void> {
    if (this.#loop === null) await Bun.sleep(ms);
    else await this.#loop.wait([], ms);
  }
}
