/** By what each limit of a run is enforced, and what of it is not. */
import type { RunGroup } from "../../cgroup/controller.ts";
import type { Enforcement } from "../../model/result.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import { tighterOuterLimits } from "./outer.ts";
import type { LaunchSpec } from "./spec.ts";

export const notEnforced = "none";
/** The limit is the kernel's, the figure is not: a peak between two looks is missed. */
const peakSampled = ", peak sampled";

/** The group is its owner's, who the program is as well, and nothing keeps it from the files of the group. */
const changeable = ", changeable by the program";

/** By what a run is kept on its processors. @param shared a core that others run on as well */
export function pinning(group: RunGroup, shared: boolean): string {
  return `${group.mechanismOf("cpus") ?? "affinity"}${shared ? ", shared" : ""}`;
}

export function enforcement(spec: Pick<LaunchSpec, "isolation" | "network" | "without" | "landlock" | "ownUid" | "allowed">, group: RunGroup | null, limits: RunLimits, uid: number): Enforcement {
  const namespaces = spec.isolation !== "none";
  const outer = group === null ? null : tighterOuterLimits(group.outer, limits);
  const reachable = !namespaces && spec.landlock === null && !spec.ownUid;
  const by = (resource: "memory" | "cpu_time" | "processes", otherwise: string) => {
    const mechanism = group?.mechanismOf(resource) ?? null;
    return mechanism === null ? otherwise : mechanism + (mechanism === "cgroup-v2" && reachable && resource !== "cpu_time" ? changeable : "");
  };
  return {
    memory: limits.memoryBytes === null ? notEnforced : by("memory", "sampling") + (group?.samplesPeak ? peakSampled : ""),
    cpu_time: limits.cpuTimeMs === null ? notEnforced : by("cpu_time", "sampling"),
    wall_time: limits.wallTimeMs === null ? notEnforced : "clock",
    processes: limits.processes === null ? notEnforced : by("processes", "rlimit"),
    network: networkEnforcement(spec),
    filesystem: namespaces ? ownRoot(spec) : spec.landlock === null ? notEnforced : "landlock",
    // Installed in every mode, and a launch without it fails.
    syscalls: "seccomp",
    ...(spec.allowed.length === 0 ? {} : { allowed: spec.allowed }),
    ...(limits.cpuRate === undefined ? {} : { cpu_rate: group?.mechanismOf("cpu") ?? notEnforced }),
    user: uid,
    ...(outer === null ? {} : { outer_limits: outer }),
  };
}

function ownRoot({ without }: Pick<LaunchSpec, "without">): string {
  return `${without.includes("pivot_root") ? "chroot" : "pivot_root"}${without.includes("proc") ? ", no /proc" : ""}`;
}

/** Without namespaces the filter still lets a program have no other sockets than AF_UNIX, if it is to have no network. */
function networkEnforcement({ isolation, network, without }: Pick<LaunchSpec, "isolation" | "network" | "without">): string {
  if (network === "host") return notEnforced;
  if (isolation === "none") return network === "none" ? "seccomp" : notEnforced;
  return network === "loopback" && without.includes("loopback") ? "namespace, no loopback" : "namespace";
}
