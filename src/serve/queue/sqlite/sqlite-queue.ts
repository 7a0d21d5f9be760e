/** The queue in a file of SQLite. See schema.ts for what is in it, statements.ts for how it is asked. */
import type { JobEvent } from "../../events.ts";
import { type JobClass, jobClasses } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import type { ContentsDirectory } from "../contents-dir.ts";
import { messageOf } from "../../../model/errors.ts";
import type { Added, Claim, DueCallback, NewJob, Queue, QueueBounds, QueueStats, StoredJob, WorkerFacts, WorkerState } from "../queue.ts";
import { lendCallbacks, settleCallback } from "./callbacks.ts";
import { cancelJob, claimNext, finishClaim, leaseOf, reviveJob, takeBack } from "./course.ts";
import type { Housekeeping } from "./housekeeping.ts";
import { addJobs, prepare } from "./intake.ts";
import { listJobs, storedJob } from "./reading.ts";
import { removeById } from "./retention.ts";
import type { Store } from "./store.ts";

export class SqliteQueue implements Queue {
  readonly #store: Store;
  readonly #end: () => void;
  readonly #workers = new Map<string, { readonly facts: WorkerFacts; heardMs: number }>();
  readonly #onWork = new Set<() => void>();
  readonly #onCancel = new Set<(id: string) => void>();
  #isClosed = false;
  /** For tests: what is done from time to time is done at once. */
  readonly housekeeping: Housekeeping;

  /** @param end closes what the store is made of */
  constructor(store: Store, housekeeping: Housekeeping, end: () => void) {
    [this.#store, this.housekeeping, this.#end] = [store, housekeeping, end];
    store.onWork = () => this.#onWork.forEach((listener) => listener());
    store.onCancel = (id) => this.#onCancel.forEach((listener) => listener(id));
  }

  get contents(): ContentsDirectory {
    return this.#store.contents;
  }

  async add(jobs: readonly NewJob[], bounds: QueueBounds): Promise<readonly Added[]> {
    const prepared = jobs.map(prepare);
    return await this.#store.commit.run((change) => addJobs(this.#store, change, prepared, bounds));
  }

  claim(worker: WorkerFacts): Promise<Claim | null> {
    this.#heard(worker);
    return this.#store.commit.run((change) => claimNext(this.#store, change, worker));
  }

  async renew(worker: WorkerFacts, claims: readonly Claim[]): Promise<readonly string[]> {
    this.#heard(worker);
    const { clock, options } = this.#store;
    return claims.filter((claim) => {
      const lease = leaseOf(this.#store, claim);
      if (lease !== null) lease.endsMs = clock.monotonic() + options.leaseMs;
      return lease === null || lease.isCancelled;
    }).map(({ job }) => job.id);
  }

  finish(claim: Claim, result: JobResult): Promise<boolean> {
    return this.#store.commit.run((change) => finishClaim(this.#store, change, claim, result));
  }

  giveBack(claim: Claim, counts: boolean, reason: string): Promise<void> {
    return this.#store.commit.run((change) => {
      const lease = leaseOf(this.#store, claim);
      if (lease !== null) takeBack(this.#store, change, lease, counts, reason);
    });
  }

  cancel(id: string): Promise<boolean> {
    return this.#store.commit.run((change) => cancelJob(this.#store, change, id));
  }

  async get(id: string): Promise<StoredJob | null> {
    return this.#read(() => storedJob(this.#store, id));
  }

  async getMany(ids: readonly string[]): Promise<readonly (StoredJob | null)[]> {
    return this.#read(() => ids.map((id) => storedJob(this.#store, id)));
  }

  async list(dialect: string | null, offset: number, most: number): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }> {
    return this.#read(() => listJobs(this.#store, dialect, offset, most));
  }

  remove(id: string): Promise<boolean> {
    return this.#store.commit.run((change) => removeById(this.#store, change, id));
  }

  retry(id: string): Promise<boolean> {
    return this.#store.commit.run((change) => reviveJob(this.#store, change, id));
  }

  publish(id: string, event: JobEvent): void {
    this.#store.watchers.publish(id, event);
  }

  /** Whether anybody watches the job now. */
  isWatched(id: string): boolean {
    return this.#store.watchers.isWatched(id);
  }

  watch(id: string, signal: AbortSignal): AsyncIterable<JobEvent> {
    return this.#store.watchers.watch(id, signal, async () => {
      const stored = await this.get(id);
      if (stored === null) return "unknown";
      return stored.result === null ? null : { kind: "ended", result: stored.result };
    });
  }

  onWork(listener: () => void): () => void {
    this.#onWork.add(listener);
    return () => void this.#onWork.delete(listener);
  }

  onCancel(listener: (id: string) => void): () => void {
    this.#onCancel.add(listener);
    return () => void this.#onCancel.delete(listener);
  }

  dueCallbacks(most: number): Promise<readonly DueCallback[]> {
    return this.#store.commit.run(() => lendCallbacks(this.#store, most));
  }

  callbackDone(id: string, error: string | null, retryInMs: number | null): Promise<void> {
    return this.#store.commit.run((change) => settleCallback(this.#store, change, id, error, retryInMs));
  }

  async stats(): Promise<QueueStats> {
    const { line, leases, counters, clock, statements, lostLeases, refusedResults } = this.#store;
    const oldest = line.oldest();
    const added = oldest === null ? null : this.#read(() => statements.get<{ readonly added: number }>("addedAt", oldest));
    return {
      queued: Object.fromEntries(jobClasses.map((name, index) => [name, line.counts[index]!])) as Record<JobClass, number>,
      running: leases.size,
      oldestMs: added === null ? null : Math.max(0, clock.now() - added.added),
      dead: counters.get("dead"),
      refusedResults,
      lostLeases,
      results: counters.get("results"),
    };
  }

  async workers(): Promise<readonly WorkerState[]> {
    const { clock, leases } = this.#store;
    return [...this.#workers.values()].map(({ facts, heardMs }) => ({ ...facts, running: leases.ofWorker(facts.name), silentFor: clock.monotonic() - heardMs }));
  }

  async tryOut(): Promise<string | null> {
    try {
      this.#store.room.look();
      await this.#store.commit.run(() => this.#store.statements.run("setCounter", "tried", this.#store.clock.now()));
      return this.#store.commit.damage;
    } catch (error) {
      return messageOf(error);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.housekeeping.stop();
    this.#store.commit.close();
    this.#end();
  }

  #heard(facts: WorkerFacts): void {
    this.#workers.set(facts.name, { facts, heardMs: this.#store.clock.monotonic() });
  }

  /** @throws StoreFault */
  #read<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw this.#store.commit.fault("read", error);
    }
  }
}
