/** How many jobs begin in a second, from those of the last two minutes: for how long one more has to wait. */
const spanSeconds = 120;

export class Pace {
  readonly #counts = new Array<number>(spanSeconds).fill(0);
  readonly #now: () => number;
  readonly #firstSecond: number;
  #second: number;

  /** @param now milliseconds of the monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
    this.#second = this.#firstSecond = Math.floor(now() / 1000);
  }

  count(): void {
    this.#advance();
    this.#counts[this.#second % spanSeconds]!++;
  }

  /** Jobs a second; 0: none began. */
  get perSecond(): number {
    this.#advance();
    const seconds = Math.min(spanSeconds, this.#second - this.#firstSecond + 1);
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  /** Seconds; null: it is not known, nothing has begun lately. */
  waitOf(jobs: number): number | null {
    const { perSecond } = this;
    return perSecond === 0 ? null : jobs / perSecond;
  }

  #advance(): void {
    const second = Math.floor(this.#now() / 1000);
    const from = Math.max(this.#second + 1, second - spanSeconds + 1);
    for (let passed = from; passed <= second; passed++) this.#counts[passed % spanSeconds] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
