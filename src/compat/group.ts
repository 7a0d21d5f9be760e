/** What the supervision of a compatible run looks at. It must not end a run because one process ran out of memory: the others go on. */
import type { RunGroup } from "../cgroup/controller.ts";
import { noOuterLimits } from "../cgroup/controller.ts";
import type { MemoryLook } from "../cgroup/memory-files.ts";

/** The peak of the whole group is asked for at the end, so looks say nothing. */
const noLook: MemoryLook = { peakBytes: null, programBytes: 0, otherBytes: 0, source: "peak of the run" };

export class CompatGroup implements RunGroup {
  readonly resources: RunGroup["resources"] = new Set(["memory", "cpu_time"] as const);
  readonly alarms: readonly number[] = [];
  readonly samplesPeak = false;
  readonly #group: RunGroup | null;
  readonly #mainCpuTimeMs: (() => number | null) | null;

  /** @param mainCpuTimeMs of the main process while it lives, where only that counts; null: that of the group */
  constructor(group: RunGroup | null, mainCpuTimeMs: (() => number | null) | null) {
    this.#group = group;
    this.#mainCpuTimeMs = mainCpuTimeMs;
  }

  get joinFiles(): readonly string[] {
    return this.#group?.joinFiles ?? [];
  }

  get birthplace(): RunGroup["birthplace"] {
    return this.#group?.birthplace ?? null;
  }

  get directories(): readonly string[] {
    return this.#group?.directories ?? [];
  }

  get outer(): RunGroup["outer"] {
    return this.#group?.outer ?? noOuterLimits;
  }

  mechanismOf(): null {
    return null;
  }

  cpuTimeMs(): number | null {
    return this.#mainCpuTimeMs === null ? (this.#group?.cpuTimeMs() ?? null) : this.#mainCpuTimeMs();
  }

  memoryPeakBytes(): number | null {
    return this.#group?.memoryPeakBytes() ?? null;
  }

  lookAtMemory(): MemoryLook {
    return noLook;
  }

  oomKills(): number {
    return 0;
  }

  /** How many processes of this run really were killed for memory. */
  killedForMemory(): number {
    return this.#group?.oomKills() ?? 0;
  }

  reachedOwnMemoryLimit(): boolean {
    return true;
  }

  deniedForks(): number {
    return 0;
  }

  reachedOwnProcessLimit(): boolean {
    return true;
  }

  processesPeak(): null {
    return null;
  }

  kill(): void {
    this.#group?.kill();
  }

  remove(): void {
    this.#group?.remove();
  }
}
