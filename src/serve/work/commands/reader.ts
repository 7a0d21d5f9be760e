/** Our end of a pipe that a program writes to under a number of its own choice: hands on what comes. */
import type { Reading } from "../../../judge/interact/player.ts";
import { errno } from "../../../kernel/errno.ts";
import { closeDescriptor, makePipe, readSome, setNonBlocking, usualPipeBytes } from "../../../kernel/files.ts";
import { fchmodSync } from "../../../kernel/fs.ts";
import type { OutputSink } from "../../../model/waiting.ts";

/** As many chunks a turn, so that a flood cannot keep us from the clocks. */
const mostChunks = 16;

export class PipeEnd implements Reading {
  /** For the program; ours to close when it has it. */
  readonly writeEnd: number;
  readonly #readEnd: number;
  readonly #sink: OutputSink;
  #isOpen = true;

  /** @throws SyscallError */
  constructor(sink: OutputSink) {
    this.#sink = sink;
    [this.#readEnd, this.writeEnd] = makePipe();
    setNonBlocking(this.#readEnd);
    // For `>/dev/stdout`, which opens the pipe again with the program's rights: writing only.
    fchmodSync(this.writeEnd, 0o222);
  }

  get pollable(): number | null {
    return this.#isOpen && this.#sink.hasRoom ? this.#readEnd : null;
  }

  pump(ready: readonly number[]): void {
    if (ready.includes(this.#readEnd)) this.#read(mostChunks);
  }

  /** Nobody writes any more. */
  finish(): void {
    this.#read(Infinity);
    this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeDescriptor(this.#readEnd);
    this.#sink.ended?.();
  }

  #read(mostRounds: number): void {
    for (let round = 0; this.#isOpen && round < mostRounds; round++) {
      if (mostRounds !== Infinity && !this.#sink.hasRoom) return;
      const chunk = new Uint8Array(usualPipeBytes);
      const count = readSome(this.#readEnd, chunk);
      if (count === -errno.EAGAIN) return;
      if (count === -errno.EINTR) continue;
      if (count <= 0) return this.close();
      this.#sink.take(chunk.subarray(0, count));
    }
  }
}
