/** What ends a batch before its input does: a signal, a fault of ours, or that nobody reads the results any more. */
import { stoppingSignals } from "../../executor/watch/signals.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { isIgnored } from "../../kernel/process.ts";
import type { SignalSource } from "../../model/waiting.ts";

export type StopReason = (typeof stoppingSignals)[number] | "nobody reads" | "fault";

/** A terminal, timeout(1) and a process of ours may send the same signal at about the same time. */
const againMs = 500;

export class Stop {
  readonly #listeners: [(typeof stoppingSignals)[number], () => void][] = [];
  readonly #onStop: () => void;
  #reason: StopReason | null = null;
  #sinceMs = 0;
  #isTwice = false;

  /** Listens for signals; one that our caller set to ignored stays ignored (nohup). @param onStop called when there is a reason */
  constructor(onStop: () => void) {
    this.#onStop = onStop;
    for (const name of stoppingSignals) {
      if (isIgnored(signals[name])) continue;
      const listener = () => this.because(name);
      this.#listeners.push([name, listener]);
      process.on(name, listener);
    }
  }

  /** The first reason; null: there is none. */
  get reason(): StopReason | null {
    return this.#reason;
  }

  /** Somebody who asks again does not want to wait for a reader who does not read. */
  get isTwice(): boolean {
    return this.#isTwice;
  }

  because(reason: StopReason): void {
    const nowMs = performance.now();
    if (this.#reason === null) this.#sinceMs = nowMs;
    this.#isTwice ||= nowMs - this.#sinceMs > againMs;
    this.#reason ??= reason;
    this.#onStop();
  }

  /** For one run: it ends its box, and says why in its result. */
  forRun(): SignalSource {
    let isTold = false;
    return {
      take: () => {
        if (this.#reason === null || isTold) return [];
        isTold = true;
        return [this.#reason === "nobody reads" || this.#reason === "fault" ? "SIGTERM" : this.#reason];
      },
      close: () => {},
    };
  }

  /** Lets signals do again what they did before. */
  release(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
  }
}
