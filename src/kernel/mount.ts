/**
 * Mounts of the supervisor: those that last beyond a run, and those that stand in no table. Everything else is mounted by a launcher, in
 * its own namespace.
 */
import { call, tryCall } from "./ffi.ts";
import { AT_EMPTY_PATH, AT_FDCWD, MNT_DETACH, MOUNT_ATTR, MS, O, OPEN_TREE_CLONE } from "./constants.ts";
import { closeDescriptor } from "./files.ts";

const UMOUNT_NOFOLLOW = 8;

/** mount(2) of a new tmpfs, nosuid and nodev. @param data options as in tmpfs(5) @throws SyscallError */
export function mountTmpfs(path: string, data: string): void {
  call("mount", path, "tmpfs", path, "tmpfs", MS.NOSUID | MS.NODEV, data);
}

/** umount2(2) of what is mounted at a path, at once and without following a link. @throws SyscallError */
export function unmount(path: string): void {
  call("umount2", path, path, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/** A file that was opened again through a mount of its own. */
export interface DetachedFile {
  readonly fd: number;
  /** The mount. To close it waits until the kernel lets go of it, about 0.03 ms; the file stays readable. */
  readonly mount: number;
}

const readOnly = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV;

/**
 * Opens a file again for reading, through a read-only mount of it that is mounted nowhere (open_tree(2), Linux 5.2; mount_setattr(2),
 * 5.12). The mount begins at the file: the name of the descriptor is `/`, and nobody can open it again for writing.
 * @param mapping descriptor of a user namespace that says whose the file is in there; null: whose it is
 * @returns null where that is not possible: without the right to mount, for a file of another mount namespace, or on a file system without such a mapping
 */
export function openDetached(fd: number, mapping: number | null = null): DetachedFile | null {
  const mount = tryCall("open_tree", fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | O.CLOEXEC);
  if (mount < 0) return null;
  const restricted = mapping === null ? setAttributes(mount, readOnly) : setAttributes(mount, readOnly | MOUNT_ATTR.IDMAP, mapping);
  const opened = restricted ? tryCall("openat", AT_FDCWD, `/proc/self/fd/${mount}`, O.RDONLY | O.CLOEXEC | O.NOCTTY) : -1;
  if (opened >= 0) return { fd: opened, mount };
  closeDescriptor(mount);
  return null;
}

/** mount_setattr(2) with struct mount_attr: set, clear, propagation, userns. @returns whether it could be done */
function setAttributes(mount: number, set: number, userNamespace = 0): boolean {
  const attributes = new BigUint64Array([BigInt(set), 0n, 0n, BigInt(userNamespace)]);
  return tryCall("mount_setattr", mount, "", AT_EMPTY_PATH, attributes, attributes.byteLength) === 0;
}

/**
 * statfs(2): struct statfs of the 64-bit architectures has 15 words. The size of a block is the second; the blocks and inodes that are
 * free for everybody are the fifth and the seventh, all inodes the sixth, and the flags the eleventh.
 */
const statfsWords = 15;
const word = { blockBytes: 1, freeBlocks: 4, inodes: 5, freeInodes: 6, flags: 10 } as const;
const ST_RDONLY = 1;
const ST_NOEXEC = 8;

function statfs(path: string): BigUint64Array | null {
  const words = new BigUint64Array(statfsWords);
  return tryCall("statfs", path, words) === 0 ? words : null;
}

/** Whether nothing can be executed on the mount that a path is on. False when it cannot be told. */
export function forbidsExecution(path: string): boolean {
  const words = statfs(path);
  return words !== null && (Number(words[word.flags]!) & ST_NOEXEC) !== 0;
}

/** What a file system has left for everybody but root. */
export interface Room {
  readonly bytes: number;
  /** Infinity where inodes are made as they are needed. */
  readonly files: number;
  /** Nothing can be written, whatever is left: also when the kernel has decided so after an error. */
  readonly readOnly: boolean;
}

/** Of the file system that a path is on; null when it cannot be told. Quotas of users do not show. */
export function roomAt(path: string): Room | null {
  const words = statfs(path);
  if (words === null) return null;
  const value = (at: number) => Number(words[at]!);
  return { bytes: value(word.freeBlocks) * value(word.blockBytes), files: value(word.inodes) === 0 ? Infinity : value(word.freeInodes), readOnly: (value(word.flags) & ST_RDONLY) !== 0 };
}

/** Whether nothing can be written: not even one block or one inode is left, or the file system is read-only. */
export function isClosed({ bytes, files, readOnly }: Room): boolean {
  return readOnly || bytes <= 0 || files <= 0;
}
