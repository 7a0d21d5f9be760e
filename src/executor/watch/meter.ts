/** What a run uses, while it runs and at its end: from its control group, or else by looking at its processes. */
import type { RunGroup } from "../../cgroup/controller.ts";
import type { ChildEnd, ChildUsage } from "../../kernel/process.ts";
import type { MemoryAccount, MeterReading } from "../../model/observation.ts";
import type { LaunchPlan } from "../../model/plan.ts";
import { ownTmpfs } from "../plan/filesystem.ts";
import type { Joins } from "./process-tree.ts";
import { copiedInput } from "./shared-memory.ts";
import { ProgramMemory } from "./program-memory.ts";
import { ProcessSampler } from "./sampler.ts";

/** The processes that the supervisor itself reaped, when everything is over. */
export interface ReapedRun {
  readonly program: ChildEnd;
  readonly launcher: ChildUsage;
  /** Children that were orphaned and came to us or to init. */
  readonly orphansCpuTimeMs: number;
}

export class Meter {
  readonly #group: RunGroup | null;
  readonly #countsMemory: boolean;
  readonly #countsCpu: boolean;
  readonly #sampler: ProcessSampler | null;
  readonly #memory = new ProgramMemory();
  #lookAtMemoryAt = 0;
  /** What of the group's CPU time is the launcher's, in milliseconds. */
  #oursMs = 0;
  /** What the group had counted at the last reading. */
  #countedMs: number | null = null;
  #isResting = false;

  /** @param roots, joins as for the sampler; @param plan of the program; @param stdin the descriptor that it was given */
  constructor(group: RunGroup | null, roots: readonly number[], joins: Joins, plan: LaunchPlan, stdin: number) {
    this.#group = group;
    this.#countsMemory = group?.resources.has("memory") ?? false;
    this.#countsCpu = group?.resources.has("cpu_time") ?? false;
    this.#sampler = this.#countsMemory && this.#countsCpu ? null : new ProcessSampler(roots, joins, ownTmpfs(plan), copiedInput(stdin));
  }

  /** How often it pays to look, in milliseconds: memory has no alarm, and version 1 none for processes that were killed either. */
  get longestPauseMs(): number {
    return this.#countsMemory ? this.#memory.pauseMs : this.#sampler!.pauseMs;
  }

  /** Nobody in the box has run between the last two readings: so nobody has touched memory, or was killed for it. */
  get isResting(): boolean {
    return this.#isResting;
  }

  get samplesMemory(): boolean {
    return !this.#countsMemory;
  }

  /** Call once at the start of the program. @param launcherMs CPU time of the launcher that the group has counted */
  begin(launcherMs: number): void {
    this.#oursMs = launcherMs;
    // Before there is nothing that the end would not tell as well, where the kernel keeps a peak.
    this.#lookAtMemoryAt = this.#group?.samplesPeak ? 0 : performance.now() + this.#memory.pauseMs;
    this.#sampler?.begin();
  }

  /** Frees what is kept open for looking again. */
  close(): void {
    this.#sampler?.close();
  }

  /** Null when the group does not count it. */
  #groupCpuTimeMs(): number | null {
    const counted = this.#countsCpu ? (this.#group?.cpuTimeMs() ?? null) : null;
    return counted === null ? null : Math.max(0, counted - this.#oursMs);
  }

  read(): MeterReading {
    const sample = this.#sampler?.sample();
    const countedMs = this.#groupCpuTimeMs();
    this.#isResting = countedMs !== null && countedMs === this.#countedMs;
    this.#countedMs = countedMs;
    if (this.#countsMemory && performance.now() >= this.#lookAtMemoryAt) {
      if (this.#isResting && this.#memory.source !== null) this.#memory.rest();
      else this.#lookAtMemory(false);
      this.#lookAtMemoryAt = performance.now() + this.#memory.pauseMs;
    }
    return {
      cpuTimeMs: countedMs ?? sample?.cpuTimeMs ?? 0,
      memoryPeakBytes: (this.#countsMemory ? this.#memory.peakBytes : sample?.memoryPeakBytes) ?? null,
    };
  }

  #lookAtMemory(ended: boolean): void {
    const look = this.#group?.lookAtMemory(ended) ?? null;
    if (look !== null) this.#memory.add(look);
    // Where the kernel keeps no peak, this is a look as well.
    if (this.#group?.samplesPeak) this.#group.memoryPeakBytes();
  }

  /** The final account. Only now are all figures exact. */
  final(reaped: ReapedRun): MemoryAccount & { readonly cpuTimeMs: number } {
    const last = this.#sampler?.last;
    const rusageMs = reaped.program.usage.cpuTimeMs - reaped.launcher.cpuTimeMs + reaped.orphansCpuTimeMs;
    // ru_maxrss survives execve: it says something only when it grew beyond what the launcher had.
    const grew = reaped.program.usage.maxRssBytes > reaped.launcher.maxRssBytes;
    const rusagePeak = grew ? Math.max(0, reaped.program.usage.maxRssBytes - (this.#sampler?.mappedFileBytes ?? 0)) : 0;
    return {
      // What the kernel's sweep at the end of a namespace reaps is in nobody's account: then the last look knows more.
      cpuTimeMs: this.#groupCpuTimeMs() ?? Math.max(rusageMs, last?.cpuTimeMs ?? 0),
      ...(this.#countsMemory ? this.#groupMemory(rusagePeak) : { ...peakOfLooks(Math.max(last?.memoryPeakBytes ?? 0, rusagePeak)), groupMemoryPeakBytes: null }),
    };
  }

  #groupMemory(rusagePeak: number): MemoryAccount {
    this.#lookAtMemory(true);
    const groupPeak = this.#group?.memoryPeakBytes() ?? 0;
    const peak = this.#memory.peakBytes ?? 0;
    if (this.#memory.source === "looks") {
      const atLeast = Math.max(peak, rusagePeak);
      return { ...peakOfLooks(atLeast), groupMemoryPeakBytes: Math.max(groupPeak, atLeast) || null };
    }
    return { memoryPeakBytes: Math.min(peak, groupPeak), memoryPeakSource: this.#memory.source, groupMemoryPeakBytes: groupPeak };
  }

  /** The memory that is sampled may not be all that there is. */
  get hidesMemoryFiles(): boolean {
    return !this.#countsMemory && (this.#sampler?.hidesMemoryFiles ?? false);
  }

  /** Whoever ran out of memory: the box cannot go on either way. */
  oomKills(): number {
    return this.#group?.oomKills() ?? 0;
  }

  /** The same, by who ran out of it. */
  oomKillsByCause(): { readonly oomKills: number; readonly oomKillsFromAbove: number } {
    const kills = this.oomKills();
    return kills === 0 || this.#group!.reachedOwnMemoryLimit() ? { oomKills: kills, oomKillsFromAbove: 0 } : { oomKills: 0, oomKillsFromAbove: kills };
  }

  /** Refused forks, by whose limit was in the way. */
  deniedForksByCause(): { readonly deniedForks: number; readonly deniedForksFromAbove: number } {
    const denied = this.#group?.deniedForks() ?? 0;
    return denied === 0 || this.#group!.reachedOwnProcessLimit() ? { deniedForks: denied, deniedForksFromAbove: 0 } : { deniedForks: 0, deniedForksFromAbove: denied };
  }
}

/** Nothing seen is nothing measured. */
function peakOfLooks(bytes: number): Pick<MemoryAccount, "memoryPeakBytes" | "memoryPeakSource"> {
  return bytes === 0 ? { memoryPeakBytes: null, memoryPeakSource: null } : { memoryPeakBytes: bytes, memoryPeakSource: "looks" };
}
