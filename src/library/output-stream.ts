/** Output that is handed to the caller while the program runs, piece by piece. */
import type { OutputSink } from "../model/waiting.ts";
import type { ChunkTaker, WritableByteStream } from "./stream-types.ts";

/** So much may wait for the caller; then the program has to. */
const roomBytes = 64 * 1024;

/** The key of a function of a taker that wants to know when no more is written. */
export const programEnded = Symbol("the program has ended");

export class OutputStream implements OutputSink {
  readonly #take: ChunkTaker;
  readonly #finish: (error?: unknown) => PromiseLike<unknown> | void;
  readonly #ring: () => void;
  readonly #fail: (reason: unknown) => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #handing: Promise<void> | null = null;
  #failed = false;
  readonly #programEnded: () => void;

  /** @param ring called when there is room again @param fail called when the caller's side throws */
  constructor(to: ChunkTaker | WritableByteStream, ring: () => void, fail: (reason: unknown) => void) {
    [this.#ring, this.#fail] = [ring, fail];
    this.#programEnded = (to as { readonly [programEnded]?: () => void })[programEnded] ?? (() => {});
    if (typeof to === "function") {
      [this.#take, this.#finish] = [to, () => {}];
    } else {
      const writer = to.getWriter();
      this.#take = (chunk) => writer.write(chunk);
      this.#finish = (error) => (error === undefined ? writer.close() : writer.abort(error));
    }
  }

  get hasRoom(): boolean {
    return this.#waitingBytes < roomBytes;
  }

  take(bytes: Uint8Array): void {
    if (this.#failed) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#handing ??= this.#hand();
  }

  async #hand(): Promise<void> {
    // Never in the middle of the supervision of the run.
    await null;
    try {
      for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
        await this.#take(bytes);
        const hadRoom = this.hasRoom;
        this.#waitingBytes -= bytes.length;
        if (!hadRoom && this.hasRoom) this.#ring();
      }
    } catch (error) {
      this.#failed = true;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#fail(error);
    } finally {
      this.#handing = null;
    }
  }

  /** The program has ended: fulfilled when the caller has everything, and knows. */
  async end(): Promise<void> {
    this.#programEnded();
    while (this.#handing !== null) await this.#handing;
    if (!this.#failed) await this.#finish();
  }

  /** The run failed. What waits is not handed over. */
  abandon(reason: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#waiting = [];
    void Promise.resolve(this.#finish(reason ?? new Error("the run failed"))).catch(() => {});
  }
}
