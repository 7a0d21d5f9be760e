/** The queue of jobs in a Redis or Valkey server: each of its promises is kept by one script, which the server runs as one step. */
import type { JobEvent } from "../../events.ts";
import type { JobResult } from "../../outcome.ts";
import { QueueFull, StoreFault, type Added, type Claim, type DueCallback, type NewJob, type Queue, type QueueBounds, type QueueStats, type StoredJob, type WorkerFacts, type WorkerState } from "../queue.ts";
import { referredContents } from "../referred-contents.ts";
import type { Accepted } from "./accepted.ts";
import type { Claims } from "./claims.ts";
import type { RedisContents } from "./contents.ts";
import { metaOf, storedJob, templates } from "./records.ts";
import { scripts } from "./scripts/all.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";
import type { Watching } from "./watching.ts";

/** For how long a callback is the sender's own. */
const sendingMs = 60_000;
/** Jobs of one step: others have their turn in between. */
const someJobs = 50;
/** What a client is told to wait when nothing is known of how fast jobs end, at least, and at most. */
const [usualRetry, leastRetry, mostRetry] = [5, 1, 300];

export interface RedisQueueParts {
  readonly store: Store;
  readonly contents: RedisContents;
  readonly claims: Claims;
  readonly watching: Watching;
  readonly accepted: Accepted;
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
    if (jobs.length === 0) return [];
    const { accepted } = this.#parts;
    const bodies = jobs.map(({ job }) => JSON.stringify(job));
    // Before it is sent: its end may be told before the answer is here.
    for (const [index, job] of jobs.entries()) accepted.remember(job, bodies[index]!);
    try {
      return await this.#add(jobs, bodies, bounds);
    } catch (error) {
      for (const { job } of jobs) accepted.ended(job.id);
      throw error;
    }
  }

  async #add(jobs: readonly NewJob[], bodies: readonly string[], bounds: QueueBounds): Promise<readonly Added[]> {
    const { store, contents, accepted, settings } = this.#parts;
    const metas = JSON.stringify(jobs.map((job, index) => metaOf(job, bodies[index]!, settings.results.keepMs, settings.instance)));
    for (const asks of [true, false]) {
      const terms = { jobs: bounds.jobs, ofKey: bounds.jobsOfKey ?? -1, wait: bounds.mostWaitSeconds === null ? -1 : bounds.mostWaitSeconds * 1000, asks };
      const answer = (await store.run(scripts.add, JSON.stringify(terms), metas, ...bodies)) as ["ok", [Added["kind"], string][]] | ["missing", string[]] | ["full", string, number];
      if (answer[0] === "ok") {
        for (const [index, [kind]] of answer[1].entries()) if (kind !== "added") accepted.ended(jobs[index]!.job.id);
        return answer[1].map(([kind, id]) => ({ kind, id }));
      }
      if (answer[0] === "full") throw new QueueFull(retryAfter(answer[2]), answer[1] === "key");
      // They were kept so long ago that the store has forgotten them, or it was emptied. This machine may have them still.
      const missing = new Set(answer[1]);
      for (const [index, { job }] of jobs.entries()) {
        const needed = new Set(referredContents(job.work, bodies[index]!).map(({ sha256 }) => sha256));
        for (const content of referredContents(job, bodies[index]!)) {
          if (!missing.delete(content.sha256) || (await contents.share(content)) || !needed.has(content.sha256)) continue;
          throw new StoreFault(`cannot keep job ${job.id}: its content ${content.sha256} is no longer there. Send it again`);
        }
      }
    }
    throw new StoreFault("the store asks for contents again and again");
  }

  /** The store has forgotten everything: what this process has put there goes back. @throws StoreFault: it may be done again */
  async putBack(): Promise<void> {
    const { accepted, watching } = this.#parts;
    const lost = accepted.all();
    for (let from = 0; from < lost.length; from += someJobs) {
      const jobs = lost.slice(from, from + someJobs);
      await this.#add(jobs, jobs.map(({ job }) => JSON.stringify(job)), { jobs: Number.MAX_SAFE_INTEGER, jobsOfKey: null, mostWaitSeconds: null });
    }
    await this.review();
    watching.again();
  }

  /** The end of some jobs may have been told while nobody listened. @throws StoreFault */
  async review(): Promise<void> {
    const { accepted, store } = this.#parts;
    const ids = accepted.all().map(({ job }) => job.id);
    for (let from = 0; from < ids.length; from += someJobs) {
      for (const id of (await store.run(scripts.ended, ...ids.slice(from, from + someJobs))) as string[]) accepted.ended(id);
    }
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

/** @param ms until there is room, by the rate of the last minutes; negative: nobody knows @returns seconds */
function retryAfter(ms: number): number {
  return ms < 0 ? usualRetry : Math.min(mostRetry, Math.max(leastRetry, Math.ceil(ms / 1000)));
}
