/** Where the lines of results go: standard output, which may be read slowly, or not at all any more. */
import { errno, reasonOf, SyscallError } from "../../kernel/errno.ts";
import { O, S } from "../../kernel/constants.ts";
import { reopen, statDescriptor, writeSome } from "../../kernel/files.ts";
import { pollReadable } from "../../kernel/process.ts";
import { IsolateError } from "../../model/errors.ts";

const standardOutput = 1;

/** So much can be written to what has any room at all (PIPE_BUF, pipe(7)), where we must not change the caller's descriptor: the thread that watches the programs never waits for a reader. */
const pieceBytes = 4096;

/** No run is begun while results of so many bytes, or of so many lines, wait to be written. */
const mostHeldBytes = 4 * 1024 * 1024;
const mostHeldLines = 256;

export interface OutletOptions {
  /** In the order of their numbers, in place of that in which they come. */
  readonly ordered: boolean;
  /** Waits until standard output takes something, or nobody reads it any more. */
  readonly writable: () => Promise<void>;
  /** Called once, when nothing can be written any more. @param fault null: nobody reads it any more */
  readonly onEnd: (fault: IsolateError | null) => void;
}

export class Outlet {
  readonly #options: OutletOptions;
  readonly #fd: number;
  /** Of one write: so much does not wait. */
  readonly #mostBytes: number;
  readonly #waits: boolean;
  /** Results that wait for one before them, by number. */
  readonly #early = new Map<number, Uint8Array>();
  #queue: Uint8Array[] = [];
  #nextNumber = 0;
  #heldBytes = 0;
  #heldLines = 0;
  #isEnded = false;
  #isAborted = false;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #roomSeekers: (() => void)[] = [];

  constructor(options: OutletOptions) {
    this.#options = options;
    const type = statDescriptor(standardOutput).mode & S.IFMT;
    // The pipe once more, with O_NONBLOCK for us alone.
    const own = type === S.IFIFO ? reopen(standardOutput, O.WRONLY | O.NONBLOCK) : null;
    this.#fd = own ?? standardOutput;
    this.#waits = type !== S.IFREG && own === null;
    this.#mostBytes = this.#waits ? pieceBytes : Infinity;
  }

  /** @param number from 0 without gaps, each once, until {@link finish} */
  put(number: number, line: Uint8Array): void {
    if (this.#isEnded) return;
    this.#heldBytes += line.length;
    this.#heldLines++;
    if (!this.#options.ordered) this.#queue.push(line);
    else {
      this.#early.set(number, line);
      for (let next = this.#early.get(this.#nextNumber); next !== undefined; next = this.#early.get(++this.#nextNumber)) {
        this.#early.delete(this.#nextNumber);
        this.#queue.push(next);
      }
    }
    this.#write();
  }

  /** Waits until few enough results wait. The one that all others wait for has been begun before them, so it comes. */
  async room(): Promise<void> {
    while (!this.#isEnded && !this.#isAborted && (this.#heldBytes >= mostHeldBytes || this.#heldLines >= mostHeldLines)) {
      await new Promise<void>((resolve) => this.#roomSeekers.push(resolve));
    }
  }

  /** Nothing is begun any more: whoever waits for room goes on. @param drops what nobody has read yet is given up */
  abort(drops: boolean): void {
    this.#isAborted = true;
    if (drops) this.close();
    this.#tellRoomSeekers();
  }

  /** Writes what is left, in order as far as it is there. */
  async finish(): Promise<void> {
    for (const [number, line] of [...this.#early].toSorted(([a], [b]) => a - b)) {
      this.#early.delete(number);
      this.#queue.push(line);
    }
    this.#write();
    await this.#writing;
  }

  #write(): void {
    if (this.#isWriting || this.#queue.length === 0) return;
    this.#writing = this.#writeAll();
  }

  /** That it writes no more is said in the same step as its last look at the queue: a result that comes right after must find nobody at work. */
  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#queue.length > 0) {
        const line = this.#queue.shift()!;
        for (let done = 0; done < line.length; ) {
          if (this.#isEnded) return;
          if (this.#waits && pollReadable([], 0, [standardOutput]).ready.length === 0) {
            await this.#options.writable();
            continue;
          }
          const written = writeSome(this.#fd, line.subarray(done, done + this.#mostBytes));
          if (written > 0) done += written;
          else if (written === -errno.EAGAIN) await this.#options.writable();
          else if (written !== -errno.EINTR) return this.#end(-written);
        }
        this.#heldBytes -= line.length;
        this.#heldLines--;
        this.#tellRoomSeekers();
      }
    } finally {
      this.#isWriting = false;
    }
  }

  /** Nobody reads standard output any more. */
  close(): void {
    this.#end(errno.EPIPE);
  }

  #end(number: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#queue = [];
    this.#early.clear();
    this.#options.onEnd(number === errno.EPIPE ? null : new IsolateError("Io", `cannot write to standard output: ${reasonOf(new SyscallError("write", number))}`));
    this.#tellRoomSeekers();
  }

  #tellRoomSeekers(): void {
    for (const resolve of this.#roomSeekers.splice(0)) resolve();
  }
}
