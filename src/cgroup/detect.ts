/** Where the control groups of this process are: /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)). */
import { readFileSync } from "node:fs";

/** Controllers of version 1 that we use. */
export type V1Controller = "memory" | "cpu" | "cpuacct" | "pids" | "cpuset" | "freezer" | "hugetlb";
const controllers: readonly V1Controller[] = ["memory", "cpu", "cpuacct", "pids", "cpuset", "freezer", "hugetlb"];

export interface CgroupMap {
  /** Directory of our own group for each controller that is mounted; several may share one. */
  readonly v1: ReadonlyMap<V1Controller, string>;
}

/** mountinfo writes blanks and backslashes in octal (proc(5)). */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * Pure form, for tests.
 * @param mountinfo content of /proc/self/mountinfo
 * @param cgroup content of /proc/self/cgroup
 */
export function mapCgroups(mountinfo: string, cgroup: string): CgroupMap {
  const ownPath = new Map<string, string>();
  for (const line of cgroup.split("\n")) {
    const [, names = "", ...path] = line.split(":");
    for (const name of names.split(",")) if (name !== "") ownPath.set(name, path.join(":"));
  }
  const v1 = new Map<V1Controller, string>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [type, , options = ""] = after.split(" ");
    if (type !== "cgroup") continue;
    const fields = before.split(" ");
    const root = unescape(fields[3] ?? "/");
    const mountPoint = unescape(fields[4] ?? "");
    for (const name of options.split(",")) {
      const controller = controllers.find((known) => known === name);
      const path = ownPath.get(name);
      if (controller === undefined || path === undefined || v1.has(controller)) continue;
      const below = relativeTo(root, path);
      if (below !== null) v1.set(controller, `${mountPoint}${below === "" ? "" : `/${below}`}`);
    }
  }
  return { v1 };
}

/** Our group as seen through a mount that shows only the tree below `root`; null when it is not in there. */
function relativeTo(root: string, path: string): string | null {
  // Outside of our cgroup namespace (cgroup_namespaces(7)): no mount of ours leads there.
  if (path.split("/").includes("..")) return null;
  if (root === "/") return path.slice(1);
  if (path === root) return "";
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
}

export function detectCgroups(): CgroupMap {
  return mapCgroups(readFileSync("/proc/self/mountinfo", "utf8"), readFileSync("/proc/self/cgroup", "utf8"));
}
