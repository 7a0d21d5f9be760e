/** What was said to a talk, and how much of it is not with the program yet. */
import type { Stream } from "./slot-protocol.ts";
import type { Slot } from "./slot.ts";

/** Bytes that were sent to a talk and are not with the program yet. */
const mostUntaken = 1024 * 1024;

export class TalkInputs {
  readonly #slot: Slot;
  #untaken = 0;
  #waiting: (() => void)[] = [];

  constructor(slot: Slot) {
    this.#slot = slot;
  }

  /** @returns false: that is enough for now */
  write(stream: Stream, bytes: Uint8Array | null): boolean {
    this.#untaken += bytes?.length ?? 0;
    this.#slot.send({ kind: "input", stream, base64: bytes === null ? null : Buffer.from(bytes).toString("base64") });
    return this.#untaken < mostUntaken;
  }

  taken(bytes: number): void {
    this.#untaken -= bytes;
    if (this.#untaken < mostUntaken) this.end();
  }

  async drained(): Promise<void> {
    if (this.#untaken >= mostUntaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
