/**
 * One way between two programs that talk: what one writes is written into the pipe that the other reads. It never waits. What does not fit
 * into the pipe is kept, up to a bound; then nothing is taken from the writer until there is room, and the writer waits.
 */
import { errno } from "../../kernel/errno.ts";
import { closeDescriptor, enlargePipe, makePipe, setNonBlocking, writeSome } from "../../kernel/files.ts";
import { unreadBytes } from "../../kernel/pipe.ts";
import type { OutputSink } from "../../model/waiting.ts";

/** What may be kept for a reader that does not read, besides what is in its pipe. */
export const mostKeptBytes = 4 * 1024 * 1024;

/** Who writes faster than the other reads gets a pipe that is emptied in larger pieces. */
const bulkPipeBytes = 1024 * 1024;

/** What the reader reads, and what is written for it: two ends of one pipe, both ours to close. */
export interface PipeEnds {
  readonly readEnd: number;
  /** Does not wait. */
  readonly writeEnd: number;
  /** Of a pipe with a name: lets whoever waits for a writer when it opens the pipe go on. */
  readonly knock?: () => void;
}

function unnamedPipe(): PipeEnds {
  const [readEnd, writeEnd] = makePipe();
  setNonBlocking(writeEnd);
  return { readEnd, writeEnd };
}

export class Direction implements OutputSink {
  readonly isAwaited = true;
  readonly mostBytes?: number;
  /** The standard input of the reader. It stays open here as well, so that no writer gets SIGPIPE when the reader has gone. */
  readonly readEnd: number;
  readonly #writeEnd: number;
  readonly #knock: (() => void) | null;
  readonly #heard: (bytes: Uint8Array) => void;
  readonly #sourceEnded: () => void;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #takenBytes = 0;
  #isDropped = false;
  #isEnding = false;
  #isOpen = true;
  #isReadEndOpen = true;
  #isBulk = false;

  /**
   * @param heard told of all that the writer writes
   * @param sourceEnded called when the writer's output has ended; the reader hears of it by {@link end} only
   * @param mostBytes that the writer may write; left out: as much as its output limit says
   * @param ends left out: a pipe without a name
   * @throws SyscallError
   */
  constructor(heard: (bytes: Uint8Array) => void, sourceEnded: () => void, mostBytes?: number, ends: PipeEnds = unnamedPipe()) {
    if (mostBytes !== undefined) this.mostBytes = mostBytes;
    [this.#heard, this.#sourceEnded] = [heard, sourceEnded];
    [this.readEnd, this.#writeEnd, this.#knock] = [ends.readEnd, ends.writeEnd, ends.knock ?? null];
  }

  get hasRoom(): boolean {
    return this.#isDropped || this.#keptBytes < mostKeptBytes;
  }

  /** How much the writer wrote in all. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** The pipe, when something waits for room in it; else null. */
  get waitsFor(): number | null {
    return this.#isOpen && this.#keptBytes > 0 ? this.#writeEnd : null;
  }

  /** The end for the reader, as long as nothing was written and nobody was told of an end; else null. */
  get untouched(): number | null {
    return this.#takenBytes === 0 && this.#isReadEndOpen && !this.#isEnding && !this.#isDropped ? this.readEnd : null;
  }

  /** Whether the reader has read all that was written, as far as it was taken from the writer. */
  get isRead(): boolean {
    if (this.#isDropped || this.#keptBytes > 0) return this.#isDropped;
    const end = this.#isReadEndOpen ? this.readEnd : this.#isOpen ? this.#writeEnd : null;
    return end === null || unreadBytes(end) === 0;
  }

  take(bytes: Uint8Array): void {
    this.#takenBytes += bytes.length;
    this.#heard(bytes);
    if (this.#isDropped || !this.#isOpen) return;
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    // What waits for room in the pipe is not tried again for each piece.
    if (this.#kept.length === 1) this.pump();
  }

  ended(): void {
    this.#sourceEnded();
  }

  /** Hands on what there is room for. */
  pump(): void {
    while (this.#isOpen && this.#kept.length > 0) {
      const first = this.#kept[0]!;
      const count = writeSome(this.#writeEnd, first);
      if (count === -errno.EINTR) continue;
      if (count < 0) {
        this.#growOnce();
        return;
      }
      this.#keptBytes -= count;
      if (count < first.length) this.#kept[0] = first.subarray(count);
      else this.#kept.shift();
    }
    if (this.#isEnding) this.#closeWriteEnd();
  }

  /** The reader reads the end after what was written. */
  end(): void {
    this.#isEnding = true;
    if (this.#kept.length === 0) this.#closeWriteEnd();
  }

  /** The end of a pipe with a name has to be told again and again: its reader may open it late, or once more. */
  get isEndRepeated(): boolean {
    return this.#isEnding && this.#knock !== null;
  }

  /** Tells the end once more. */
  tellEnd(): void {
    this.pump();
    if (!this.#isOpen) this.#knock?.();
  }

  /** Nobody reads any more: what comes is taken and forgotten, so that the writer can go on. */
  drop(): void {
    this.#isDropped = true;
    this.#kept = [];
    this.#keptBytes = 0;
    if (this.#isEnding) this.#closeWriteEnd();
  }

  close(): void {
    this.#closeReadEnd();
    if (this.#isOpen) closeDescriptor(this.#writeEnd);
    this.#isOpen = false;
  }

  #growOnce(): void {
    if (this.#isBulk) return;
    this.#isBulk = true;
    enlargePipe(this.#writeEnd, bulkPipeBytes);
  }

  #closeWriteEnd(): void {
    if (!this.#isOpen) return;
    // What lies in a pipe with a name is lost when nobody has it open, and its reader may not have opened it yet.
    if (this.#knock !== null && !this.#isDropped && unreadBytes(this.#writeEnd) > 0) return;
    this.#isOpen = false;
    closeDescriptor(this.#writeEnd);
  }

  #closeReadEnd(): void {
    if (this.#isReadEndOpen) closeDescriptor(this.readEnd);
    this.#isReadEndOpen = false;
  }
}
