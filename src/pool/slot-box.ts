/** The box of a slot: made when it is needed, empty for each run. */
import type { IsolateConfigInput } from "../config/config.ts";
import { Isolate } from "../instance/isolate.ts";
import { messageOf } from "../model/errors.ts";

export class SlotBox {
  readonly #stateDir: string;
  readonly #warn: (line: string) => void;
  #box: Isolate | null = null;
  #isUsed = false;

  /** @param warn told of a box that cannot be removed */
  constructor(stateDir: string, warn: (line: string) => void) {
    this.#stateDir = stateDir;
    this.#warn = warn;
  }

  /** An empty box that nobody else has, with this configuration, until the next call. @throws IsolateError */
  get(config: IsolateConfigInput): Isolate {
    this.empty();
    this.#box ??= Isolate.temporary({}, { stateDir: this.#stateDir });
    this.#isUsed = true;
    return this.#box.configured(config);
  }

  /** What the last request left goes. */
  empty(): void {
    if (this.#box === null || !this.#isUsed) return;
    this.#isUsed = false;
    try {
      this.#box.emptyWorkdir();
    } catch {
      // Nobody gets a box that is not empty: the next request gets another one.
      this.remove();
    }
  }

  remove(): void {
    const box = this.#box;
    this.#box = null;
    try {
      box?.cleanup();
    } catch (error) {
      this.#warn(`cannot remove temporary box ${box!.id}: ${messageOf(error)} (mini-isolate cleanup --all tries again)`);
    }
  }
}
