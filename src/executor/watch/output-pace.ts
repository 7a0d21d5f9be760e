/**
 * When an output is looked at again. A program that writes byte by byte would wake us for every byte, and cost us more CPU time than
 * it costs itself. So after a small piece the output gets a rest, in which the pipe fills; never so long that the pipe gets full and the
 * program has to wait for us, as far as the pace at which it has written until now can tell.
 */

/** What may come together in a rest: a quarter of a pipe. */
const wantedBytes = 16 * 1024;
/** A piece as large as that says that the pipe was about to be full. */
const largeBytes = 32 * 1024;
/** Shorter rests cost more than they save. */
const shortestMs = 0.5;
/** Bounds what a program loses that begins to write much all of a sudden, and how late we see it write over the cap. */
const longestMs = 4;

/** What comes as seldom as that can wake us each time. */
const seldomMs = 2 * longestMs;

export class OutputPace {
  #restMs = shortestMs;
  #lookedAtMs: number;
  /** When the rest ends, on the clock of `nowMs`; 0: there is none. */
  dueMs = 0;

  constructor(nowMs: number) {
    this.#lookedAtMs = nowMs;
  }

  /**
   * Call after each look.
   * @param bytes what there was
   * @param leftBytes what may still come before the program is killed for it
   */
  looked(nowMs: number, bytes: number, leftBytes: number): void {
    const sinceMs = Math.max(nowMs - this.#lookedAtMs, 0.001);
    this.#lookedAtMs = nowMs;
    this.dueMs = 0;
    if (bytes === 0 || bytes >= largeBytes || sinceMs > seldomMs) {
      this.#restMs = shortestMs;
      return;
    }
    const fillingMs = (Math.min(wantedBytes, leftBytes) * sinceMs) / bytes;
    const restMs = Math.min(this.#restMs, fillingMs);
    if (restMs < shortestMs) return;
    this.dueMs = nowMs + restMs;
    // A first piece may be the begin of a lot, so rests get long only with time.
    this.#restMs = Math.min(this.#restMs * 2, longestMs);
  }
}
