/**
 * How many jobs begin in a second while some wait, from the last two minutes: for how long one more has to wait. Times at which nobody waits do
 * not count: they say nothing about what the slots can do.
 */
const spanSeconds = 120;

/** Less says nothing yet. */
const leastMs = 1000;

export class Pace {
  /** By second, in turns. */
  readonly #begun = new Array<number>(spanSeconds).fill(0);
  readonly #waitedMs = new Array<number>(spanSeconds).fill(0);
  readonly #now: () => number;
  #lastMs: number;
  #isWaiting = false;

  /** @param now milliseconds of the monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
    this.#lastMs = now();
  }

  /** A job has begun. @param isWaiting whether others wait now */
  count(isWaiting: boolean): void {
    this.#advance();
    if (this.#isWaiting) this.#begun[this.#place(this.#lastMs)]!++;
    this.#isWaiting = isWaiting;
  }

  /** Whether jobs wait from now on. */
  note(isWaiting: boolean): void {
    this.#advance();
    this.#isWaiting = isWaiting;
  }

  /** Jobs a second; null: it is not known, nobody had to wait lately. 0: none began. */
  get perSecond(): number | null {
    this.#advance();
    const waitedMs = this.#waitedMs.reduce((sum, ms) => sum + ms, 0);
    return waitedMs < leastMs ? null : (this.#begun.reduce((sum, count) => sum + count, 0) * 1000) / waitedMs;
  }

  /** Seconds that so many jobs take to begin; null: it is not known. */
  waitOf(jobs: number): number | null {
    const { perSecond } = this;
    return perSecond === null || perSecond === 0 ? null : jobs / perSecond;
  }

  #place(ms: number): number {
    return Math.floor(ms / 1000) % spanSeconds;
  }

  #advance(): void {
    const now = this.#now();
    let at = Math.max(this.#lastMs, now - spanSeconds * 1000);
    if (at > this.#lastMs) for (const buckets of [this.#begun, this.#waitedMs]) buckets.fill(0);
    while (at < now) {
      const next = Math.min(now, (Math.floor(at / 1000) + 1) * 1000);
      if (this.#isWaiting) this.#waitedMs[this.#place(at)]! += next - at;
      // What stands there is two minutes old.
      if (next % 1000 === 0) [this.#begun[this.#place(next)], this.#waitedMs[this.#place(next)]] = [0, 0];
      at = next;
    }
    this.#lastMs = Math.max(this.#lastMs, now);
  }
}
