/**
 * A view of version 2 that we can write to where the mount that we see is read-only, as container engines make it, or where there is none.
 * It is mounted nowhere: only its descriptor leads to it, so nobody else sees it, and it goes with us.
 */
import { statSync } from "../kernel/fs.ts";
import { AT_EMPTY_PATH, AT_FDCWD, MOUNT_ATTR, O, OPEN_TREE_CLONE } from "../kernel/constants.ts";
import { errno, SyscallError } from "../kernel/errno.ts";
import { call } from "../kernel/ffi.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { detectCgroups } from "./detect.ts";

/** include/uapi/linux/mount.h */
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

/** Inode of the first cgroup namespace (include/uapi/linux/nsfs.h). */
const firstCgroupNamespace = 0xefff_fffb;

let made: string | null = null;

/**
 * Needs CAP_SYS_ADMIN.
 * @param mounted where version 2 is mounted, or null
 * @returns a path to the top of what our cgroup namespace shows; it leads there as long as we live
 * @throws SyscallError
 */
export function writableView(mounted: string | null): string {
  return (made ??= `/proc/${process.pid}/fd/${inFirstNamespace() ? writableCopy(mounted) : freshMount()}`);
}

function inFirstNamespace(): boolean {
  return statSync("/proc/self/ns/cgroup", { throwIfNoEntry: false })?.ino === firstCgroupNamespace;
}

/** In the first namespace a mount with other options would change those of the whole host (cgroup-v2.rst, "Mounting"). */
function writableCopy(mounted: string | null): number {
  if (mounted === null) throw new SyscallError("open_tree", errno.ENOENT, "cgroup2");
  const copy = call("open_tree", mounted, AT_FDCWD, mounted, OPEN_TREE_CLONE | O.CLOEXEC);
  const attributes = new BigUint64Array([0n, BigInt(MOUNT_ATTR.RDONLY), 0n, 0n]);
  try {
    call("mount_setattr", mounted, copy, "", AT_EMPTY_PATH, attributes, attributes.byteLength);
    return copy;
  } catch (error) {
    closeDescriptor(copy);
    throw error;
  }
}

function freshMount(): number {
  const context = call("fsopen", "cgroup2", "cgroup2", FSOPEN_CLOEXEC);
  try {
    call("fsconfig", "cgroup2", context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    return call("fsmount", "cgroup2", context, FSMOUNT_CLOEXEC, 0);
  } finally {
    closeDescriptor(context);
  }
}

/** Before the path of a group in the journal of a run, where only a view of our own leads to it. */
const viewPrefix = "cgroup2:";

/** The name of a directory that others can find again after we are gone. */
export function lastingName(path: string): string {
  return made !== null && path.startsWith(`${made}/`) ? `${viewPrefix}${path.slice(made.length)}` : path;
}

/** The other way round. @throws SyscallError where no view can be had */
export function pathOf(name: string): string {
  return name.startsWith(viewPrefix) ? `${writableView(detectCgroups().v2?.top ?? null)}${name.slice(viewPrefix.length)}` : name;
}
