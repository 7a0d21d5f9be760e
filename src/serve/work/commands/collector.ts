/** Keeps what is written to it, up to a bound and one byte more, which says that there was more. */
import type { OutputSink } from "../../../model/waiting.ts";

export class Collector implements OutputSink {
  readonly name: string;
  /** To write more is a mistake. */
  readonly isBound = true;
  readonly #most: number;
  readonly #pieces: Uint8Array[] = [];
  readonly #overflowed: () => void;
  #bytes = 0;
  readonly hasRoom = true;
  /** A run is ended only for what is more than can be kept. */
  readonly mostBytes: number;

  /** @param most bytes @param overflowed told once when more came than can be kept, of who writes without a bound of its own */
  constructor(name: string, most: number, overflowed: () => void = () => {}) {
    [this.name, this.#most, this.#overflowed] = [name, most, overflowed];
    this.mostBytes = most + 1;
  }

  /** More than the bound came. */
  get isOver(): boolean {
    return this.#bytes > this.#most;
  }

  /** All that is kept. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }

  take(bytes: Uint8Array): void {
    const room = this.mostBytes - this.#bytes;
    if (room > 0) {
      const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
      this.#pieces.push(kept);
      this.#bytes += kept.length;
    }
    if (bytes.length > room) this.#overflowed();
  }
}

/** Keeps the beginning of what goes by, and nothing that comes after it. */
export class Excerpt {
  readonly name: string;
  readonly isBound = false;
  readonly #most: number;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** @param most bytes */
  constructor(name: string, most: number) {
    [this.name, this.#most] = [name, most];
  }

  /** More than the bound came by. */
  get isOver(): boolean {
    return this.#bytes > this.#most;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }

  hear(bytes: Uint8Array): void {
    const room = this.#most - this.#bytes;
    if (room > 0) this.#pieces.push(bytes.slice(0, room));
    this.#bytes += bytes.length;
  }
}
