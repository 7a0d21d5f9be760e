/** What a program writes, kept as bytes, and told as it comes where somebody watches. */
import type { OutputSink } from "../../model/waiting.ts";

/** Both outputs in the order in which their pieces came. */
export class Interleaved {
  readonly #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** Who may watch. */
export interface Watcher {
  readonly isThere: boolean;
  tell(bytes: Uint8Array): void;
}

export class Capture implements OutputSink {
  /** Memory is bounded by the output limit. */
  readonly hasRoom = true;
  readonly #parts: Uint8Array[] = [];
  readonly #both: Interleaved | null;
  readonly #watcher: Watcher;

  constructor(both: Interleaved | null, watcher: Watcher) {
    [this.#both, this.#watcher] = [both, watcher];
  }

  /** Small pieces of two outputs that gather for a while lose the order in which they were written. */
  get isAwaited(): boolean {
    return this.#both !== null || this.#watcher.isThere;
  }

  take(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#both?.add(bytes);
    if (this.#watcher.isThere) this.#watcher.tell(bytes);
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
