/** Lines of JSON over two descriptors, for a process that waits through a RunLoop: nothing blocks, whoever reads slowly. */
import type { RunLoop } from "../../executor/watch/run-loop.ts";
import { errno } from "../../kernel/errno.ts";
import { readSome, setNonBlocking, writeSome } from "../../kernel/files.ts";

const chunkBytes = 256 * 1024;
const sleepMs = 10_000;
const lineFeed = 10;

export class LineChannel {
  readonly #loop: RunLoop;
  readonly #input: number;
  readonly #output: number;
  readonly #unsent: Uint8Array[] = [];
  #isSending = false;
  #isBroken = false;

  constructor(loop: RunLoop, input: number, output: number) {
    [this.#loop, this.#input, this.#output] = [loop, input, output];
    for (const fd of [input, output]) setNonBlocking(fd);
  }

  /** In order. When nobody reads any more it is lost, and {@link lines} ends. */
  send(message: unknown): void {
    if (this.#isBroken) return;
    this.#unsent.push(Buffer.from(`${JSON.stringify(message)}\n`));
    if (!this.#isSending) void this.#loop.work(() => this.#sendAll());
  }

  /** When everything is with the reader, or nobody reads. */
  async sent(): Promise<void> {
    while (this.#isSending) await this.#loop.wait([], 1);
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    try {
      for (let next = this.#unsent[0]; next !== undefined && !this.#isBroken; next = this.#unsent[0]) {
        const written = writeSome(this.#output, next);
        if (written === next.length) this.#unsent.shift();
        else if (written > 0) this.#unsent[0] = next.subarray(written);
        else if (written === -errno.EAGAIN) await this.#loop.wait([], sleepMs, [this.#output]);
        else if (written !== -errno.EINTR) this.#isBroken = true;
      }
    } finally {
      this.#isSending = false;
    }
  }

  /** Until the end of the input. A line is parsed when it is whole. */
  async *lines(): AsyncGenerator<unknown, void, undefined> {
    const chunk = new Uint8Array(chunkBytes);
    let parts: Uint8Array[] = [];
    while (!this.#isBroken) {
      await this.#loop.wait([this.#input], sleepMs);
      const count = readSome(this.#input, chunk);
      if (count === -errno.EAGAIN || count === -errno.EINTR) continue;
      if (count <= 0) return;
      let from = 0;
      for (let at = chunk.indexOf(lineFeed); at >= 0 && at < count; at = chunk.indexOf(lineFeed, from)) {
        parts.push(chunk.slice(from, at));
        yield JSON.parse(Buffer.concat(parts).toString());
        parts = [];
        from = at + 1;
        if (from >= count) break;
      }
      if (from < count) parts.push(chunk.slice(from, count));
    }
  }
}
