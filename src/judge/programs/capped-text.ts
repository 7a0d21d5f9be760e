/** What a program of the jury prints: the beginning is kept, the rest is only read. */
import type { OutputSink } from "../../model/waiting.ts";

const mostBytes = 64 * 1024;

export class CappedText implements OutputSink {
  readonly hasRoom = true;
  readonly #parts: Uint8Array[] = [];
  #kept = 0;

  take(bytes: Uint8Array): void {
    if (this.#kept >= mostBytes) return;
    const part = bytes.subarray(0, mostBytes - this.#kept);
    this.#kept += part.length;
    // A copy, or the whole of what was read stays in memory.
    this.#parts.push(Uint8Array.from(part));
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
