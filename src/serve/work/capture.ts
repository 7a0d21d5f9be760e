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

export class Capture implements OutputSink {
  /** Memory is bounded by the output limit. */
  readonly hasRoom = true;
  readonly isAwaited: boolean;
  readonly #parts: Uint8Array[] = [];
  readonly #both: Interleaved | null;
  readonly #tell: ((bytes: Uint8Array) => void) | null;

  /** @param tell gets each piece when it comes; null: nobody watches */
  constructor(both: Interleaved | null, tell: ((bytes: Uint8Array) => void) | null) {
    [this.#both, this.#tell] = [both, tell];
    // Small pieces of two outputs that gather for a while lose the order in which they were written.
    this.isAwaited = both !== null || tell !== null;
  }

  take(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#both?.add(bytes);
    this.#tell?.(bytes);
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
