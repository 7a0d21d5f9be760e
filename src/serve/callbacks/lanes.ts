/** How many callbacks are on their way at the same time: a receiver that keeps everybody waiting shall keep only its own waiting. */

const mostAtOnce = 32;
const mostOfHost = 8;

interface Waiting {
  readonly host: string;
  readonly lateAt: number;
  readonly send: () => Promise<void>;
}

export class Lanes {
  readonly #onTheWay = new Map<Promise<void>, string>();
  #waiting: Waiting[] = [];

  /** What waits or is on its way. */
  get size(): number {
    return this.#onTheWay.size + this.#waiting.length;
  }

  /** Begins it as soon as its host has room. @param patienceMs milliseconds after which it is not begun any more: the store gives it to somebody again @param send never rejects */
  add(host: string, patienceMs: number, send: () => Promise<void>): void {
    this.#waiting.push({ host, lateAt: performance.now() + patienceMs, send });
    this.#fill();
  }

  dropLate(): void {
    const now = performance.now();
    this.#waiting = this.#waiting.filter(({ lateAt }) => lateAt > now);
  }

  /** Begins nothing any more. @returns when nothing is on its way */
  async end(): Promise<void> {
    this.#waiting = [];
    await Promise.all(this.#onTheWay.keys());
  }

  #fill(): void {
    const ofHost = new Map<string, number>();
    for (const host of this.#onTheWay.values()) ofHost.set(host, (ofHost.get(host) ?? 0) + 1);
    this.#waiting = this.#waiting.filter(({ host, send }) => {
      const count = ofHost.get(host) ?? 0;
      if (this.#onTheWay.size >= mostAtOnce || count >= mostOfHost) return true;
      ofHost.set(host, count + 1);
      const sent = send().finally(() => {
        this.#onTheWay.delete(sent);
        this.#fill();
      });
      this.#onTheWay.set(sent, host);
      return false;
    });
  }
}
