/** Those who watch jobs in this process. */
import type { JobEvent } from "../events.ts";

/** Base64 of output that waits for one who is slow. What is above it is not told: the result has all of it. */
const mostWaiting = 8 << 20;

class Watcher {
  readonly #events: JobEvent[] = [];
  #outputBytes = 0;
  #wake = (): void => {};
  #isOver = false;

  tell(event: JobEvent): void {
    if (this.#isOver) return;
    if (event.kind === "output") {
      if (this.#outputBytes + event.base64.length > mostWaiting) return;
      this.#outputBytes += event.base64.length;
    }
    this.#events.push(event);
    if (event.kind === "ended") this.#isOver = true;
    this.#wake();
  }

  stop(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *events(signal: AbortSignal): AsyncGenerator<JobEvent> {
    for (;;) {
      if (signal.aborted) return;
      const event = this.#events.shift();
      if (event !== undefined) {
        if (event.kind === "output") this.#outputBytes -= event.base64.length;
        yield event;
      } else if (this.#isOver) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}

export class Watchers {
  readonly #byId = new Map<string, Set<Watcher>>();

  isWatched(id: string): boolean {
    return this.#byId.has(id);
  }

  publish(id: string, event: JobEvent): void {
    for (const watcher of this.#byId.get(id) ?? []) watcher.tell(event);
    // Nothing comes after it, whether or not they have asked for it yet.
    if (event.kind === "ended") this.#byId.delete(id);
  }

  /**
   * Events from now on, whenever the first one is asked for, until the job has ended or the signal is aborted.
   * @param ended called when it is listened for: the end, when that is over already; "unknown": there is no such job
   */
  watch(id: string, signal: AbortSignal, ended: () => Promise<JobEvent | "unknown" | null>): AsyncIterable<JobEvent> {
    const watcher = new Watcher();
    const watchers = this.#byId.get(id) ?? new Set();
    this.#byId.set(id, watchers.add(watcher));
    const leave = (): void => {
      signal.removeEventListener("abort", leave);
      watcher.stop();
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#byId.get(id) === watchers) this.#byId.delete(id);
    };
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    const end = ended();
    // Whoever asks for events is told of it; nobody may.
    end.catch(() => {});
    return this.#events(watcher, signal, end, leave);
  }

  async *#events(watcher: Watcher, signal: AbortSignal, ended: Promise<JobEvent | "unknown" | null>, leave: () => void): AsyncGenerator<JobEvent> {
    try {
      const end = await ended;
      if (end === "unknown") leave();
      // What it was told meanwhile may be the same end.
      else if (end !== null) watcher.tell(end);
      yield* watcher.events(signal);
    } finally {
      leave();
    }
  }
}
