/**
 * A thread that waits in ppoll(2), for programs that have an event loop to keep alive.
 *
 * Its program is a text in here, not a file beside this one: a bundler puts all files of a library into one and leaves out those that are only
 * named by a path. So it is short, and knows nothing but ppoll(2). Both threads have the memory that the kernel reads and writes: what is
 * sent between them are numbers, as to copy memory costs more than the call.
 */
import { pollAnswer, pollQuestion } from "./process.ts";

/** At first; more are made room for when they are needed. */
const usualDescriptors = 32;

/** Two words for the time, then two for each descriptor. */
const headWords = 4;

const program = `
  import { dlopen, ptr, read } from "bun:ffi";
  const libc = dlopen("libc.so.6", {
    ppoll: { args: ["u64", "u64", "u64", "ptr"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  }).symbols;
  const errnoAddress = libc.__errno_location();
  let memory, address;
  self.onmessage = ({ data }) => {
    if (typeof data === "object") {
      memory = new Int32Array(data);
      address = ptr(memory);
      return;
    }
    const count = libc.ppoll(address + ${headWords * 4}, data, address, null);
    self.postMessage(count < 0 ? -read.i32(errnoAddress, 0) : count);
  };
`;

let address: string | null = null;

export class WaitThread {
  readonly #worker: Worker;
  #memory!: SharedArrayBuffer;

  constructor() {
    // Made once and kept: when a thread has read it is not told in time to take it back.
    address ??= URL.createObjectURL(new Blob([program], { type: "application/javascript" }));
    this.#worker = new Worker(address);
    this.#makeRoom(usualDescriptors);
  }

  /** Keeps the process alive from now on, or no longer. */
  hold(held: boolean): void {
    if (held) this.#worker.ref();
    else this.#worker.unref();
  }

  /** As `pollReadable`; one question at a time. */
  poll(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]> {
    const { descriptors, entries, timeout } = pollQuestion(readable, timeoutMs, writable, urgent);
    if (headWords + entries.length > this.#memory.byteLength / 4) this.#makeRoom(2 * descriptors.length);
    new BigInt64Array(this.#memory, 0, 2).set(timeout!);
    const shared = new Int32Array(this.#memory, headWords * 4, entries.length);
    shared.set(entries);
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data: count }: MessageEvent<number>) => {
        try {
          resolve(pollAnswer(descriptors, count, shared).ready);
        } catch (error) {
          reject(error);
        }
      };
      this.#worker.onerror = ({ message }) => reject(new Error(`cannot wait for the program: ${message}`));
      this.#worker.postMessage(descriptors.length);
    });
  }

  #makeRoom(descriptors: number): void {
    this.#memory = new SharedArrayBuffer((headWords + 2 * descriptors) * 4);
    this.#worker.postMessage(this.#memory);
  }
}
