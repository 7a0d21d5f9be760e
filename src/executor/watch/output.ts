/** Takes what a program writes out of its pipe, up to a cap; what comes after the cap is dropped. */
import { fchmodSync } from "node:fs";
import { errno } from "../../kernel/errno.ts";
import { closeDescriptor, makePipe, readSome, setNonBlocking } from "../../kernel/files.ts";
import type { CapturedOutput } from "../../model/observation.ts";

/** What a pipe holds by default (pipe(7)): more than one read never gives. */
const chunkBytes = 64 * 1024;

/** For what is read only to see that it is there. */
const scratch = new Uint8Array(1);

export class OutputPipe {
  /** End for the program; close it once the launcher has it. */
  readonly writeEnd: number;
  readonly #readEnd: number;
  readonly #capBytes: number;
  /** One buffer that grows, and no list of chunks: nothing is ever held twice. */
  #buffer = new Uint8Array(0);
  #kept = 0;
  #truncated = false;
  #open = true;

  /** @throws SyscallError */
  constructor(capBytes: number) {
    [this.#readEnd, this.writeEnd] = makePipe();
    // Of our end only: O_NONBLOCK on the program's end would break programs (the two are separate descriptions).
    setNonBlocking(this.#readEnd);
    // For `>/dev/stdout`, which opens the pipe again with the program's rights: writing only.
    fchmodSync(this.writeEnd, 0o222);
    this.#capBytes = capBytes;
  }

  /** Descriptor to wait on, or null at the end of the stream. */
  get pollable(): number | null {
    return this.#open ? this.#readEnd : null;
  }

  /** True once the program wrote more than the cap. */
  get overflowed(): boolean {
    return this.#truncated;
  }

  /**
   * Reads what is there now, never waits, and at most a few chunks, so that a flood cannot keep us from the clocks.
   * @returns whether there may be more
   */
  pump(): boolean {
    for (let round = 0; this.#open && round < 16; round++) {
      const room = Math.min(this.#capBytes - this.#kept, chunkBytes);
      const target = room === 0 ? scratch : this.#tail(room);
      const count = readSome(this.#readEnd, target);
      if (count === -errno.EAGAIN) return false;
      if (count <= 0) {
        this.close();
        return false;
      }
      if (room > 0) this.#kept += count;
      else {
        // One byte more than the cap: the box is killed for it, so there is nothing to wait for.
        this.#truncated = true;
        return false;
      }
    }
    return this.#open;
  }

  #tail(bytes: number): Uint8Array {
    const needed = this.#kept + bytes;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(needed, this.#buffer.length * 2), this.#capBytes));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    return this.#buffer.subarray(this.#kept, needed);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#readEnd);
  }

  captured(): CapturedOutput {
    return { bytes: this.#buffer.subarray(0, this.#kept), truncated: this.#truncated };
  }
}

export const noOutput: CapturedOutput = { bytes: new Uint8Array(0), truncated: false };
