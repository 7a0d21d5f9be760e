/**
 * How long a run goes on after the end of its main process, for what another process of the box still has to write: the `tee` of a
 * shell's `exec > >(tee log)`, for one. Only as long as somebody there has a pipe of ours open; whoever is left is then killed.
 */

/** Ends after so much quiet. On a busy machine, who waits for a processor cannot write: then so much CPU time without a word is quiet. */
const quietMs = 100;
/** However much is written, and however long somebody waits for a processor. */
const longestMs = 1000;
/** How long to wait on for somebody who waits for a processor. */
const againMs = 20;

export class Grace {
  readonly #latestMs: number;
  #quietAtMs: number;
  /** CPU time of the box when it wrote last. */
  #wroteAtCpuMs: number;

  /** @param nowMs on the clock of performance.now() @param wallLeftMs of the wall time limit @param cpuTimeMs that the box has used */
  constructor(nowMs: number, wallLeftMs: number, cpuTimeMs: number) {
    this.#latestMs = nowMs + Math.min(longestMs, wallLeftMs);
    this.#quietAtMs = nowMs + quietMs;
    this.#wroteAtCpuMs = cpuTimeMs;
  }

  /** When to look whether it is over, on the same clock. */
  get endsMs(): number {
    return Math.min(this.#quietAtMs, this.#latestMs);
  }

  /** Something came. It goes on, but not for ever. */
  wrote(nowMs: number, cpuTimeMs: number): void {
    this.#quietAtMs = nowMs + quietMs;
    this.#wroteAtCpuMs = cpuTimeMs;
  }

  /** @param isBusy whether somebody in the box could go on with a processor; asked for only when it matters */
  isOver(nowMs: number, cpuTimeMs: number, isBusy: () => boolean): boolean {
    if (nowMs >= this.#latestMs) return true;
    if (nowMs < this.#quietAtMs) return false;
    if (cpuTimeMs - this.#wroteAtCpuMs >= quietMs || !isBusy()) return true;
    this.#quietAtMs = nowMs + againMs;
    return false;
  }
}
