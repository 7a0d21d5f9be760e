/** Takes what a program writes out of its pipe, up to a cap; what comes after the cap is dropped. */
import { fchmodSync } from "node:fs";
import { errno } from "../kernel/errno.ts";
import { closeDescriptor, makePipe, readSome, setNonBlocking } from "../kernel/files.ts";
import type { CapturedOutput } from "./observation.ts";

/** What a pipe holds by default (pipe(7)); one buffer for all pipes, as each read is copied out of it at once. */
const chunk = new Uint8Array(64 * 1024);

export class OutputPipe {
  /** End for the program; close it once the launcher has it. */
  readonly writeEnd: number;
  readonly #readEnd: number;
  readonly #capBytes: number;
  readonly #chunks: Uint8Array[] = [];
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
      const count = readSome(this.#readEnd, chunk);
      if (count === -errno.EAGAIN) return false;
      if (count <= 0) {
        this.close();
        return false;
      }
      const room = this.#capBytes - this.#kept;
      if (count > room) this.#truncated = true;
      const keep = Math.min(count, room);
      if (keep > 0) this.#chunks.push(chunk.slice(0, keep));
      this.#kept += keep;
    }
    return this.#open;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#readEnd);
  }

  captured(): CapturedOutput {
    return { bytes: Buffer.concat(this.#chunks), truncated: this.#truncated };
  }
}

export const noOutput: CapturedOutput = { bytes: new Uint8Array(0), truncated: false };
