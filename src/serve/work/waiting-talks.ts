/** Talks that wait for a slot, first come, first served. They end with their callers, so they are not kept. */
import type { Job } from "../job.ts";
import { Refusal, type Ears, type Talk } from "../service.ts";

export interface WaitingTalk {
  readonly job: Job;
  readonly ears: Ears;
  readonly signal: AbortSignal;
  readonly begun: (talk: Talk) => void;
  readonly failed: (error: unknown) => void;
}

/** More are refused: each has a connection that is kept open. */
const most = 1024;

export class WaitingTalks {
  readonly #waiting: WaitingTalk[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** @returns when it has a slot @throws Refusal: too many wait */
  async add(job: Job, ears: Ears, signal: AbortSignal): Promise<Talk> {
    if (this.#waiting.length >= most) throw new Refusal("full", "too many programs that are talked with wait for a slot", 1);
    const { promise, resolve, reject } = Promise.withResolvers<Talk>();
    this.#waiting.push({ job, ears, signal, begun: resolve, failed: reject });
    return await promise;
  }

  /** The next one whose caller is still there. */
  next(): WaitingTalk | null {
    for (let talk = this.#waiting.shift(); talk !== undefined; talk = this.#waiting.shift()) {
      if (!talk.signal.aborted) return talk;
      talk.failed(talk.signal.reason);
    }
    return null;
  }

  refuseAll(refusal: Refusal): void {
    for (const { failed } of this.#waiting.splice(0)) failed(refusal);
  }
}
