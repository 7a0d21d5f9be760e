/** Jobs that run, and until when their worker has to be heard of. Kept in memory: with this process, its slots end as well. */
import type { Place } from "./waiting-line.ts";

export interface Lease extends Place {
  readonly id: string;
  readonly attempt: number;
  readonly worker: string;
  /** Milliseconds of the monotonic clock. */
  readonly beganMs: number;
  endsMs: number;
  isCancelled: boolean;
}

export class Leases {
  readonly #byId = new Map<string, Lease>();
  readonly #ofKey = new Map<string, number>();

  get size(): number {
    return this.#byId.size;
  }

  ofKey(key: string): number {
    return this.#ofKey.get(key) ?? 0;
  }

  ofWorker(name: string): number {
    let count = 0;
    for (const { worker } of this.#byId.values()) if (worker === name) count++;
    return count;
  }

  get(id: string): Lease | undefined {
    return this.#byId.get(id);
  }

  add(lease: Lease): void {
    this.#byId.set(lease.id, lease);
    this.#ofKey.set(lease.key, this.ofKey(lease.key) + 1);
  }

  remove(lease: Lease): void {
    if (!this.#byId.delete(lease.id)) return;
    const count = this.ofKey(lease.key) - 1;
    if (count === 0) this.#ofKey.delete(lease.key);
    else this.#ofKey.set(lease.key, count);
  }

  lapsed(nowMs: number): readonly Lease[] {
    return [...this.#byId.values()].filter(({ endsMs }) => endsMs <= nowMs);
  }

  /** This process stood still for so long: that was no silence of a worker. */
  prolong(ms: number): void {
    for (const lease of this.#byId.values()) lease.endsMs += ms;
  }

  /** When the oldest run began; null: nothing runs. */
  oldestMs(): number | null {
    let oldest: number | null = null;
    for (const { beganMs } of this.#byId.values()) if (oldest === null || beganMs < oldest) oldest = beganMs;
    return oldest;
  }
}
