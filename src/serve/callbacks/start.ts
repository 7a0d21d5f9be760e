/** Callbacks are sent from the store: what was not sent when the service ended is sent when it is there again. */
import { messageOf } from "../../model/errors.ts";
import type { ServeConfig } from "../config/config.ts";
import type { DueCallback, Queue, StoredJob } from "../queue/queue.ts";
import { allowedNetworks } from "./callable.ts";
import { deliver, type Delivery } from "./deliver.ts";
import { Lanes } from "./lanes.ts";
import { pauseMs } from "./pauses.ts";
import { webhookHeaders } from "./signature.ts";

/** What is sent of a job: its dialect says it. */
export type BodyOf = (stored: StoredJob) => Promise<{ readonly body: string | Uint8Array; readonly contentType: string }>;

export type CallbackEnd = "delivered" | "failed" | "given-up";

export interface Callbacks {
  /** Ends when nothing is on its way any more. What is not sent stays in the store. */
  close(): Promise<void>;
}

/** How often the store is asked while there is nothing to send; the store is not to be asked at once after a fault. */
const [idleMs, faultMs] = [500, 5000];
const mostHeld = 256;
/** The store gives a callback to somebody else after a minute: this long it may wait here, and this long it may take. */
const [patienceMs, longestMs] = [12_000, 45_000];
const longestRetryAfterMs = 3_600_000;

/** @param settings as they are now: they may be loaded again @param heard told about each try, for figures */
export function startCallbacks(queue: Pick<Queue, "dueCallbacks" | "callbackDone">, settings: () => ServeConfig["callbacks"], bodyOf: BodyOf, heard: (end: CallbackEnd) => void = () => {}): Callbacks {
  const sender = new Sender(queue, settings, bodyOf, heard);
  const ended = sender.run();
  return {
    close: async () => {
      sender.stop();
      await ended;
    },
  };
}

function hostOf({ stored: { job } }: DueCallback): string {
  return URL.parse(job.callback?.url ?? "")?.host ?? "";
}

class Sender {
  readonly #queue: Pick<Queue, "dueCallbacks" | "callbackDone">;
  readonly #settings: () => ServeConfig["callbacks"];
  readonly #bodyOf: BodyOf;
  readonly #heard: (end: CallbackEnd) => void;
  readonly #lanes = new Lanes();
  readonly #stopped = Promise.withResolvers<void>();
  #isStopped = false;

  constructor(queue: Pick<Queue, "dueCallbacks" | "callbackDone">, settings: () => ServeConfig["callbacks"], bodyOf: BodyOf, heard: (end: CallbackEnd) => void) {
    [this.#queue, this.#settings, this.#bodyOf, this.#heard] = [queue, settings, bodyOf, heard];
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopped.resolve();
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      const pause = await this.#begin();
      if (pause > 0) await this.#rest(pause);
    }
    await this.#lanes.end();
  }

  /** @returns milliseconds to wait until there may be more */
  async #begin(): Promise<number> {
    this.#lanes.dropLate();
    const room = mostHeld - this.#lanes.size;
    if (room <= 0) return idleMs;
    let due: readonly DueCallback[];
    try {
      due = await this.#queue.dueCallbacks(room);
    } catch {
      return faultMs;
    }
    for (const callback of due) this.#lanes.add(hostOf(callback), patienceMs, async () => await this.#send(callback));
    return due.length < room ? idleMs : 0;
  }

  async #rest(ms: number): Promise<void> {
    const slept = Promise.withResolvers<void>();
    const timer = setTimeout(slept.resolve, ms);
    await Promise.race([slept.promise, this.#stopped.promise]);
    clearTimeout(timer);
  }

  async #send({ stored, attempt }: DueCallback): Promise<void> {
    const { job, result } = stored;
    if (job.callback === null || result === null) return await this.#done(job.id, null, null);
    const delivery = await this.#deliver(stored);
    if (delivery.kind === "delivered") {
      this.#heard("delivered");
      return await this.#done(job.id, null, null);
    }
    const pause = delivery.kind === "over" ? null : this.#pause(delivery, attempt, Date.now() - result.endedAt);
    this.#heard(pause === null ? "given-up" : "failed");
    await this.#done(job.id, delivery.error, pause);
  }

  #pause({ retryAfter }: Extract<Delivery, { kind: "failed" }>, attempt: number, sinceEndMs: number): number | null {
    const pause = pauseMs(attempt, Math.max(0, sinceEndMs), this.#settings().giveUp, Math.random());
    return pause === null ? null : Math.max(pause, Math.min((retryAfter ?? 0) * 1000, longestRetryAfterMs));
  }

  async #deliver(stored: StoredJob): Promise<Delivery> {
    const { timeout, secrets, privateNetworks } = this.#settings();
    try {
      const { body, contentType } = await this.#bodyOf(stored);
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      const headers = { "Content-Type": contentType, "User-Agent": "mini-isolate", ...webhookHeaders(stored.job.id, Math.floor(Date.now() / 1000), bytes, secrets) };
      return await deliver(stored.job.callback!, { headers, body: bytes }, allowedNetworks(privateNetworks), Math.min(timeout * 1000, longestMs));
    } catch (error) {
      return { kind: "failed", error: `cannot make its body: ${messageOf(error)}`, retryAfter: null };
    }
  }

  /** A store that is away for now gives it to somebody again. */
  async #done(id: string, error: string | null, retryInMs: number | null): Promise<void> {
    try {
      await this.#queue.callbackDone(id, error, retryInMs);
    } catch {}
  }
}
