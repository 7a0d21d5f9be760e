/** By what each limit of a run is enforced, and what of it is not. */
import type { RunGroup } from "../../cgroup/controller.ts";
import type { Enforcement } from "../../model/result.ts";
import type { Network } from "../../model/network.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import { tighterOuterLimits } from "./outer.ts";
import type { Isolation } from "./spec.ts";

export const notEnforced = "none";
/** The limit is the kernel's, the figure is not: a peak between two looks is missed. */
const peakSampled = ", peak sampled";

/** By what a run is kept on its processors. @param shared a core that others run on as well */
export function pinning(group: RunGroup, shared: boolean): string {
  return `${group.mechanismOf("cpus") ?? "affinity"}${shared ? ", shared" : ""}`;
}

export function enforcement(isolation: Isolation, group: RunGroup | null, limits: RunLimits, network: Network, uid: number): Enforcement {
  const namespaces = isolation !== "none";
  const outer = group === null ? null : tighterOuterLimits(group.outer, limits);
  const by = (resource: "memory" | "cpu_time" | "processes", otherwise: string) => group?.mechanismOf(resource) ?? otherwise;
  return {
    memory: limits.memoryBytes === null ? notEnforced : by("memory", "sampling") + (group?.samplesPeak ? peakSampled : ""),
    cpu_time: limits.cpuTimeMs === null ? notEnforced : by("cpu_time", "sampling"),
    wall_time: limits.wallTimeMs === null ? notEnforced : "clock",
    processes: limits.processes === null ? notEnforced : by("processes", "rlimit"),
    network: namespaces && network !== "host" ? "namespace" : notEnforced,
    filesystem: namespaces ? "pivot_root" : notEnforced,
    // Installed in every mode, and a launch without it fails.
    syscalls: "seccomp",
    user: uid,
    ...(outer === null ? {} : { outer_limits: outer }),
  };
}
