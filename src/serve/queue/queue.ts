/**
 * The queue of jobs, whatever it is kept in. What it promises: a job that was added is there after the end of every process. It is started
 * at least once and has exactly one result, the first one of an attempt that was not taken for lost. Order: by class, then keys in turns, then arrival.
 */
import type { JobEvent } from "../events.ts";
import type { Job, JobClass } from "../job.ts";
import type { JobResult } from "../outcome.ts";
import type { Contents } from "../content.ts";

export type JobState = "queued" | "running" | "ended";

export interface StoredJob {
  readonly job: Job;
  readonly state: JobState;
  /** Starts so far. */
  readonly attempts: number;
  readonly startedAt: number | null;
  /** null until it has ended. */
  readonly result: JobResult | null;
  /** Why the callback did not arrive so far; null: it did, or there is none. */
  readonly callbackError: string | null;
}

export interface NewJob {
  readonly job: Job;
  /** A request with the same key of the same caller and the same body is the same job. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
}

export type Added =
  | { readonly kind: "added"; readonly id: string }
  /** By an earlier request with the same idempotency key. */
  | { readonly kind: "known"; readonly id: string }
  /** The idempotency key belongs to another body. */
  | { readonly kind: "conflict"; readonly id: string };

/** The most that may wait. */
export interface QueueBounds {
  readonly jobs: number;
  /** Jobs of one key that wait or run; null: any number. */
  readonly jobsOfKey: number | null;
  /** Seconds that a job may be expected to wait; null: any number. */
  readonly mostWaitSeconds: number | null;
}

/** A slot's right to a job, until it is over. */
export interface Claim {
  readonly job: Job;
  readonly attempt: number;
}

/** Who takes jobs. */
export interface WorkerFacts {
  readonly name: string;
  readonly slots: number;
  /** Ids of languages that it has; null: it does not matter, there is only this one. */
  readonly languages: readonly string[] | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Versions by language, as the service shows them. */
  readonly versions?: Readonly<Record<string, string | null>>;
}

export interface WorkerState extends WorkerFacts {
  readonly running: number;
  /** Milliseconds since it was last heard of. */
  readonly silentFor: number;
}

export interface QueueStats {
  readonly queued: Readonly<Record<JobClass, number>>;
  readonly running: number;
  /** Milliseconds that the oldest job has waited; null: none waits. */
  readonly oldestMs: number | null;
  /** Jobs that were started too often. */
  readonly dead: number;
  /** Results that came too late and were refused. */
  readonly refusedResults: number;
  /** Leases that ended without a result. */
  readonly lostLeases: number;
  /** Results that are kept. */
  readonly results: number;
}

export interface Queue {
  /** Long contents of jobs and results. */
  readonly contents: Contents;
  /** All or none. @throws QueueFull, StoreFault */
  add(jobs: readonly NewJob[], bounds: QueueBounds): Promise<readonly Added[]>;
  /** The next job for a worker; null: none for now, {@link onWork} tells. Jobs whose deadline has passed end as expired here. @throws StoreFault */
  claim(worker: WorkerFacts): Promise<Claim | null>;
  /** Keeps the leases of what runs. @returns ids of those that were lost or cancelled meanwhile @throws StoreFault */
  renew(worker: WorkerFacts, claims: readonly Claim[]): Promise<readonly string[]>;
  /** @returns false: it was taken for lost meanwhile, and the result is refused @throws StoreFault */
  finish(claim: Claim, result: JobResult): Promise<boolean>;
  /** It goes back to its place in the queue. @param counts false: it was not its fault, this start does not count @throws StoreFault */
  giveBack(claim: Claim, counts: boolean, reason: string): Promise<void>;
  /** What waits ends as cancelled; what runs is told by {@link renew} and {@link onCancel}. @returns false: unknown, or it has ended @throws StoreFault */
  cancel(id: string): Promise<boolean>;
  get(id: string): Promise<StoredJob | null>;
  /** In the order asked. */
  getMany(ids: readonly string[]): Promise<readonly (StoredJob | null)[]>;
  /** Newest first. @param dialect null: all */
  list(dialect: string | null, offset: number, most: number): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }>;
  /** Only what has ended. @returns false: unknown */
  remove(id: string): Promise<boolean>;
  /** A job that was started too often is queued again. @returns false: it is not dead */
  retry(id: string): Promise<boolean>;
  /** Tells watchers of what happens between its start and its end, which the queue tells itself. Not kept. Never throws. */
  publish(id: string, event: JobEvent): void;
  /** Events from now on; `ended` comes exactly once, at once when it has ended. Ends with it. @throws StoreFault */
  watch(id: string, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** Called when there may be work. @returns stops it */
  onWork(listener: () => void): () => void;
  /** Called with the id of a job that runs and was cancelled. @returns stops it */
  onCancel(listener: (id: string) => void): () => void;
  /** Jobs with a callback that is due, at most so many, each for one sender until `callbackDone` or a minute has passed. */
  dueCallbacks(most: number): Promise<readonly DueCallback[]>;
  /** @param retryInMs null: it arrived, or it is given up */
  callbackDone(id: string, error: string | null, retryInMs: number | null): Promise<void>;
  stats(): Promise<QueueStats>;
  workers(): Promise<readonly WorkerState[]>;
  /** Really tries to write. @returns what is wrong, for people; null: nothing */
  tryOut(): Promise<string | null>;
  close(): Promise<void>;
}

export interface DueCallback {
  readonly stored: StoredJob;
  /** From 1 on. */
  readonly attempt: number;
}

/** No more jobs for now. */
export class QueueFull extends Error {
  readonly retryAfter: number;
  readonly ofKey: boolean;

  /** @param retryAfter seconds after which it may be tried again @param ofKey it is the caller's own part that is full */
  constructor(retryAfter: number, ofKey: boolean) {
    super(ofKey ? "too many jobs of this key wait" : "too many jobs wait");
    [this.retryAfter, this.ofKey] = [retryAfter, ofKey];
  }
}

/** The store cannot be used for now. */
export class StoreFault extends Error {}
