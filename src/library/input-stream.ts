/** Standard input that comes while the program runs: from a stream or an iteration of the caller's, by a pipe of ours. */
import { errno } from "../kernel/errno.ts";
import { closeDescriptor, makePipe, setNonBlocking, writeSome } from "../kernel/files.ts";
import { configError } from "../model/errors.ts";
import type { Feed } from "./attendance.ts";
import type { ByteStream } from "./stream-types.ts";

/** Where pieces come from. */
export interface Pieces {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Nothing more is wanted. */
  cancel(): unknown;
}

/** The pieces of a stream or an iteration; null: it is neither. */
export function piecesOf(source: object): Pieces | null {
  const iterate = (source as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] ?? (source as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (iterate !== undefined) {
    const iterator = (iterate as () => AsyncIterator<unknown>).call(source);
    return { next: async () => await iterator.next(), cancel: () => iterator.return?.() };
  }
  if ("getReader" in source) {
    const reader = (source as ByteStream).getReader();
    return { next: () => reader.read(), cancel: () => reader.cancel() };
  }
  return null;
}

/** At most one piece is held; the next one is asked for when the program's pipe has taken all of it. */
export class InputStream implements Feed {
  /** What the program gets. */
  readonly readEnd: number;
  readonly #writeEnd: number;
  readonly #pieces: Pieces;
  #held: Uint8Array = new Uint8Array(0);
  #taken: (() => void) | null = null;
  #open = true;
  #begun = false;
  readonly #ring: () => void;
  readonly #fail: (reason: unknown) => void;

  /** @param ring called when there is something to write @param fail called when the source throws @throws SyscallError */
  constructor(pieces: Pieces, ring: () => void, fail: (reason: unknown) => void) {
    [this.#pieces, this.#ring, this.#fail] = [pieces, ring, fail];
    [this.readEnd, this.#writeEnd] = makePipe();
    setNonBlocking(this.#writeEnd);
  }

  get waitsFor(): number | null {
    return this.#open && this.#held.length > 0 ? this.#writeEnd : null;
  }

  pump(): void {
    if (!this.#begun) {
      this.#begun = true;
      void this.#read();
    }
    while (this.#open && this.#held.length > 0) {
      const count = writeSome(this.#writeEnd, this.#held);
      if (count === -errno.EAGAIN || count === -errno.EINTR) return;
      this.#held = count < 0 ? this.#held.subarray(this.#held.length) : this.#held.subarray(count);
    }
    this.#taken?.();
    this.#taken = null;
  }

  async #read(): Promise<void> {
    try {
      while (this.#open) {
        const { done = false, value } = await this.#pieces.next();
        if (!this.#open) return;
        if (done) return this.#end();
        this.#held = bytesOf(value);
        if (this.#held.length === 0) continue;
        await new Promise<void>((taken) => {
          this.#taken = taken;
          this.#ring();
        });
      }
    } catch (error) {
      if (this.#open) this.#fail(error);
    }
  }

  #end(): void {
    this.#open = false;
    closeDescriptor(this.#writeEnd);
    this.#ring();
  }

  /** The run is over. */
  close(): void {
    closeDescriptor(this.readEnd);
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#writeEnd);
    this.#taken?.();
    // It may never answer, and what it has to say is nobody's concern any more.
    Promise.resolve(this.#pieces.cancel()).catch(() => {});
  }
}

function bytesOf(piece: unknown): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece);
  if (piece instanceof Uint8Array) return piece;
  throw configError(`cannot use a piece of standard input: it is ${piece === null ? "null" : `of type ${typeof piece}`}`, "give text or a Uint8Array");
}
