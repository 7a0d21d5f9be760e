/** What the executor asks of control groups, whichever version the host has. */
import type { RunLimits } from "../model/run-limits.ts";

/** One resource that a group can bound or count. */
export type CgroupResource = "memory" | "cpu" | "cpu_time" | "processes" | "cpus" | "freezer" | "huge_pages";

/** The group of one run: made fresh before it, removed after it, so nothing leaks from one run to the next. */
export interface RunGroup {
  /** `cgroup-v1` or `cgroup-v2`, as shown in the result's `enforced`. */
  readonly mechanism: string;
  /** What this host lets us bound; the rest is left to rlimits and sampling. */
  readonly resources: ReadonlySet<CgroupResource>;
  /** Files that the launcher writes "0" to, in order, to join. */
  readonly joinFiles: readonly string[];
  /** Directories of the group, for messages and `info --cgroups`. */
  readonly directories: readonly string[];
  /** CPU time of everything that ever ran in the group, in milliseconds; null when not counted. */
  cpuTimeMs(): number | null;
  /** Highest memory use in bytes; null when not counted. */
  memoryPeakBytes(): number | null;
  /** Processes of the group that the kernel killed for memory, whoever ran out of it: the group, one above it, or the host. */
  oomKills(): number;
  /**
   * Whether the group ever ran into its own memory limit. Version 1 tells by `memory.failcnt` and the peak. Version 2 will tell by the `oom`
   * of `memory.events.local` (`memory.events` also counts groups below).
   */
  reachedOwnMemoryLimit(): boolean;
  /** Forks that were refused because the group was full. */
  deniedForks(): number;
  /** Removes the group; waits for the last process to be gone. @throws IsolateError of kind Cgroup that names the path */
  remove(): void;
}

/** Why a resource is not available, in words for people. */
export interface CgroupProblem {
  readonly resource: CgroupResource;
  readonly reason: string;
}

export interface CgroupRequest {
  /** Name of the group, unique on the host. */
  readonly name: string;
  readonly limits: RunLimits;
  /** Processors as in cpuset(7), or null. */
  readonly cpus: string | null;
  /** Told about every directory before it is made, so that it can be found again after a crash. */
  readonly announce: (directories: readonly string[]) => void;
}
