/**
 * The peak of a program's own memory: anonymous and shared memory, without the page cache of files that it read or wrote.
 *
 * The kernel keeps a peak only of everything that a group is charged for. So we look again and again. Between two looks the group had a peak,
 * and beside the program's memory there was the rest, page cache and memory of the kernel. The peak less the larger rest of the two looks is
 * what the program had at least. A program that touches memory and ends at once is measured by this alone. The rest may have been smaller at
 * the moment of the peak: then the program had more, by at most what the rest grew or shrank between two looks.
 */
import type { MemoryLook } from "../../cgroup/memory-files.ts";
import type { PeakSource } from "../../model/peak-source.ts";

/** Pauses between looks, in milliseconds. They double while nothing changes; from `quietPauseMs` on they grow with the quiet time. */
const shortestPauseMs = 10;
const quietPauseMs = 80;
const longestPauseMs = 640;
/** A pause is no longer than this part of the time for which nothing has changed. */
const partOfQuiet = 1 / 8;

/** A change by less is no sign that something happens. */
const smallBytes = 256 * 1024;

export class ProgramMemory {
  #peakBytes = 0;
  #otherBytes = 0;
  #totalBytes = 0;
  #pauseMs = shortestPauseMs;
  /** For how long nothing has changed, counted in pauses. */
  #quietMs = 0;
  #source: PeakSource | null = null;

  /** How long to wait before the next look, in milliseconds. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** Highest use so far in bytes, never more than it was but for memory of the kernel; null before the first look. */
  get peakBytes(): number | null {
    return this.#source === null ? null : this.#peakBytes;
  }

  get source(): PeakSource | null {
    return this.#source;
  }

  /** In place of a look, when nothing can have changed. */
  rest(): void {
    this.#quietMs += this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, Math.max(quietPauseMs, Math.min(longestPauseMs, this.#quietMs * partOfQuiet)));
  }

  add({ peakBytes, programBytes, otherBytes, source }: MemoryLook): void {
    const atPeak = peakBytes === null ? 0 : peakBytes - Math.max(otherBytes, this.#otherBytes);
    this.#peakBytes = Math.max(this.#peakBytes, programBytes, atPeak);
    const totalBytes = Math.max(peakBytes ?? 0, programBytes + otherBytes);
    const moved = Math.abs(totalBytes - this.#totalBytes) > smallBytes || Math.abs(otherBytes - this.#otherBytes) > smallBytes;
    if (moved) [this.#pauseMs, this.#quietMs] = [shortestPauseMs, 0];
    else this.rest();
    this.#totalBytes = totalBytes;
    this.#otherBytes = otherBytes;
    this.#source = source;
  }
}
