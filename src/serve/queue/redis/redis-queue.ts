/** The queue of jobs in a Redis or Valkey server: each of its promises is kept by one script, which the server runs as one step. */
import type { JobEvent } from "../../events.ts";
import type { JobResult } from "../../outcome.ts";
import { StoreFault, type Added, type Claim, type DueCallback, type NewJob, type Queue, type QueueBounds, type QueueStats, type StoredJob, type WorkerFacts, type WorkerState } from "../queue.ts";
import type { Claims } from "./claims.ts";
import type { RedisContents } from "./contents.ts";
import type { Intake } from "./intake.ts";
import { storedJob, templates } from "./records.ts";
import { scripts } from "./scripts/all.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watching.ts";

/** For how long a callback is the sender's own. */
const sendingMs = 60_000;

export interface RedisQueueParts {
  readonly store: Store;
  readonly contents: RedisContents;
  readonly claims: Claims;
  readonly watching: Watching;
  readonly intake: Intake;
  readonly settings: Settings;
  readonly workListeners: Set<() => void>;
  readonly cancelListeners: Set<(id: string) => void>;
  /** Does what time has brought. */
  readonly lookAfter: () => Promise<void>;
  /** Ends connections and timers. */
  readonly end: () => void;
}

export class RedisQueue implements Queue {
  readonly #parts: RedisQueueParts;

  constructor(parts: RedisQueueParts) {
    this.#parts = parts;
  }

  get contents(): RedisContents {
    return this.#parts.contents;
  }

  async add(jobs: readonly NewJob[], bounds: QueueBounds): Promise<readonly Added[]> {
    return await this.#parts.intake.add(jobs, bounds);
  }

  async claim(worker: WorkerFacts): Promise<Claim | null> {
    return await this.#parts.claims.claim(worker);
  }

  async renew(worker: WorkerFacts, claims: readonly Claim[]): Promise<readonly string[]> {
    return await this.#parts.claims.renew(worker, claims);
  }

  async finish(claim: Claim, result: JobResult): Promise<boolean> {
    return await this.#parts.claims.finish(claim, result);
  }

  async giveBack(claim: Claim, counts: boolean, reason: string): Promise<void> {
    await this.#parts.claims.giveBack(claim, counts, reason);
  }

  async cancel(id: string): Promise<boolean> {
    const { cancelled } = JSON.parse(templates(this.#parts.settings.attempts)) as { readonly cancelled: string };
    return (await this.#parts.store.run(scripts.cancel, id, cancelled)) === 1;
  }

  async get(id: string): Promise<StoredJob | null> {
    return (await this.getMany([id]))[0]!;
  }

  async getMany(ids: readonly string[]): Promise<readonly (StoredJob | null)[]> {
    if (ids.length === 0) return [];
    return ((await this.#parts.store.run(scripts.read, ...ids)) as unknown[]).map(storedJob);
  }

  async list(dialect: string | null, offset: number, most: number): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }> {
    const [total, records] = (await this.#parts.store.run(scripts.list, dialect === null ? "all" : `all:${dialect}`, offset, most)) as [number, unknown[]];
    return { total, jobs: records.map(storedJob).filter((stored) => stored !== null) };
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#parts.store.run(scripts.remove, id)) === 1;
  }

  async retry(id: string): Promise<boolean> {
    return (await this.#parts.store.run(scripts.retry, id)) === 1;
  }

  publish(id: string, event: JobEvent): void {
    this.#parts.watching.publish(id, event);
  }

  watch(id: string, signal: AbortSignal): AsyncIterable<JobEvent> {
    return this.#parts.watching.watch(id, signal);
  }

  onWork(listener: () => void): () => void {
    this.#parts.workListeners.add(listener);
    return () => this.#parts.workListeners.delete(listener);
  }

  onCancel(listener: (id: string) => void): () => void {
    this.#parts.cancelListeners.add(listener);
    return () => this.#parts.cancelListeners.delete(listener);
  }

  async dueCallbacks(most: number): Promise<readonly DueCallback[]> {
    const due = (await this.#parts.store.run(scripts.dueCallbacks, most, sendingMs)) as [number, unknown][];
    return due.flatMap(([attempt, record]) => {
      const stored = storedJob(record);
      return stored === null ? [] : [{ stored, attempt }];
    });
  }

  async callbackDone(id: string, error: string | null, retryInMs: number | null): Promise<void> {
    await this.#parts.store.run(scripts.callbackDone, id, error ?? "", retryInMs ?? -1);
  }

  async stats(): Promise<QueueStats> {
    const [interactive, normal, batch, running, dead, refusedResults, lostLeases, results, oldest] = (await this.#parts.store.run(scripts.stats)) as [number, number, number, number, number, number, number, number, number];
    return { queued: { interactive, normal, batch }, running, oldestMs: oldest < 0 ? null : oldest, dead, refusedResults, lostLeases, results };
  }

  async workers(): Promise<readonly WorkerState[]> {
    const known = (await this.#parts.store.run(scripts.workers, this.#parts.settings.silenceMs)) as [string, number, number][];
    return known.map(([json, running, silentFor]) => {
      const { sig: _, ...facts } = JSON.parse(json) as WorkerFacts & { readonly sig: string };
      return { ...facts, running, silentFor };
    });
  }

  async tryOut(): Promise<string | null> {
    try {
      await this.#parts.store.run(scripts.tryOut);
      return null;
    } catch (error) {
      if (error instanceof StoreFault) return error.message;
      throw error;
    }
  }

  /** Does what is done from time to time: leases that ended, results that go. */
  async lookAfter(): Promise<void> {
    await this.#parts.lookAfter();
  }

  async close(): Promise<void> {
    // A store that is away learns of it by silence.
    if (this.#parts.store.connection.isUp) await this.#parts.claims.leave().catch(() => {});
    this.#parts.end();
  }
}
