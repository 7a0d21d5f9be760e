/**
 * What of the machine a program sees in its /proc.
 *
 * /proc shows processes and the machine: its keys, locks, disks, modules, boot id. To cover each entry would take some fifty mounts a
 * launch. Instead, the few that may stay become mount points, each of itself; then the file system is told to show processes only
 * (subset=pid), and the kernel no longer finds any other name in it. A mount point is found without looking the name up.
 */
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, MOVE_MOUNT_F_EMPTY_PATH, MS, O, OPEN_TREE_CLONE } from "../../kernel/constants.ts";
import type { Step } from "../../model/plan.ts";

export interface ShownEntry {
  readonly name: string;
  readonly why: string;
  /** A symbolic link, which is shown as such. */
  readonly link: boolean;
  /** Only for programs that have a network, their own or the host's. */
  readonly network: boolean;
}

/** Everything of /proc that stays besides the box's own processes, `self` and `thread-self`. */
export const shownOfProc: readonly ShownEntry[] = [
  { name: "cpuinfo", why: "Java, PyPy, OpenBLAS and os.cpus() of Node choose code by the features of the processor", link: false, network: false },
  { name: "meminfo", why: "Java, Node and PyPy choose the size of their heaps by it", link: false, network: false },
  { name: "stat", why: "the C library counts processors by it where there is no /sys: Java, Go, Rust, R, Octave and SWI-Prolog start that many threads", link: false, network: false },
  { name: "net", why: "Java uses IPv6 only where /proc/net/if_inet6 can be read; it leads to the process's own network", link: true, network: true },
];

/** Makes mount points of what stays. @param target where it is mounted @param inside the same as the program sees it */
export function keepShown(target: string, inside: string, hasNetwork: boolean): Step[] {
  return shownOfProc.filter(({ network }) => !network || hasNetwork).flatMap(({ name, link }): Step[] => {
    const path = `${target}/${name}`;
    const shown = `${inside}/${name}`;
    if (!link) return [{ does: `bind ${shown} on itself`, call: "mount", args: [path, path, 0, MS.BIND, 0] }];
    // mount(2) follows links.
    return [
      { does: `create ${shown} as a mount`, call: "open_tree", args: [AT_FDCWD, path, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW | O.CLOEXEC], opens: "link" },
      { does: `mount ${shown} on itself`, call: "move_mount", args: [{ fd: "link" }, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH] },
      { does: `close ${shown}`, call: "close", args: [{ fd: "link" }] },
    ];
  });
}

/** hidepid: processes of other users (pid 1 is one) do not exist for the program (proc(5)). */
export const otherUsersHidden = "hidepid=2";
export const processesOnly = `${otherUsersHidden},subset=pid`;

/** Takes everything else away. @param flags those of the mount */
export function hideTheRest(target: string, inside: string, flags: number): Step {
  return { does: `hide the machine in ${inside}`, call: "mount", args: [0, target, 0, MS.REMOUNT | flags, processesOnly] };
}
