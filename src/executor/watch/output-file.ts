/** A descriptor of the caller that gets what a program writes, in place of the result. */
import { S } from "../../kernel/constants.ts";
import { describeErrno, errno } from "../../kernel/errno.ts";
import { statDescriptor, writeSome, type FileStat } from "../../kernel/files.ts";
import { pollReadable } from "../../kernel/process.ts";
import { spliceSome } from "../../kernel/splice.ts";

/** The devices null, zero and full (major number 1). */
const sinks: readonly bigint[] = [3, 5, 7].map((minor) => BigInt((1 << 8) | minor));

function isNeverSlow({ mode, deviceOfNode }: FileStat): boolean {
  const type = mode & S.IFMT;
  return type === S.IFREG || (type === S.IFCHR && sinks.includes(deviceOfNode));
}

export class OutputFile {
  readonly #fd: number;
  readonly #stream: string;
  /** A file takes everything at once. Who reads a pipe or a terminal may be slow, and must not keep us from the clocks: it gets all at the end. */
  readonly takesAtOnce: boolean;
  readonly hasRoom = true;
  readonly isAwaited = false;
  readonly mostBytes = undefined;
  #canMove: boolean;
  #ended = false;
  #fault: string | null = null;

  /** @param stream for messages @throws SyscallError */
  constructor(fd: number, stream: string) {
    this.#fd = fd;
    this.#stream = stream;
    this.takesAtOnce = isNeverSlow(statDescriptor(fd));
    this.#canMove = this.takesAtOnce;
  }

  /** Why something of it is not where the caller wants it. */
  get fault(): string | null {
    return this.#fault;
  }

  /**
   * Moves what a pipe has without copying it to us.
   * @returns as read(2) of the pipe; null: it has to be read and written, because the file does not take it that way, or no more
   */
  move(pipe: number, mostBytes: number): number | null {
    if (!this.#canMove || this.#ended) return null;
    const count = spliceSome(pipe, this.#fd, mostBytes);
    if (count >= 0 || count === -errno.EAGAIN || count === -errno.EINTR) return count;
    // An error of the file is told by write(2), after the same bytes.
    this.#canMove = false;
    return null;
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; !this.#ended && done < bytes.length; ) {
      const count = writeSome(this.#fd, bytes.subarray(done));
      if (count >= 0) done += count;
      // Somebody made the pipe that we share with them non-blocking.
      else if (count === -errno.EAGAIN) pollReadable([], 1000, [this.#fd]);
      else if (count !== -errno.EINTR) this.#end(-count);
    }
  }

  ended(): void {}

  #end(number: number): void {
    this.#ended = true;
    // A reader that has gone does not want the rest.
    if (number !== errno.EPIPE) this.#fault = `cannot write the ${this.#stream} of the program to its file: ${describeErrno(number)}`;
  }
}
