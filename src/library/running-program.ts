/** A program that runs, with its streams. */
import { configError } from "../model/errors.ts";
import type { ExecutionResult } from "../model/result.ts";
import { programEnded } from "./output-stream.ts";
import type { ChunkTaker, OutputStream } from "./stream-types.ts";

/** Writes to the standard input of a program that runs. */
export interface ProgramInput {
  /** Fulfilled when the program's pipe has taken all of it, or the program has ended. @throws IsolateError of kind Config after `end` */
  write(chunk: string | Uint8Array): Promise<void>;
  /** The end of the input, after what was written. */
  end(): void;
}

/** A program that was started and has not ended yet, as far as anybody has looked. */
export interface RunningProgram {
  /** Its standard input. The program reads no end before `end` is called. */
  readonly stdin: ProgramInput;
  /** Its standard output. When it is not read, the program waits once the pipe and 64 KB more are full; `cancel` drops what comes. */
  readonly stdout: OutputStream;
  /** Its standard error, in the same way. */
  readonly stderr: OutputStream;
  /** The verdict, when the program has ended; `stdout` and `stderr` in it are empty. Rejected as `execute` is. */
  readonly result: Promise<ExecutionResult>;
}

/** @param run gets what `execute` takes as standard input, and what takes its output @internal */
export function startProgram(run: (stdin: AsyncIterable<string | Uint8Array>, streams: { readonly stdout: ChunkTaker; readonly stderr: ChunkTaker }) => Promise<ExecutionResult>): RunningProgram {
  const input = new InputQueue();
  const [stdout, stderr] = [new OutputQueue(), new OutputQueue()];
  const result = run(input, { stdout: stdout.taker, stderr: stderr.taker });
  const over = (error: unknown) => {
    input.close();
    for (const output of [stdout, stderr]) output.close(error);
  };
  // Whoever looks at the result hears of the error; whoever only reads, hears of it there.
  result.then(() => over(null), over);
  return { stdin: input.writer, stdout: stdout.stream, stderr: stderr.stream, result };
}

class InputQueue implements AsyncIterable<string | Uint8Array> {
  readonly #chunks: { readonly chunk: string | Uint8Array; readonly taken: () => void }[] = [];
  #wake: () => void = () => {};
  #ended = false;
  #closed = false;

  readonly writer: ProgramInput = {
    write: (chunk) => {
      if (this.#ended) return Promise.reject(configError("cannot write to the standard input of the program: its end was written"));
      if (this.#closed) return Promise.resolve();
      return new Promise((taken) => {
        this.#chunks.push({ chunk, taken });
        this.#wake();
      });
    },
    end: () => {
      this.#ended = true;
      this.#wake();
    },
  };

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Uint8Array> {
    for (;;) {
      const next = this.#chunks[0];
      if (next !== undefined) {
        yield next.chunk;
        // Asked for more: this one is in the pipe.
        this.#chunks.shift();
        next.taken();
      } else if (this.#ended || this.#closed) {
        return;
      } else {
        await new Promise<void>((wake) => (this.#wake = wake));
      }
    }
  }

  /** Nobody reads any more. */
  close(): void {
    this.#closed = true;
    for (const { taken } of this.#chunks.splice(0)) taken();
    this.#wake();
  }
}

/** So much may be in a stream that nobody has read yet. */
const streamBytes = 64 * 1024;

class OutputQueue {
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #wake: () => void = () => {};
  #isOpen = true;
  #hasEnded = false;

  readonly stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#wake(),
      cancel: () => {
        this.#isOpen = false;
        this.#wake();
      },
    },
    { highWaterMark: streamBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  ) as OutputStream;

  /** For the run: each piece is taken when there is room for it, and at the end of the program what there is, so that the verdict waits for no reader. */
  readonly taker: ChunkTaker = Object.assign((chunk: Uint8Array) => this.#take(chunk), {
    [programEnded]: () => {
      this.#hasEnded = true;
      this.#wake();
    },
  });

  async #take(chunk: Uint8Array): Promise<void> {
    while (this.#isOpen && !this.#hasEnded && (this.#controller.desiredSize ?? 0) <= 0) await new Promise<void>((wake) => (this.#wake = wake));
    if (this.#isOpen) this.#controller.enqueue(chunk);
  }

  close(error: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#wake();
    if (error === null) this.#controller.close();
    else this.#controller.error(error);
  }
}
