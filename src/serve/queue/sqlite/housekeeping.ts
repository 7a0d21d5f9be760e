/** What is done from time to time: leases that have lapsed, deadlines, old results, contents without a job. */
import { expireWaiting, takeBack } from "./course.ts";
import { removeFetched, removeOld } from "./retention.ts";
import type { FileCare } from "./file-care.ts";
import type { Change } from "./group-commit.ts";
import type { Store } from "./store.ts";

const mostAtOnce = 500;

export class Housekeeping {
  readonly #store: Store;
  readonly #file: FileCare;
  readonly #everyMs: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lastMs: number;
  #isStopped = false;
  /** Writes that are in the file itself. */
  #logged = 0;

  constructor(store: Store, file: FileCare) {
    [this.#store, this.#file] = [store, file];
    this.#everyMs = Math.max(10, Math.min(1000, store.options.leaseMs / 4));
    this.#lastMs = store.clock.monotonic();
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#run(), this.#everyMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** @returns true: there is more to do @throws StoreFault */
  async once(): Promise<boolean> {
    const store = this.#store;
    try {
      return await this.#change();
    } finally {
      // Also where nothing can be written: this is what makes room.
      if (!this.#isStopped) store.sweep.step(store.leases.oldestMs());
    }
  }

  async #change(): Promise<boolean> {
    const store = this.#store;
    const now = store.clock.monotonic();
    // When this process stood still, so did the workers in it.
    const late = now - this.#lastMs - this.#everyMs;
    if (late > store.options.leaseMs / 4) store.leases.prolong(late);
    this.#lastMs = now;
    store.pace.note(store.line.length > 0);
    const { commit, leases } = store;
    const change = <T>(make: (change: Change) => T): Promise<T> => commit.run(make);
    if (leases.lapsed(now).length > 0) await change((made) => this.#endLapsed(made));
    const full = await change((made) => [expireWaiting(store, made, mostAtOnce), removeOld(store, made), removeFetched(store, made)]);
    // Few a day have a key; nothing is written where there is nothing to forget.
    if (store.statements.get("forgettable", store.clock.now()) !== null) await change(() => store.statements.run("forget", store.clock.now(), mostAtOnce));
    if (!this.#isStopped) this.#tidy();
    return full.some((count) => count >= mostAtOnce);
  }

  /** When nothing waits and nothing runs, nobody is held up by it. */
  #tidy(): void {
    const { statements, line, leases } = this.#store;
    const isIdle = line.length === 0 && leases.size === 0;
    const hasShrunk = this.#file.shrink(isIdle);
    if (!isIdle || (!hasShrunk && statements.writes === this.#logged)) return;
    this.#file.checkpoint();
    this.#logged = statements.writes;
  }

  #endLapsed(change: Change): void {
    const store = this.#store;
    for (const lease of store.leases.lapsed(store.clock.monotonic())) {
      takeBack(store, change, lease, true, `worker ${lease.worker} was not heard of for ${store.options.leaseMs / 1000} s`);
      change.after(() => void store.lostLeases++);
    }
  }

  async #run(): Promise<void> {
    let isMore = false;
    try {
      isMore = await this.once();
    } catch {
      // The store cannot be used for now. Whoever needs it is told, and it is tried again.
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#run(), isMore ? 10 : this.#everyMs);
    this.#timer.unref();
  }
}
