/** Streams by what is used of them, so that the declarations need no types of a runtime. */

/** Gets a piece of output. The next piece comes when the promise that it returns, if any, is fulfilled: until then the program waits. */
export type ChunkTaker = (chunk: Uint8Array) => void | PromiseLike<unknown>;

/** What one reading gives. */
export interface Piece {
  /** True: that was the end, and there is no value. */
  readonly done: boolean;
  /** Text or bytes. */
  readonly value?: string | Uint8Array | undefined;
}

/** The part of a ReadableStream that is needed to read from one. */
export interface ByteStream {
  /** Locks the stream, and reads from it. */
  getReader(): {
    /** The next piece. */
    read(): PromiseLike<Piece>;
    /** Says that nothing more is wanted. */
    cancel(reason?: unknown): PromiseLike<unknown>;
  };
}

/** The part of a WritableStream that is needed to write to one. */
export interface WritableByteStream {
  /** Locks the stream, and writes to it. */
  getWriter(): {
    /** Fulfilled when the stream has taken the piece. */
    write(chunk: Uint8Array): PromiseLike<unknown>;
    /** The end of the output. */
    close(): PromiseLike<unknown>;
    /** There will be no end: the run failed. */
    abort(reason?: unknown): PromiseLike<unknown>;
  };
}

/** A ReadableStream of bytes, where the types of the caller's runtime have that; in any case something for `for await`. */
export type OutputStream = (typeof globalThis extends { ReadableStream: { prototype: infer Stream } } ? Stream : unknown) & AsyncIterable<Uint8Array>;
