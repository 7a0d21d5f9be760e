/** Who watches jobs here, and what watchers anywhere are told. */
import type { JobEvent } from "../../events.ts";
import { StoreFault, type StoredJob } from "../queue.ts";
import type { Accepted } from "./accepted.ts";
import { Inbox } from "./inbox.ts";
import { storedJob } from "./records.ts";
import { scripts } from "./scripts/all.ts";
import type { Store } from "./store.ts";

/** null: the store is to be asked. */
type Message = JobEvent | null;

/** Bytes of events on their way to the store. What comes beyond is not told: nothing waits for watchers. */
const mostBytesUnderWay = 16 * 1024 ** 2;

export class Watching {
  readonly #store: Store;
  readonly #instance: string;
  readonly #accepted: Accepted;
  readonly #watchers = new Map<string, Set<Inbox<Message>>>();
  #bytesUnderWay = 0;

  constructor(store: Store, instance: string, accepted: Accepted) {
    [this.#store, this.#instance, this.#accepted] = [store, instance, accepted];
  }

  publish(id: string, event: JobEvent): void {
    const json = JSON.stringify(event);
    if (!this.#store.connection.isUp || this.#bytesUnderWay + json.length > mostBytesUnderWay) return;
    this.#bytesUnderWay += json.length;
    this.#store
      .run(scripts.publish, id, json)
      .catch(() => {})
      .finally(() => (this.#bytesUnderWay -= json.length));
  }

  /** Listens from now on. @throws StoreFault when it cannot be asked at the beginning, or the store has lost the job */
  watch(id: string, signal: AbortSignal): AsyncGenerator<JobEvent, void, undefined> {
    const inbox = new Inbox<Message>();
    if (signal.aborted) return this.#follow(id, inbox, Promise.resolve(null), signal);
    const others = this.#watchers.get(id);
    if (others === undefined) this.#watchers.set(id, new Set([inbox]));
    else others.add(inbox);
    // Also when nobody ever asks for the first event.
    signal.addEventListener("abort", () => this.#stop(id, inbox), { once: true });
    const first = this.#ask(id);
    // It is thrown to who asks for the first event.
    first.catch(() => {});
    return this.#follow(id, inbox, first, signal);
  }

  async *#follow(id: string, inbox: Inbox<Message>, first: Promise<StoredJob | null>, signal: AbortSignal): AsyncGenerator<JobEvent, void, undefined> {
    try {
      let stored = await first;
      if (stored === null && !this.#accepted.has(id)) return;
      while (!signal.aborted) {
        if (stored?.result != null) return yield { kind: "ended", result: stored.result };
        const message: Message = await inbox.take(signal);
        if (message !== null) {
          yield message;
          continue;
        }
        if (signal.aborted) return;
        try {
          stored = await this.#ask(id);
        } catch (error) {
          // It is asked again when the store is back.
          if (!(error instanceof StoreFault)) throw error;
          continue;
        }
        // One that is put back soon.
        if (stored === null && !this.#accepted.has(id)) throw new StoreFault(`the store has lost the job ${id}: it was emptied, or keeps results for too short a time`);
      }
    } finally {
      this.#stop(id, inbox);
    }
  }

  /** @param event as JSON; null: it has ended */
  happened(id: string, event: string | null): void {
    if (event === null) this.#accepted.ended(id);
    const message = event === null ? null : (JSON.parse(event) as JobEvent);
    for (const inbox of this.#watchers.get(id) ?? []) inbox.put(message);
  }

  /** Something may have been missed. */
  again(): void {
    for (const watchers of this.#watchers.values()) for (const inbox of watchers) inbox.put(null);
  }

  async #ask(id: string): Promise<StoredJob | null> {
    return storedJob(await this.#store.run(scripts.watch, this.#instance, id));
  }

  #stop(id: string, inbox: Inbox<Message>): void {
    const watchers = this.#watchers.get(id);
    if (watchers?.delete(inbox) !== true || watchers.size > 0) return;
    this.#watchers.delete(id);
    if (this.#store.connection.isUp) void this.#store.run(scripts.unwatch, this.#instance, id).catch(() => {});
  }
}
