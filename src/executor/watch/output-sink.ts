/** Something of ours that gets what a program writes while it runs, in the form of a file of the caller (output-file.ts). */
import type { OutputSink } from "../../model/waiting.ts";

export class OutputToSink {
  readonly takesAtOnce = true;
  /** What became of the output is for its owner to tell. */
  readonly fault = null;
  readonly #sink: OutputSink;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  get hasRoom(): boolean {
    return this.#sink.hasRoom;
  }

  get isAwaited(): boolean {
    return this.#sink.isAwaited ?? false;
  }

  get mostBytes(): number | undefined {
    return this.#sink.mostBytes;
  }

  /** It is no descriptor. */
  move(): null {
    return null;
  }

  /** @param bytes in a buffer that is used again */
  write(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#sink.take(bytes.slice());
  }

  ended(): void {
    this.#sink.ended?.();
  }
}
