/** Input of a program that comes while it runs, through a pipe of ours. */
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import { errno } from "../../kernel/errno.ts";
import { closeDescriptor, makePipe, setNonBlocking, writeSome } from "../../kernel/files.ts";

const sleepMs = 10_000;

export class TalkPipe {
  /** For the program; closed by {@link close}. */
  readonly readEnd: number;
  readonly #writeEnd: number;
  readonly #loop: RunLoop;
  readonly #taken: (bytes: number) => void;
  readonly #waiting: Uint8Array[] = [];
  #hasEnded = false;
  #isWriting = false;
  #isClosed = false;

  /** @param taken told how many bytes are in the pipe, or lost because nobody reads them any more */
  constructor(loop: RunLoop, taken: (bytes: number) => void) {
    [this.readEnd, this.#writeEnd] = makePipe();
    setNonBlocking(this.#writeEnd);
    [this.#loop, this.#taken] = [loop, taken];
  }

  /** @param bytes null: there is no more */
  give(bytes: Uint8Array | null): void {
    if (this.#isClosed || this.#hasEnded) return;
    if (bytes === null) this.#hasEnded = true;
    else if (bytes.length > 0) this.#waiting.push(bytes);
    if (!this.#isWriting) void this.#loop.work(() => this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    for (let next = this.#waiting[0]; next !== undefined && !this.#isClosed; next = this.#waiting[0]) {
      const written = writeSome(this.#writeEnd, next);
      if (written === -errno.EAGAIN) await this.#loop.wait([], sleepMs, [this.#writeEnd]);
      else if (written >= 0) {
        this.#taken(written);
        if (written === next.length) this.#waiting.shift();
        else this.#waiting[0] = next.subarray(written);
      } else if (written !== -errno.EINTR) {
        // The program reads no more.
        for (const lost of this.#waiting.splice(0)) this.#taken(lost.length);
      }
    }
    this.#isWriting = false;
    if (this.#isClosed || this.#hasEnded) this.#end();
  }

  #isEnded = false;

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    closeDescriptor(this.#writeEnd);
  }

  /** The program is over. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeDescriptor(this.readEnd);
    this.#loop.wakeAll();
    if (!this.#isWriting) this.#end();
  }
}
