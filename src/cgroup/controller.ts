/** What the executor asks of control groups, whichever version the host has. */
import type { RunLimits } from "../model/run-limits.ts";
import type { MemoryLook } from "./memory-files.ts";

/** One resource that a group can bound or count. */
export type CgroupResource = "memory" | "cpu" | "cpu_time" | "processes" | "cpus" | "freezer" | "huge_pages";

/** As shown in the result's `enforced`. */
export type CgroupMechanism = "cgroup-v1" | "cgroup-v2";

/** What the launcher needs to be born in a group of version 2, and to join it where that is refused. */
export interface Birthplace {
  /** Of the group's directory, for clone3(2) with CLONE_INTO_CGROUP. */
  readonly descriptor: number;
  /** File that a launcher writes "0" to when it was born elsewhere. */
  readonly joinFile: string;
}

/** What a run may use in all, by a group above ours. Null: no bound above. */
export interface OuterLimits {
  readonly memoryBytes: number | null;
  readonly processes: number | null;
  /** Processors' worth of time. */
  readonly processors: number | null;
}

/** The group of one run: made fresh before it, removed after it, so nothing leaks from one run to the next. */
export interface RunGroup {
  /** What this host lets us bound; the rest is left to rlimits and sampling. */
  readonly resources: ReadonlySet<CgroupResource>;
  /** By which version a resource is bounded or counted; null: by none. */
  mechanismOf(resource: CgroupResource): CgroupMechanism | null;
  /** Files that the launcher writes "0" to, in order, to join. */
  readonly joinFiles: readonly string[];
  readonly birthplace: Birthplace | null;
  /** Names of the directories, as the journal of a run keeps them, for messages and `info --cgroups`. */
  readonly directories: readonly string[];
  /** Descriptors that poll(2) reports as urgent (POLLPRI) when a counter of killed processes may have risen. */
  readonly alarms: readonly number[];
  /** The kernel keeps no peak of memory (before Linux 5.19): `memoryPeakBytes` is the highest of its own looks. */
  readonly samplesPeak: boolean;
  readonly outer: OuterLimits;
  /** CPU time of everything that ever ran in the group, in milliseconds; null when not counted. */
  cpuTimeMs(): number | null;
  /** Highest charge of memory in bytes, page cache and memory of the kernel as well; null when not counted. */
  memoryPeakBytes(): number | null;
  /** What of it is the program's. @param ended nothing of the run lives any more. @returns null when memory is not counted */
  lookAtMemory(ended: boolean): MemoryLook | null;
  /** Processes of the group that the kernel killed for memory, whoever ran out of it: the group, one above it, or the host. */
  oomKills(): number;
  /** Whether the group ever ran into its own memory limit, and not only one above it. */
  reachedOwnMemoryLimit(): boolean;
  /** Forks that were refused because a group was full: this one, or with version 1 and older kernels also one above it. */
  deniedForks(): number;
  /** Whether the group was ever full itself; true where an older kernel keeps no peak. */
  reachedOwnProcessLimit(): boolean;
  /** The most processes and threads that the group had at the same time; null: they are not counted, or this kernel keeps no peak (before Linux 6.1). */
  processesPeak(): number | null;
  /** Kills every process of the group at once, where the kernel can (version 2, Linux 5.14). */
  kill(): void;
  /** Removes the group; waits for the last process to be gone. @throws IsolateError of kind Cgroup that names the path */
  remove(): void;
}

/** Why a resource is not available, in words for people. */
export interface CgroupProblem {
  readonly resource: CgroupResource;
  readonly reason: string;
  /** What to do about it. */
  readonly hint?: string;
}

export interface CgroupRequest {
  /** Name of the group, unique on the host. */
  readonly name: string;
  readonly limits: RunLimits;
  /** Processors as in cpuset(7), or null. */
  readonly cpus: string | null;
  /** All that is to be bounded or counted, besides `cpus`; left out: everything. */
  readonly only?: readonly CgroupResource[];
  /** Told about every directory before it is made, so that it can be found again after a crash. */
  readonly announce: (directories: readonly string[]) => void;
}

/** A group and what could not be had. */
export interface MadeGroup {
  readonly group: RunGroup;
  readonly problems: readonly CgroupProblem[];
}

export const noOuterLimits: OuterLimits = { memoryBytes: null, processes: null, processors: null };
