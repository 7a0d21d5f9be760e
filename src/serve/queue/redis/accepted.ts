/**
 * Jobs that this process has put into the store and that have not ended, as far as it knows. A store without a disk forgets them when it is started
 * anew; then they are put back from here. What does not fit is not remembered: such a store promises nothing by itself.
 */
import type { NewJob } from "../queue.ts";

export class Accepted {
  readonly #jobs = new Map<string, { readonly job: NewJob; readonly bytes: number }>();
  readonly #mostBytes: number;
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @param json the job, for its size */
  remember(job: NewJob, json: string): void {
    if (this.#bytes + json.length > this.#mostBytes || this.#jobs.has(job.job.id)) return;
    this.#jobs.set(job.job.id, { job, bytes: json.length });
    this.#bytes += json.length;
  }

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  ended(id: string): void {
    const known = this.#jobs.get(id);
    if (known === undefined) return;
    this.#jobs.delete(id);
    this.#bytes -= known.bytes;
  }

  all(): readonly NewJob[] {
    return [...this.#jobs.values()].map(({ job }) => job);
  }
}
