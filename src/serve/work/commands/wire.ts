/** A pipe from one command to another: of the kernel alone, or through us, who keep the beginning of what goes by. */
import { Direction } from "../../../judge/interact/direction.ts";
import type { Writing } from "../../../judge/interact/player.ts";
import { closeDescriptor, makePipe } from "../../../kernel/files.ts";
import { fchmodSync } from "../../../kernel/fs.ts";
import type { OutputSink } from "../../../model/waiting.ts";
import type { JobPipe } from "../../job.ts";
import { Excerpt } from "./collector.ts";

/** Time bounds what goes through a pipe; it is no output that anybody keeps. */
const noBound = 64 * 2 ** 30;

export class Wire {
  readonly pipe: JobPipe;
  /** What was kept of it; null: nothing was to be kept. */
  readonly excerpt: Excerpt | null;
  readonly #direction: Direction | null = null;
  readonly #ends: [readEnd: number, writeEnd: number] | null = null;
  #isReadEndGiven = false;
  #isWriteEndGiven = false;

  /** @param changed called when somebody has to look again what there is to wait for @throws SyscallError */
  constructor(pipe: JobPipe, changed: () => void) {
    this.pipe = pipe;
    this.excerpt = pipe.proxied && pipe.name !== null ? new Excerpt(pipe.name, pipe.most) : null;
    if (!pipe.proxied) {
      this.#ends = makePipe();
      // For `/dev/stdin` and `/dev/stdout`, which open the pipe again with the rights of the programs. Each can reach only what is its own.
      fchmodSync(this.#ends[0], 0o666);
      return;
    }
    const direction: Direction = new Direction((bytes) => this.excerpt?.hear(bytes), () => {
      direction.end();
      changed();
    }, noBound);
    this.#direction = direction;
  }

  /** What the writer writes into: something of ours, or a descriptor that it gets. */
  get target(): { readonly sink: OutputSink } | { readonly fd: number } {
    return this.#direction === null ? { fd: this.#ends![1] } : { sink: this.#direction };
  }

  /** For the reader. */
  get readEnd(): number {
    return this.#direction?.readEnd ?? this.#ends![0];
  }

  /** What waits for room on the way to the reader, as those say who wait; null: it does not go through us. */
  get writing(): Writing | null {
    return this.#direction;
  }

  /** The writer has its end, or never will: ours would keep the reader from the end of what it reads. */
  writerHasIt(): void {
    if (this.#ends === null || this.#isWriteEndGiven) return;
    this.#isWriteEndGiven = true;
    closeDescriptor(this.#ends[1]);
  }

  /** The same of the reader: ours would keep the writer from hearing that nobody reads any more. */
  readerHasIt(): void {
    if (this.#ends === null || this.#isReadEndGiven) return;
    this.#isReadEndGiven = true;
    closeDescriptor(this.#ends[0]);
  }

  /** The writer is gone. */
  writerEnded(): void {
    this.writerHasIt();
    this.#direction?.end();
  }

  /** The reader is gone: what still comes is kept, as far as it is to be, and goes nowhere. */
  readerEnded(): void {
    this.readerHasIt();
    this.#direction?.drop();
  }

  close(): void {
    this.writerHasIt();
    this.readerHasIt();
    this.#direction?.close();
  }
}
