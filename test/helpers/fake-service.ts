/**
 * The service without slots and without a store: it records what it is asked for and answers what the test says. Dialects are tested field by
 * field against it. By default each job ends at once, as a program that did nothing and succeeded.
 */
import type { ServeConfig } from "../../src/serve/config/config.ts";
import type { JobEvent } from "../../src/serve/events.ts";
import type { Job } from "../../src/serve/job.ts";
import type { LanguageCatalog } from "../../src/serve/languages.ts";
import type { JobResult } from "../../src/serve/outcome.ts";
import type { Added, NewJob, QueueStats, StoredJob } from "../../src/serve/queue/queue.ts";
import { type Ears, Refusal, type Service, type ServiceState, type Talk } from "../../src/serve/service.ts";
import { fakeCatalog, fakeConfig } from "./fake-config.ts";
import { commandOutcome, jobResult, testOutcome } from "./fake-outcomes.ts";
import { FakeTalk } from "./fake-talk.ts";
import { MemoryContents } from "./memory-contents.ts";

export { callDialect, connectDialect, FakeSocket, postJson } from "./call-dialect.ts";
export * from "./fake-outcomes.ts";
export { FakeTalk } from "./fake-talk.ts";
export { fakeCatalog, fakeConfig, fakeLanguage, fakeLanguages } from "./fake-config.ts";

/** What comes of a job: a result, or what makes one of the job. An error is thrown by `submit`, `perform` and `talk`. */
export type Scripted = JobResult | Error | ((job: Job) => JobResult | Promise<JobResult>);

export class FakeService implements Service {
  readonly config: ServeConfig;
  languages: LanguageCatalog;
  readonly contents = new MemoryContents();
  readonly version = "0.0.0";
  /** All that was asked for, `perform` included, in the order in which it came. */
  readonly submitted: NewJob[] = [];
  readonly cancelled: string[] = [];
  readonly removed: string[] = [];
  /** What was talked with, in its order. */
  readonly talks: FakeTalk[] = [];
  /** True: jobs wait until {@link FakeService.finish}. */
  holds = false;
  isDraining = false;
  readonly problems: string[] = [];
  readonly #stored = new Map<string, StoredJob>();
  readonly #script: Scripted[] = [];
  readonly #keys = new Map<string, { readonly id: string; readonly bodyHash: string }>();
  readonly #ends = new Map<string, PromiseWithResolvers<JobResult>>();
  readonly #listeners = new Map<string, Set<(event: JobEvent) => void>>();

  constructor(parts: { readonly config?: Partial<ServeConfig>; readonly languages?: LanguageCatalog } = {}) {
    this.config = fakeConfig(parts.config);
    this.languages = parts.languages ?? fakeCatalog();
  }

  /** The jobs that were asked for. */
  get jobs(): readonly Job[] {
    return this.submitted.map(({ job }) => job);
  }

  /** What comes of the next jobs, one each, in their order. */
  script(...scripted: readonly Scripted[]): this {
    this.#script.push(...scripted);
    return this;
  }

  async submit(jobs: readonly NewJob[]): Promise<readonly Added[]> {
    const next = this.#script[0];
    if (next instanceof Error) throw this.#script.shift();
    const added: Added[] = [];
    for (const { job, idempotency } of jobs) {
      const known = idempotency === null ? undefined : this.#keys.get(`${job.key}\0${idempotency.key}`);
      if (known !== undefined) {
        added.push({ kind: known.bodyHash === idempotency!.bodyHash ? "known" : "conflict", id: known.id });
        continue;
      }
      if (idempotency !== null) this.#keys.set(`${job.key}\0${idempotency.key}`, { id: job.id, bodyHash: idempotency.bodyHash });
      this.submitted.push({ job, idempotency });
      this.#stored.set(job.id, { job, state: "queued", attempts: 0, startedAt: null, result: null, callbackError: null });
      this.#ends.set(job.id, Promise.withResolvers());
      added.push({ kind: "added", id: job.id });
      if (!this.holds) this.finish(job.id, await this.#resultFor(job));
    }
    return added;
  }

  /** A job that waits is begun. */
  start(id: string): void {
    const stored = this.#stored.get(id)!;
    this.#stored.set(id, { ...stored, state: "running", attempts: stored.attempts + 1, startedAt: 1_700_000_000_000 });
    this.tell(id, { kind: "started", attempt: stored.attempts + 1, worker: "fake" });
  }

  /** A job ends; without a result as the script says. */
  finish(id: string, result: JobResult = this.#usual(this.#stored.get(id)!.job)): void {
    const stored = this.#stored.get(id)!;
    if (stored.state === "ended") return;
    this.#stored.set(id, { ...stored, state: "ended", attempts: Math.max(1, stored.attempts), startedAt: stored.startedAt ?? result.startedAt, result });
    this.#ends.get(id)!.resolve(result);
    this.tell(id, { kind: "ended", result });
  }

  /** Tells whoever watches the job. */
  tell(id: string, event: JobEvent): void {
    for (const listener of this.#listeners.get(id) ?? []) listener(event);
  }

  async get(id: string): Promise<StoredJob | null> {
    return this.#stored.get(id) ?? null;
  }

  async getMany(ids: readonly string[]): Promise<readonly (StoredJob | null)[]> {
    return ids.map((id) => this.#stored.get(id) ?? null);
  }

  async list(dialect: string | null, offset: number, most: number): Promise<{ readonly total: number; readonly jobs: readonly StoredJob[] }> {
    const all = [...this.#stored.values()].filter(({ job }) => dialect === null || job.dialect === dialect).toReversed();
    return { total: all.length, jobs: all.slice(offset, offset + most) };
  }

  async wait(id: string, ms: number, signal: AbortSignal): Promise<StoredJob | null> {
    const end = this.#ends.get(id);
    if (end === undefined) return null;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, ms);
    await Promise.race([end.promise, aborted, timer.promise]);
    clearTimeout(handle);
    return this.#stored.get(id) ?? null;
  }

  async perform(job: Job, signal: AbortSignal): Promise<JobResult> {
    await this.submit([{ job, idempotency: null }]);
    signal.addEventListener("abort", () => void this.cancel(job.id));
    return await this.#ends.get(job.id)!.promise;
  }

  async *watch(id: string, signal: AbortSignal): AsyncIterable<JobEvent> {
    const waiting: JobEvent[] = [];
    let wake = () => {};
    const hear = (event: JobEvent) => {
      waiting.push(event);
      wake();
    };
    const stored = this.#stored.get(id);
    if (stored?.result) return void (yield { kind: "ended", result: stored.result });
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(hear));
    signal.addEventListener("abort", () => wake());
    try {
      while (!signal.aborted) {
        const event = waiting.shift();
        if (event === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        yield event;
        if (event.kind === "ended") return;
      }
    } finally {
      listeners.delete(hear);
    }
  }

  async cancel(id: string): Promise<boolean> {
    const stored = this.#stored.get(id);
    if (stored === undefined || stored.state === "ended") return false;
    this.cancelled.push(id);
    this.finish(id, jobResult({ outcome: "cancelled" }));
    return true;
  }

  async remove(id: string): Promise<boolean> {
    if (this.#stored.get(id)?.state !== "ended") return false;
    this.removed.push(id);
    return this.#stored.delete(id);
  }

  async talk(job: Job, ears: Ears, signal: AbortSignal): Promise<Talk> {
    if (this.#script[0] instanceof Error) throw this.#script.shift();
    const talk = new FakeTalk(job, ears, signal);
    this.talks.push(talk);
    return talk;
  }

  async state(): Promise<ServiceState> {
    const all = [...this.#stored.values()];
    const queued = (kind: Job["class"]) => all.filter(({ job, state }) => state === "queued" && job.class === kind).length;
    const stats: QueueStats = {
      queued: { interactive: queued("interactive"), normal: queued("normal"), batch: queued("batch") },
      running: all.filter(({ state }) => state === "running").length, oldestMs: null, dead: 0, refusedResults: 0, lostLeases: 0, results: all.filter(({ state }) => state === "ended").length,
    };
    return { stats, workers: [], slots: [{ cpus: "0", job: null }, { cpus: "1", job: null }], isDraining: this.isDraining, problems: this.problems };
  }

  async #resultFor(job: Job): Promise<JobResult> {
    const next = this.#script[0] instanceof Error ? undefined : (this.#script.shift() as Exclude<Scripted, Error> | undefined);
    if (next === undefined) return this.#usual(job);
    return typeof next === "function" ? await next(job) : next;
  }

  #usual({ work }: Job): JobResult {
    if (work.kind === "commands") return jobResult({ commands: work.commands.map(() => commandOutcome()) });
    return jobResult({ tests: work.tests.map(({ name }) => testOutcome({}, { name })) });
  }
}

/** As a full queue refuses. */
export function full(retryAfter: number | null = 3): Refusal {
  return new Refusal("full", "too many jobs wait", retryAfter);
}
