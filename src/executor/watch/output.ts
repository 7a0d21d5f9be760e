/** Takes what a program writes out of its pipe, up to a cap; what comes after the cap is dropped. */
import { fchmodSync } from "../../kernel/fs.ts";
import { errno } from "../../kernel/errno.ts";
import { closeDescriptor, enlargePipe, makePipe, readSome, setNonBlocking, statDescriptor, usualPipeBytes } from "../../kernel/files.ts";
import type { CapturedOutput } from "../../model/observation.ts";
import type { OutputFile } from "./output-file.ts";
import type { OutputToSink } from "./output-sink.ts";
import { OutputPace } from "./output-pace.ts";

const chunkBytes = usualPipeBytes;

/** For what is read only to see that it is there. */
const scratch = new Uint8Array(1);

export class OutputPipe {
  /** End for the program; close it once the launcher has it. */
  readonly writeEnd: number;
  readonly #readEnd: number;
  readonly #capBytes: number;
  /** One buffer that grows, and no list of chunks: nothing is ever held twice. */
  #buffer = new Uint8Array(0);
  readonly #file: OutputFile | OutputToSink | null;
  #kept = 0;
  #truncated = false;
  #open = true;
  readonly #pace = new OutputPace(performance.now());

  /**
   * @param pipeBytes what the pipe is to hold, if more than usual
   * @param file gets what comes, in place of {@link captured}
   * @throws SyscallError
   */
  constructor(capBytes: number, pipeBytes: number = usualPipeBytes, file: OutputFile | OutputToSink | null = null) {
    this.#file = file;
    [this.#readEnd, this.writeEnd] = makePipe();
    // Of our end only: O_NONBLOCK on the program's end would break programs (the two are separate descriptions).
    setNonBlocking(this.#readEnd);
    if (pipeBytes > usualPipeBytes) enlargePipe(this.#readEnd, pipeBytes);
    // For `>/dev/stdout`, which opens the pipe again with the program's rights: writing only.
    fchmodSync(this.writeEnd, 0o222);
    this.#capBytes = capBytes;
  }

  /** As a link of /proc names it. */
  get link(): string {
    return `pipe:[${statDescriptor(this.#readEnd).inode}]`;
  }

  /** Whoever gets what comes while the program runs can take more. */
  get #hasRoom(): boolean {
    return this.#file?.hasRoom ?? true;
  }

  /** Somebody can still write to it, as far as we know. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** How much has come, up to the cap. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** Descriptor to wait on; null at the end of the stream, and while the output rests. */
  get pollable(): number | null {
    return this.#open && this.#pace.dueMs === 0 && this.#hasRoom ? this.#readEnd : null;
  }

  /** When its rest ends, on the clock of performance.now(); Infinity: it does not rest. */
  get dueMs(): number {
    return this.#open && this.#pace.dueMs > 0 && this.#hasRoom ? this.#pace.dueMs : Infinity;
  }

  /** True once the program wrote more than the cap. */
  get overflowed(): boolean {
    return this.#truncated;
  }

  /** As {@link pump}, when it was found ready or its rest is over; then decides about the next rest. */
  pumpWhenDue(nowMs: number, ready: readonly number[]): void {
    if (!this.#open || !this.#hasRoom || (nowMs < this.dueMs && !ready.includes(this.#readEnd))) return;
    const before = this.#kept;
    this.pump(false);
    if (this.#file?.isAwaited !== true) this.#pace.looked(nowMs, this.#kept - before, this.#capBytes - this.#kept);
  }

  /**
   * Reads what is there now, never waits, and at most a few chunks, so that a flood cannot keep us from the clocks.
   * @param untilEmpty false: a read that gives less than there is room for is taken for the last one; a call less, but a pipe in packet mode
   * (O_DIRECT) may have more
   * @returns whether there may be more
   */
  pump(untilEmpty = true): boolean {
    for (let round = 0; this.#open && round < 16; round++) {
      if (!untilEmpty && !this.#hasRoom) return true;
      const room = Math.min(this.#capBytes - this.#kept, chunkBytes);
      const moved = room === 0 || this.#file === null ? null : this.#file.move(this.#readEnd, room);
      const target = moved !== null || room === 0 ? scratch : this.#tail(room);
      const count = moved ?? readSome(this.#readEnd, target);
      if (count === -errno.EAGAIN) return false;
      // Only a move can be interrupted.
      if (count === -errno.EINTR) continue;
      if (count <= 0) {
        this.close();
        return false;
      }
      if (room > 0) {
        this.#kept += count;
        if (moved === null && this.#file?.takesAtOnce) this.#file.write(target.subarray(0, count));
        if (count < room && !untilEmpty) return true;
      } else {
        // One byte more than the cap: the box is killed for it, so there is nothing to wait for.
        this.#truncated = true;
        return false;
      }
    }
    return this.#open;
  }

  #tail(bytes: number): Uint8Array {
    // Nothing is gathered where it goes to a file at once.
    const needed = (this.#file?.takesAtOnce ? 0 : this.#kept) + bytes;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(needed, this.#buffer.length * 2), this.#capBytes));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    return this.#buffer.subarray(needed - bytes, needed);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#readEnd);
    this.#file?.ended();
  }

  /** Call at the end. What goes to a file is there when it returns, and is not in what it returns. */
  captured(): CapturedOutput {
    if (this.#file === null) return { bytes: this.#buffer.subarray(0, this.#kept), truncated: this.#truncated };
    if (!this.#file.takesAtOnce) this.#file.write(this.#buffer.subarray(0, this.#kept));
    return { bytes: new Uint8Array(0), truncated: this.#truncated };
  }
}
