/** The service over a queue, and over the worker of this process. */
import type { ServeConfig } from "../config/config.ts";
import type { Contents } from "../content.ts";
import type { JobEvent } from "../events.ts";
import type { Job } from "../job.ts";
import type { LanguageCatalog } from "../languages.ts";
import type { JobResult } from "../outcome.ts";
import { QueueFull, StoreFault, type Added, type NewJob, type Queue, type StoredJob, type WorkerState } from "../queue/queue.ts";
import { Refusal, type Ears, type Service, type ServiceState, type Talk } from "../service.ts";
import type { Worker } from "../work/worker.ts";
import { problemOf } from "./able.ts";

/** Seconds after which a caller may ask again while the service is about to end: another one may be there by then. */
const afterDrain = 5;
/** Seconds, when the store cannot be used. */
const afterFault = 2;

export interface LocalServiceParts {
  readonly config: () => ServeConfig;
  readonly languages: () => LanguageCatalog;
  readonly queue: Queue;
  readonly worker: Worker;
  readonly version: string;
}

export class LocalService implements Service {
  readonly #parts: LocalServiceParts;
  #isDraining = false;
  /** How many talks wait or run, by key. */
  readonly #talks = new Map<string, number>();

  constructor(parts: LocalServiceParts) {
    this.#parts = parts;
  }

  get config(): ServeConfig {
    return this.#parts.config();
  }

  get languages(): LanguageCatalog {
    return this.#parts.languages();
  }

  get contents(): Contents {
    return this.#parts.queue.contents;
  }

  get version(): string {
    return this.#parts.version;
  }

  /** Takes no jobs any more. */
  drain(): void {
    this.#isDraining = true;
  }

  async submit(jobs: readonly NewJob[]): Promise<readonly Added[]> {
    if (this.#isDraining) throw new Refusal("draining", "the service is about to end", afterDrain);
    const { queue: bounds, keys } = this.config;
    const workers = await this.#workers();
    for (const { job } of jobs) {
      const problem = problemOf(job, this.languages, workers, this.config.worker.labels);
      if (problem !== null) throw new Refusal("unable", problem, null);
    }
    const key = jobs[0]?.job.key ?? null;
    try {
      return await this.#parts.queue.add(jobs, { jobs: bounds.most, jobsOfKey: keys.find(({ name }) => name === key)?.mostJobs ?? null, mostWaitSeconds: bounds.mostWait });
    } catch (error) {
      if (error instanceof QueueFull) throw new Refusal(error.ofKey ? "quota" : "full", error.message, error.retryAfter, { cause: error });
      throw refusalOf(error);
    }
  }

  /** Who may run jobs; null: this machine alone. Its own worker may not have come to the store yet. */
  async #workers(): Promise<readonly WorkerState[] | null> {
    const { store, slots } = this.config;
    if (store === "sqlite") return null;
    const own = slots > 0 ? [{ ...this.#parts.worker.facts, running: 0, silentFor: 0 }] : [];
    return [...own, ...(await stored(() => this.#parts.queue.workers()))];
  }

  async get(id: string): Promise<StoredJob | null> {
    return await this.#parts.queue.get(id);
  }

  async getMany(ids: readonly string[]): Promise<readonly (StoredJob | null)[]> {
    return await this.#parts.queue.getMany(ids);
  }

  async list(dialect: string | null, offset: number, most: number): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }> {
    return await this.#parts.queue.list(dialect, offset, most);
  }

  async wait(id: string, ms: number, signal: AbortSignal): Promise<StoredJob | null> {
    const now = await this.get(id);
    if (now === null || now.state === "ended") return now;
    const until = AbortSignal.any([signal, AbortSignal.timeout(Math.min(ms, 2 ** 31 - 1))]);
    for await (const event of this.#parts.queue.watch(id, until)) if (event.kind === "ended") break;
    return await this.get(id);
  }

  async perform(job: Job, signal: AbortSignal): Promise<JobResult> {
    const { queue } = this.#parts;
    await this.submit([{ job, idempotency: null }]);
    try {
      for await (const event of queue.watch(job.id, signal)) if (event.kind === "ended") return event.result;
    } catch (error) {
      throw refusalOf(error);
    } finally {
      // The client is gone: nobody wants the result. Of what has ended nothing is changed.
      if (signal.aborted) await queue.cancel(job.id).catch(() => {});
    }
    throw new Refusal("store", "nobody waits for the job any more", null);
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<JobEvent, void, undefined> {
    this.#parts.worker.watched(id);
    for await (const event of this.#parts.queue.watch(id, signal)) {
      // It may begin here while it is watched.
      if (event.kind === "started") this.#parts.worker.watched(id);
      yield event;
    }
  }

  async cancel(id: string): Promise<boolean> {
    return await this.#parts.queue.cancel(id);
  }

  async remove(id: string): Promise<boolean> {
    return await this.#parts.queue.remove(id);
  }

  async talk(job: Job, ears: Ears, signal: AbortSignal): Promise<Talk> {
    if (this.#isDraining) throw new Refusal("draining", "the service is about to end", afterDrain);
    const problem = problemOf(job, this.languages, null, this.config.worker.labels);
    if (problem !== null) throw new Refusal("unable", problem, null);
    const end = this.#countTalk(job.key);
    try {
      const talk = await this.#parts.worker.talk(job, ears, signal);
      talk.result.then(end, end);
      return talk;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Talks are in no queue, which counts jobs otherwise. @returns to be called at its end @throws Refusal: the key has too many */
  #countTalk(key: string | null): () => void {
    if (key === null) return () => {};
    const most = this.config.keys.find(({ name }) => name === key)?.mostJobs ?? null;
    const count = this.#talks.get(key) ?? 0;
    if (most !== null && count >= most) throw new Refusal("quota", `programs of this key that are talked with: ${count}, the most that it may have`, 1);
    this.#talks.set(key, count + 1);
    return () => {
      const left = this.#talks.get(key)! - 1;
      if (left === 0) this.#talks.delete(key);
      else this.#talks.set(key, left);
    };
  }

  async state(): Promise<ServiceState> {
    const { queue, worker } = this.#parts;
    const [stats, workers] = await Promise.all([queue.stats(), queue.workers()]);
    const problems = [...(worker.fault === null ? [] : [worker.fault]), ...(this.#isDraining ? ["the service is about to end"] : [])];
    return { stats, workers, slots: worker.slots, isDraining: this.#isDraining, problems };
  }
}

async function stored<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  return error instanceof StoreFault ? new Refusal("store", `jobs cannot be taken now: ${error.message}`, afterFault, { cause: error }) : error;
}
