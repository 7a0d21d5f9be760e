/** What is done, and said, when control groups cannot be had. */
import type { CgroupProblem, RunGroup } from "../../cgroup/controller.ts";
import { IsolateError } from "../../model/errors.ts";
import { limits as limitTable } from "../../model/limits.ts";
import type { Enforcement } from "../../model/result.ts";
import { notEnforced } from "./enforcement.ts";
import { outerWarnings } from "./outer.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import type { LaunchSpec } from "./spec.ts";
import { tasksOfUid } from "./resolve.ts";

/** Since 5.14 RLIMIT_NPROC counts the processes of a uid in each user namespace alone (user_namespaces(7)). */
function countsByUserNamespace(): boolean {
  const [major = 0, minor = 0] = (require("node:os") as typeof import("node:os")).release().split(/[^0-9]/).map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}

/** What RLIMIT_NPROC counts with those of the program: all processes of the uid (setrlimit(2)), and init where it has the same. */
function countedElsewhere({ isolation, without, subordinate }: Pick<LaunchSpec, "isolation" | "without" | "subordinate">, uid: number): number {
  // Nobody else has it, and init is another user.
  if (subordinate !== null) return 0;
  if (isolation !== "userns") return tasksOfUid(uid);
  return 1 + (!without.includes("user namespace") && countsByUserNamespace() ? 0 : tasksOfUid(uid));
}

/** Rlimits that stand in for a missing group. */
export function rlimitsInstead(group: RunGroup, spec: Pick<LaunchSpec, "isolation" | "ownUid" | "without" | "subordinate">, uid: number, limits: RunLimits): Pick<LaunchSpec, "rlimitProcesses" | "rlimitData"> {
  const processes = group.resources.has("processes") ? null : limits.processes;
  const memory = group.resources.has("memory") ? null : limits.memoryBytes;
  return {
    rlimitProcesses: processes === null ? null : processes + countedElsewhere(spec, spec.ownUid ? uid : process.getuid!()),
    // Wide enough for sampling to see the limit first, narrow enough to stop what grows between two looks.
    rlimitData: memory === null ? null : memory * 2 + 64 * 1024 * 1024,
  };
}

/**
 * Says what is not enforced; with `strict` anything that is missing is an error instead.
 * @throws IsolateError of kind Cgroup
 */
export function reportProblems(
  problems: readonly CgroupProblem[],
  enforced: Enforcement,
  limits: RunLimits,
  strict: boolean,
  tell: { readonly warn: ((line: string) => void) | null; readonly trace: ((line: string) => void) | null },
): void {
  const [first] = problems;
  if (first !== undefined && strict) {
    throw new IsolateError("Cgroup", first.reason, { hint: `${first.hint ?? "run as root"}, or run without --strict` });
  }
  const outer = enforced.outer_limits === undefined ? [] : outerWarnings(enforced.outer_limits, limits);
  if (outer[0] !== undefined && strict) throw new IsolateError("Cgroup", outer[0], { hint: "raise the limit of that group, or run without --strict" });
  for (const line of outer) tell.warn?.(line);
  for (const { reason } of problems) tell.trace?.(reason);
  const lost = problems.filter(({ resource }) => {
    switch (resource) {
      case "memory": return limits.memoryBytes !== null && enforced.memory === notEnforced;
      case "processes": return limits.processes !== null && enforced.processes === notEnforced;
      case "cpu": return limits.cpuShares !== limitTable.cpu_shares.default;
      // The launcher pins the program. The sampler counts the time, and nothing depends on the freezer.
      case "cpus":
      case "cpu_time":
      case "freezer":
      // The filter refuses them.
      case "huge_pages": return false;
    }
  });
  const [lostFirst] = lost;
  if (lostFirst !== undefined) {
    const why = /\(([^()]*)\)$/.exec(lostFirst.reason)?.[1] ?? lostFirst.reason;
    tell.warn?.(`Cannot create cgroup (${why}). Resource limits will not be enforced: ${lost.map(({ resource }) => resource).join(", ")}.`);
  }
}
