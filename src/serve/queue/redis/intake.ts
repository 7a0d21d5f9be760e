/** Jobs come in, and back into a store that was emptied. */
import { QueueFull, StoreFault, type Added, type NewJob, type QueueBounds } from "../queue.ts";
import { referredContents } from "../referred-contents.ts";
import type { Accepted } from "./accepted.ts";
import type { RedisContents } from "./contents.ts";
import { metaOf } from "./records.ts";
import { scripts } from "./scripts/all.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";

/** Jobs of one step: others have their turn in between. */
const someJobs = 50;
/** What a client is told to wait when nothing is known of how fast jobs end, at least, and at most. Seconds. */
const [usualRetry, leastRetry, mostRetry] = [5, 1, 300];

export interface IntakeParts {
  readonly store: Store;
  readonly contents: RedisContents;
  readonly accepted: Accepted;
  readonly settings: Settings;
}

export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** All or none. @throws QueueFull, StoreFault */
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
          throw new Incomplete(job.id, `cannot keep job ${job.id}: its content ${content.sha256} is no longer there. Send it again`);
        }
      }
    }
    throw new StoreFault("the store asks for contents again and again");
  }

  /** The store has forgotten everything: what this process has put there goes back. @throws StoreFault: it may be done again */
  async putBack(): Promise<void> {
    const { accepted } = this.#parts;
    for (let rest = accepted.all(); rest.length > 0; ) {
      const jobs = rest.slice(0, someJobs);
      try {
        await this.#add(jobs, jobs.map(({ job }) => JSON.stringify(job)), { jobs: Number.MAX_SAFE_INTEGER, jobsOfKey: null, mostWaitSeconds: null });
        rest = rest.slice(someJobs);
      } catch (error) {
        if (!(error instanceof Incomplete)) throw error;
        // Nobody can run that one any more.
        accepted.ended(error.id);
        rest = rest.filter(({ job }) => job.id !== error.id);
      }
    }
    await this.review();
  }

  /** The end of some jobs may have been told while nobody listened. @throws StoreFault */
  async review(): Promise<void> {
    const { accepted, store } = this.#parts;
    const ids = accepted.all().map(({ job }) => job.id);
    for (let from = 0; from < ids.length; from += someJobs) {
      for (const id of (await store.run(scripts.ended, ...ids.slice(from, from + someJobs))) as string[]) accepted.ended(id);
    }
  }
}

/** A job whose contents are nowhere. */
class Incomplete extends StoreFault {
  readonly id: string;

  constructor(id: string, message: string) {
    super(message);
    this.id = id;
  }
}

/** @param ms until there is room, by the rate of the last minutes; negative: nobody knows @returns seconds */
function retryAfter(ms: number): number {
  return ms < 0 ? usualRetry : Math.min(mostRetry, Math.max(leastRetry, Math.ceil(ms / 1000)));
}
