/** Named pipes in a directory of ours, by which programs in boxes write to the judge and read from it. */
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { chmodSync } from "../../kernel/fs.ts";
import { errnoOf } from "../../kernel/errno.ts";
import { closeDescriptor, openAt, readSome, usualPipeBytes } from "../../kernel/files.ts";
import { pollReadable } from "../../kernel/process.ts";
import { makeFifo } from "../../kernel/pipe.ts";
import type { OutputSink } from "../../model/waiting.ts";
import type { PipeEnds } from "./direction.ts";

/** Programs have other users than we do. The directory is closed to all but those to whom it is shown. */
const usedByAll = 0o666;

/** @throws SyscallError */
export function makePipeFile(path: string): void {
  makeFifo(path, usedByAll);
  chmodSync(path, usedByAll);
}

/** For what a program reads: it does not wait when it opens the pipe. @throws SyscallError */
export function endsFor(path: string): PipeEnds {
  const open = (flags: number) => openAt(AT_FDCWD, path, flags | O.NONBLOCK);
  const readEnd = open(O.RDONLY);
  try {
    return { readEnd, writeEnd: open(O.WRONLY), knock: () => knock(path) };
  } catch (error) {
    closeDescriptor(readEnd);
    throw error;
  }
}

/** A writer, where a reader is. @throws SyscallError */
export function openWriter(path: string): number {
  return openAt(AT_FDCWD, path, O.WRONLY | O.NONBLOCK);
}

/** A writer that comes and goes: who opens the pipe to read waits for one, and then reads the end. */
export function knock(path: string): void {
  try {
    closeDescriptor(openWriter(path));
  } catch (error) {
    // Nobody is there, or the pipe is gone, or there is no descriptor left: it is tried again.
    if (errnoOf(error) === null) throw error;
  }
}

const mostRounds = 16;

/** What a program writes into a named pipe: it does not wait when it opens it, and has nothing to wait for afterwards but room. */
export class PipeReader {
  readonly #path: string;
  #fd: number;
  readonly #sink: OutputSink;
  readonly #chunk = new Uint8Array(usualPipeBytes);
  readonly #endsOnce: boolean;
  #hasRead = false;
  #isOpen = true;

  /** @param endsOnce a writer that closes it has ended; else it may open it again @throws SyscallError */
  constructor(path: string, sink: OutputSink, endsOnce: boolean) {
    [this.#path, this.#sink, this.#endsOnce] = [path, sink, endsOnce];
    this.#fd = openAt(AT_FDCWD, path, O.RDONLY | O.NONBLOCK);
  }

  /** Writers that have come and gone until now were ours: the end comes after the next one. @throws SyscallError */
  renew(): void {
    if (!this.#isOpen) return;
    const old = this.#fd;
    this.#fd = openAt(AT_FDCWD, this.#path, O.RDONLY | O.NONBLOCK);
    closeDescriptor(old);
  }

  /** To wait for: not before somebody has opened it, which the kernel knows. */
  get pollable(): number | null {
    return this.#isOpen && this.#sink.hasRoom ? this.#fd : null;
  }

  /** @param ready descriptors that were found readable */
  pump(ready: readonly number[]): void {
    if (this.#isOpen && ready.includes(this.#fd)) this.#read(mostRounds);
  }

  /** The writer has ended: what is there is all there is. */
  finish(): void {
    if (this.#isOpen) this.#read(Infinity);
    this.close();
  }

  #read(rounds: number): void {
    for (let round = 0; round < rounds && this.#isOpen; round++) {
      if (rounds === mostRounds && !this.#sink.hasRoom) return;
      const count = readSome(this.#fd, this.#chunk);
      if (count > 0) {
        this.#hasRead = true;
        this.#sink.take(this.#chunk.slice(0, count));
      } else {
        // read(2) says the same where no writer has come yet; poll(2) does not.
        if (count !== 0 || pollReadable([this.#fd], 0).ready.length === 0) return;
        // A writer that said nothing may have been a copy of ours in a process that was being started.
        if (rounds === mostRounds && !(this.#endsOnce && this.#hasRead)) this.renew();
        else this.close();
        return;
      }
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.abandon();
    this.#sink.ended?.();
  }

  /** Nobody is to hear of it. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeDescriptor(this.#fd);
  }
}
