/** Where the control groups of this process are: /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)). */
import { readFileSync } from "../kernel/fs.ts";

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
export function unescapeMount(text: string): string {
  // The first use of a pattern in a process costs more than all else here.
  return !text.includes("\\") ? text : text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
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
    const at = line.indexOf(":");
    const to = line.indexOf(":", at + 1);
    if (to < 0) continue;
    const path = line.slice(to + 1);
    if (to === at + 1) ownV2 = path;
    else for (const name of line.slice(at + 1, to).split(",")) ownPath.set(name, path);
  }
  const v1 = new Map<V1Controller, string>();
  let v2: V2View | null = null;
  for (const line of mountinfo.split("\n")) {
    // Most lines are about something else, and taking them apart would cost more than reading them.
    if (!line.includes(" - cgroup")) continue;
    const fields = line.split(" ");
    // The number of fields before the dash is not fixed.
    const dash = fields.indexOf("-", 6);
    const type = fields[dash + 1];
    const options = fields[dash + 3] ?? "";
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const root = unescapeMount(fields[3] ?? "/");
    const mountPoint = unescapeMount(fields[4] ?? "");
    if (type === "cgroup2") {
      const own: string | null = ownV2 === null || v2 !== null ? null : relativeTo(root, ownV2);
      // Of the mount first, then of the file system: either may forbid to write.
      if (own !== null) v2 = { top: mountPoint, own, readOnly: isReadOnly(fields[5] ?? "") || isReadOnly(options) };
      continue;
    }
    for (const name of options.split(",")) {
      const path = ownPath.get(name);
      if (path === undefined || !isController(name) || v1.has(name)) continue;
      const below = relativeTo(root, path);
      if (below !== null) v1.set(name, `${mountPoint}${below === "" ? "" : `/${below}`}`);
    }
  }
  return { v1, v2, ownV2 };
}

function isController(name: string): name is V1Controller {
  return (controllers as readonly string[]).includes(name);
}

function isReadOnly(options: string): boolean {
  return options === "ro" || options.startsWith("ro,");
}

/** Our group as seen through a mount that shows only the tree below `root`; null when it is not in there. */
function relativeTo(root: string, path: string): string | null {
  // Outside of our cgroup namespace (cgroup_namespaces(7)): no mount of ours leads there.
  if (path.includes("..") && path.split("/").includes("..")) return null;
  if (root === "/") return path.slice(1);
  if (path === root) return "";
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
}

/** Taking the two files apart costs more than reading them, and they hardly ever change. */
let last: { readonly mountinfo: string; readonly cgroup: string; readonly map: CgroupMap } | null = null;

export function detectCgroups(): CgroupMap {
  const [mountinfo, cgroup] = [readFileSync("/proc/self/mountinfo", "utf8"), readFileSync("/proc/self/cgroup", "utf8")];
  if (last?.mountinfo !== mountinfo || last.cgroup !== cgroup) last = { mountinfo, cgroup, map: mapCgroups(mountinfo, cgroup) };
  return last.map;
}
