/** How long a thread that waits in ppoll(2) may sleep without the runtime's event loop missing anything. */
import { eventLoopDescriptors } from "../../kernel/event-loop.ts";

/** Longest sleep as long as nothing tells us that a handler of a signal is to run. */
const signalSliceMs = 50;
/** Longest sleep when the event loop tells it. */
const longestSleepMs = 1000;
/** A descriptor that wakes us so often in a row is not the event loop's own: after a turn of the loop that one has nothing more to say. */
const mostWakings = 50;

export class LoopWatch {
  #descriptors: readonly number[] = [];
  #isLookedFor = false;
  readonly #wakings = new Map<number, number>();

  /** What is to be waited for besides; empty before {@link LoopWatch.look}. */
  get descriptors(): readonly number[] {
    return this.#descriptors;
  }

  /** In milliseconds. */
  get longestSleepMs(): number {
    return this.#descriptors.length > 0 ? longestSleepMs : signalSliceMs;
  }

  /** Finds them, once: before any descriptor comes from somebody else. */
  look(): void {
    if (this.#isLookedFor) return;
    this.#isLookedFor = true;
    this.#descriptors = eventLoopDescriptors();
  }

  /** Told after each sleep, before the event loop has its turn. @returns whether the loop has something to do */
  isWokenBy(ready: { has(fd: number): boolean }): boolean {
    let woken = false;
    for (const fd of this.#descriptors) {
      const wakings = ready.has(fd) ? (this.#wakings.get(fd) ?? 0) + 1 : 0;
      this.#wakings.set(fd, wakings);
      woken ||= wakings > 0;
      if (wakings >= mostWakings) this.#descriptors = this.#descriptors.filter((other) => other !== fd);
    }
    return woken;
  }
}
