/**
 * A thread that waits in ppoll(2), for programs that have an event loop to keep alive.
 *
 * Its program is a text in here, not a file beside this one: a bundler puts all files of a library into one and leaves out those that are only
 * named by a path. So it is short, and knows nothing but ppoll(2).
 */
import { pollAnswer, pollQuestion } from "./process.ts";

const program = `
  import { dlopen, read } from "bun:ffi";
  const libc = dlopen("libc.so.6", {
    ppoll: { args: ["ptr", "u64", "ptr", "ptr"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  }).symbols;
  const errnoAddress = libc.__errno_location();
  self.onmessage = ({ data: { entries, length, timeout } }) => {
    const count = libc.ppoll(entries, length, timeout, null);
    self.postMessage({ count: count < 0 ? -read.i32(errnoAddress, 0) : count, entries });
  };
`;

let address: string | null = null;

interface Answer {
  readonly count: number;
  readonly entries: Int32Array;
}

export class WaitThread {
  readonly #worker: Worker;

  constructor() {
    // Made once and kept: when a thread has read it is not told in time to take it back.
    address ??= URL.createObjectURL(new Blob([program], { type: "application/javascript" }));
    this.#worker = new Worker(address);
  }

  /** Keeps the process alive from now on, or no longer. */
  hold(held: boolean): void {
    if (held) this.#worker.ref();
    else this.#worker.unref();
  }

  /** As `pollReadable`; one question at a time. */
  poll(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    const { descriptors, entries, timeout } = pollQuestion(readable, timeoutMs, writable, urgent);
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data: { count, entries } }: MessageEvent<Answer>) => {
        try {
          resolve(pollAnswer(descriptors, count, entries).ready);
        } catch (error) {
          reject(error);
        }
      };
      this.#worker.onerror = ({ message }) => reject(new Error(`cannot wait for the program: ${message}`));
      this.#worker.postMessage({ entries, length: descriptors.length, timeout });
    });
  }
}
