/** A descriptor of the caller that gets what a program writes, in place of the result. */
import { S } from "../../kernel/constants.ts";
import { describeErrno, errno } from "../../kernel/errno.ts";
import { statDescriptor, writeSome } from "../../kernel/files.ts";
import { pollReadable } from "../../kernel/process.ts";

export class OutputFile {
  readonly #fd: number;
  readonly #stream: string;
  /** A file takes everything at once. Who reads a pipe or a terminal may be slow, and must not keep us from the clocks: it gets all at the end. */
  readonly takesAtOnce: boolean;
  #ended = false;
  #fault: string | null = null;

  /** @param stream for messages @throws SyscallError */
  constructor(fd: number, stream: string) {
    this.#fd = fd;
    this.#stream = stream;
    this.takesAtOnce = (statDescriptor(fd).mode & S.IFMT) === S.IFREG;
  }

  /** Why something of it is not where the caller wants it. */
  get fault(): string | null {
    return this.#fault;
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

  #end(number: number): void {
    this.#ended = true;
    // A reader that has gone does not want the rest.
    if (number !== errno.EPIPE) this.#fault = `cannot write the ${this.#stream} of the program to its file: ${describeErrno(number)}`;
  }
}
