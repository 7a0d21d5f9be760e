/** What container engines do between the host and the first process of a container. */
import { engineGroup } from "../engine-group.ts";
import type { Ground } from "../situation.ts";
import { perform } from "./script.ts";

/** What engines hide of /proc, and what of it they make read-only. */
export const maskedProc = [
  "for file in kcore keys timer_list; do [ ! -e /proc/$file ] || mount --bind /dev/null /proc/$file; done",
  "for path in bus fs irq sys sysrq-trigger; do [ ! -e /proc/$path ] || { mount --bind /proc/$path /proc/$path; mount -o remount,bind,ro /proc/$path; }; done",
];

/** Hierarchies that begin with the container's own groups. */
const ownHierarchies = [
  "hierarchies=$(grep -E ' cgroup2? ' /proc/self/mounts)",
  "mount -t tmpfs tmpfs /sys/fs/cgroup",
  'echo "$hierarchies" | while read -r source point type options rest; do mkdir -p $point; mount -t $type -o ${options##*relatime,} $type $point; done',
];

const readOnlyCgroups = ["grep -E ' /sys/fs/cgroup(/| )' /proc/self/mounts | cut -d' ' -f2 | while read -r point; do mount -o remount,bind,ro $point; done"];

export interface Container {
  /** /proc as engines show it to a container that is not privileged. */
  readonly masked: boolean;
  /** How the container sees control groups: those of its own, which it can or cannot write to, or the host's. */
  readonly cgroups: "writable" | "read-only" | "host";
  /** Words that take rights away at last, in front of the first program. */
  readonly rights?: readonly string[];
  /** Words that come before the container's namespaces, such as those that make a user namespace. */
  readonly before?: readonly string[];
  /** The user that the container's group is given to. */
  readonly groupOwner?: number;
  /** The binary itself is the first process. */
  readonly pidOne?: boolean;
}

/** The words that start a container; the binary and its arguments follow. */
export function contain(ground: Ground, { masked, cgroups, rights = [], before = [], groupOwner, pidOne }: Container): string[] {
  const group = engineGroup(ground.base);
  const own = cgroups !== "host";
  const commands = [...(masked ? maskedProc : []), ...(own ? ownHierarchies : []), ...(cgroups === "read-only" ? readOnlyCgroups : [])];
  const container = perform({ namespaces: ["--pid", "--uts", "--ipc"], enter: group === null ? [] : ["echo 0 >&9", "exec 9>&-"], cgroups: own, commands, at: rights, pidOne });
  return group === null ? [...before, ...container] : [...enterable(group, groupOwner), ...before, ...container];
}

/**
 * A fresh group, as an earlier container has divided the old one; its list of processes open as descriptor 9. The first process of the
 * container enters: who starts it must stay outside, or the group could never be emptied from inside.
 */
function enterable(group: string, owner: number | undefined): string[] {
  const files = ["", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"].map((name) => `${group}${name}`).join(" ");
  const steps = [
    `[ ! -d ${group} ] || find ${group} -depth -type d -exec rmdir {} +`,
    `mkdir ${group}`,
    ...(owner === undefined ? [] : [`chown ${owner}:${owner} ${files}`]),
    `exec 9>${group}/cgroup.procs`,
    'exec "$@"',
  ];
  return ["/bin/sh", "-ec", steps.join("\n"), "sh"];
}
