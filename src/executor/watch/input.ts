/**
 * Hands what can be read from a descriptor of the caller on to a program, by a pipe.
 *
 * This is for everything that is more than bytes. A socket can be written to, and descriptors can be passed by it. A terminal has modes
 * that outlive the run. A named pipe or a device can be opened again for writing. The program gets a pipe that ends at us. What comes by a
 * named pipe is moved from there to here (splice(2)); everything else is copied.
 */
import { fchmodSync } from "../../kernel/fs.ts";
import { errno } from "../../kernel/errno.ts";
import { O, S } from "../../kernel/constants.ts";
import { closeDescriptor, enlargePipe, makePipe, readSome, reopen, setNonBlocking, statDescriptor, statusFlags, writeSome } from "../../kernel/files.ts";
import { pollReadable } from "../../kernel/process.ts";
import { receiveBytes } from "../../kernel/socket.ts";
import { spliceSome } from "../../kernel/splice.ts";

/** What a pipe holds by default (pipe(7)). */
const chunkBytes = 64 * 1024;

/** As many chunks a turn, so that a flood cannot keep us from the clocks. */
const mostChunks = 16;

/** After so much, more is likely to come: both pipes are made larger, and filled and emptied in large pieces. */
const bulkAfterBytes = 1024 * 1024;
const bulkPipeBytes = 1024 * 1024;
/** Less than that in a turn: then the source gets a rest, in which it fills. */
const largeBytes = bulkPipeBytes / 2;
const restMs = 0.3;

const tryAgain: readonly number[] = [-errno.EAGAIN, -errno.EINTR];

export class InputPipe {
  /** End for the program; close it once the launcher has it. */
  readonly readEnd: number;
  readonly #writeEnd: number;
  readonly #source: number;
  /** Reads what the source has; the same numbers as {@link readSome}. */
  readonly #take: (into: Uint8Array) => number;
  /** Whether it may wait: then it is called only when the source said that it is ready. */
  readonly #mayWait: boolean;
  /** An open of the source that is ours, to be closed. */
  readonly #own: number | null;
  readonly #chunk = new Uint8Array(chunkBytes);
  /** What was read and did not fit into the pipe. */
  #held = new Uint8Array(0);
  /** What is in the source is moved and not copied: from one pipe to another. */
  #isMoved: boolean;
  /** While it is moved: there was more than the pipe had room for. */
  #isFull = false;
  #movedBytes = 0;
  #isBulk = false;
  /** When the rest of the source ends, on the clock of performance.now(); Infinity: it has none. */
  dueMs = Infinity;
  #open = true;

  /** @param source stays the caller's: it is not closed, and its flags stay as they are @throws SyscallError */
  constructor(source: number) {
    const type = statDescriptor(source).mode & S.IFMT;
    this.#source = source;
    // The caller shares its own open file description, and so its flags, with others.
    this.#own = type === S.IFIFO || type === S.IFCHR ? reopen(source, O.RDONLY | O.NONBLOCK | O.NOCTTY) : null;
    this.#isMoved = type === S.IFIFO && this.#own !== null;
    const from = this.#own ?? source;
    this.#take = type === S.IFSOCK ? (into) => receiveBytes(source, into) : (into) => readSome(from, into);
    this.#mayWait = type !== S.IFSOCK && this.#own === null;
    [this.readEnd, this.#writeEnd] = makePipe();
    setNonBlocking(this.#writeEnd);
    // For `</dev/stdin`, which opens the pipe again with the program's rights: reading only.
    fchmodSync(this.readEnd, 0o444);
    // It would never say that it is ready.
    if (((statusFlags(source) ?? 0) & (O.WRONLY | O.PATH)) !== 0) this.close();
  }

  /** The source, when there is room for more. */
  get readable(): readonly number[] {
    return this.#open && this.#held.length === 0 && !this.#isFull && this.dueMs === Infinity ? [this.#source] : [];
  }

  /** The pipe, when something waits for room in it. */
  get writable(): readonly number[] {
    return this.#open && (this.#held.length > 0 || this.#isFull) ? [this.#writeEnd] : [];
  }

  /** Hands on what is there now. @param ready descriptors that are ready; nothing is done when none of ours is among them */
  pump(ready: readonly number[]): void {
    if (this.#isMoved) {
      const isDue = this.dueMs <= performance.now();
      if (isDue) this.dueMs = Infinity;
      if (!isDue && !ready.includes(this.#source) && !ready.includes(this.#writeEnd)) return;
      if (!this.#open || this.#move()) return;
    }
    if (![...this.readable, ...this.writable].some((fd) => ready.includes(fd))) return;
    let asked = false;
    for (let round = 0; round < mostChunks && this.#open; round++) {
      if (this.#held.length === 0) {
        if (this.#mayWait && (asked || !ready.includes(this.#source))) return;
        asked = true;
        if (!this.#read()) return;
      }
      if (!this.#write()) return;
    }
  }

  /** @returns false: this kernel does not let us, and what comes has to be copied */
  #move(): boolean {
    this.#isFull = false;
    let bytes = 0;
    for (let round = 0; round < mostChunks; round++) {
      const count = spliceSome(this.#own!, this.#writeEnd, bulkPipeBytes);
      if (count > 0) bytes += count;
      if (count === 0 || count === -errno.EPIPE) this.close();
      else if (count === -errno.EAGAIN) this.#pause(bytes);
      else if (count > 0 || count === -errno.EINTR) continue;
      else return (this.#isMoved = false);
      return true;
    }
    return true;
  }

  /** There is nothing to move, or no room for it: which of the two is not told. @param bytes moved in this turn */
  #pause(bytes: number): void {
    this.#isFull = pollReadable([], 0, [this.#writeEnd]).ready.length === 0;
    this.#movedBytes += bytes;
    if (!this.#isBulk && this.#movedBytes > bulkAfterBytes) {
      this.#isBulk = true;
      // What is in them is charged to those who have written it, not to the box.
      for (const pipe of [this.#own!, this.#writeEnd]) enlargePipe(pipe, bulkPipeBytes);
    }
    if (this.#isBulk && !this.#isFull && bytes > 0 && bytes < largeBytes) this.dueMs = performance.now() + restMs;
  }

  /** @returns whether there is something to write now */
  #read(): boolean {
    const count = this.#take(this.#chunk);
    if (count > 0) this.#held = this.#chunk.subarray(0, count);
    else if (!tryAgain.includes(count)) this.close();
    return count > 0;
  }

  /** @returns whether all was written */
  #write(): boolean {
    const count = writeSome(this.#writeEnd, this.#held);
    if (count >= 0) this.#held = this.#held.subarray(count);
    // Nobody reads it any more (EPIPE).
    else if (!tryAgain.includes(count)) this.close();
    return this.#open && this.#held.length === 0;
  }

  /** The end of the program's input. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.dueMs = Infinity;
    closeDescriptor(this.#writeEnd);
    if (this.#own !== null) closeDescriptor(this.#own);
  }
}
