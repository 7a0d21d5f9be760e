/** Where the control groups of this process are: /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)). */
import { readFileSync } from "node:fs";

/** Controllers of version 1 that we use. */
export type V1Controller = "memory" | "cpu" | "cpuacct" | "pids" | "cpuset" | "freezer" | "hugetlb";
const controllers: readonly V1Controller[] = ["memory", "cpu", "cpuacct", "pids", "cpuset", "freezer", "hugetlb"];

/** How we see the tree of version 2. */
export interface V2View {
  /** Where it is mounted: a directory that stands for the top of what we see. */
  readonly top: string;
  /** Our own group below it, `""` for the top itself. */
  readonly own: string;
  readonly readOnly: boolean;
}

export interface CgroupMap {
  /** Directory of our own group for each controller that is mounted; several may share one. */
  readonly v1: ReadonlyMap<V1Controller, string>;
  /** Null: version 2 is not mounted, or no mount shows our own group. */
  readonly v2: V2View | null;
  /** Our own group of version 2 as /proc/self/cgroup has it; null: this kernel has no version 2, or it is not mounted anywhere. */
  readonly ownV2: string | null;
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
  let ownV2: string | null = null;
  for (const line of cgroup.split("\n")) {
    const [number, names = "", ...path] = line.split(":");
    if (number === "0" && names === "") ownV2 = path.join(":");
    for (const name of names.split(",")) if (name !== "") ownPath.set(name, path.join(":"));
  }
  const v1 = new Map<V1Controller, string>();
  let v2: V2View | null = null;
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [type, , options = ""] = after.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const fields = before.split(" ");
    const root = unescape(fields[3] ?? "/");
    const mountPoint = unescape(fields[4] ?? "");
    if (type === "cgroup2") {
      const own: string | null = ownV2 === null || v2 !== null ? null : relativeTo(root, ownV2);
      // Of the mount first, then of the file system: either may forbid to write.
      if (own !== null) v2 = { top: mountPoint, own, readOnly: [fields[5], options].some((text) => text?.split(",").includes("ro")) };
      continue;
    }
    for (const name of options.split(",")) {
      const controller = controllers.find((known) => known === name);
      const path = ownPath.get(name);
      if (controller === undefined || path === undefined || v1.has(controller)) continue;
      const below = relativeTo(root, path);
      if (below !== null) v1.set(controller, `${mountPoint}${below === "" ? "" : `/${below}`}`);
    }
  }
  return { v1, v2, ownV2 };
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
