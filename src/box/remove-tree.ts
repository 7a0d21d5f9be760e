/**
 * Removes directory trees that a program in a box has filled: any names, any depth, any modes.
 *
 * Everything goes by descriptor, one name at a time, so no path can be too long and no link is ever followed.
 * The way down opens a child from its parent; at most {@link maxOpen} levels stay open, the levels above are closed
 * and found again through `..`, which must then be the very directory that was left. The other way to a constant
 * number of descriptors, moving grandchildren up by rename, was not taken: a program that owns the directory can make
 * rename fail (project quotas on xfs), while unlinking and `..` always work. What grows with the depth is the identity
 * of each level, a few dozen bytes.
 *
 * No process of the box may be alive meanwhile. If one is, it can make this fail or take long, but not make it remove
 * anything elsewhere: openat2 keeps to the tree and its mount, and `..` is compared before it is used.
 */
import { chmodSync, fchmodSync, readlinkSync } from "../kernel/fs.ts";
import { IsolateError } from "../model/errors.ts";
import { hintForNumber } from "../model/host-fault.ts";
import { AT_REMOVEDIR, O, S } from "../kernel/constants.ts";
import { type DirectoryEntry, DT, openHandle, readDirectory } from "../kernel/directory.ts";
import { describeErrno, errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, openBeneath, statDescriptor, statEntry, tryUnlinkAt } from "../kernel/files.ts";
import { makeChangeable } from "../kernel/inode-flags.ts";
import { identityOf } from "../state/identity.ts";

const maxOpen = 12;
const openFlags = O.RDONLY | O.DIRECTORY;

/** A directory on the way down that is open. */
interface Level {
  readonly fd: number;
  entries: Generator<DirectoryEntry, void, undefined>;
  /** Something was removed since the listing began: not every file system then shows all the rest, so list once more. */
  changed: boolean;
  /** The child that we are in; empty when we come back. */
  child: DirectoryEntry | null;
}

/**
 * Removes an entry of a directory and, when it is a directory, everything below. Links are removed, never followed;
 * a mount point below is an error.
 * @param directory may be O_PATH
 * @param onRemoved called after each entry is removed; what it throws ends the removal, and a later one goes on
 * @returns false when there was no such entry
 * @throws IsolateError of kind Io at the first entry that cannot be removed; what was removed until then stays removed
 */
export function removeTree(directory: number, name: string, onRemoved: () => void = () => {}): boolean {
  const entry = { name: Buffer.from(name), type: DT.unknown };
  const outcome = removeEntry(directory, entry);
  if (outcome !== "full") return outcome === "removed";
  const fd = enter(directory, entry);
  try {
    emptyDirectory(fd, onRemoved);
  } finally {
    closeDescriptor(fd);
  }
  if (removeEntry(directory, entry) === "full") throw failure(directory, entry, describeErrno(errno.ENOTEMPTY));
  return true;
}

/** Removes everything below a directory, not the directory itself. @param top open for reading @throws as {@link removeTree} */
export function emptyDirectory(top: number, onRemoved: () => void = () => {}): void {
  /** All levels, top first. */
  const identities = [identityOf(top)];
  /** The deepest of them, deepest last. */
  const open = [levelOf(top)];
  let lastLeft = "";
  try {
    for (;;) {
      const level = open.at(-1)!;
      const full = removeEntries(level, onRemoved);
      if (full !== null) {
        const deeper = levelOf(enter(level.fd, full));
        open.push(deeper);
        identities.push(identityOf(deeper.fd));
        if (identities.at(-1) === lastLeft) throw failure(level.fd, full, "it fills again while it is being emptied");
        level.child = full;
        if (open.length > maxOpen) closeUnless(top, open.shift()!.fd);
        continue;
      }
      if (identities.length === 1) return;
      if (open.length === 1) open.unshift(levelOf(identities.length === 2 ? top : openParent(level.fd, identities.at(-2)!)));
      lastLeft = identities.pop()!;
      closeUnless(top, open.pop()!.fd);
    }
  } finally {
    for (const { fd } of open) closeUnless(top, fd);
  }
}

/** Removes what can be removed at once. @returns a directory that has to be emptied first, null when nothing is left */
function removeEntries(level: Level, onRemoved: () => void): DirectoryEntry | null {
  if (level.child !== null) {
    const emptied = level.child;
    level.child = null;
    const outcome = removeEntry(level.fd, emptied);
    if (outcome === "full") return emptied;
    if (outcome === "removed") onRemoved();
  }
  for (;;) {
    for (let next = nextEntry(level); next !== null; next = nextEntry(level)) {
      const outcome = removeEntry(level.fd, next);
      if (outcome !== "gone") level.changed = true;
      if (outcome === "removed") onRemoved();
      if (outcome === "full") return next;
    }
    if (!level.changed) return null;
    level.changed = false;
    level.entries = readDirectory(level.fd);
  }
}

function nextEntry(level: Level): DirectoryEntry | null {
  try {
    const next = level.entries.next();
    return next.done ? null : next.value;
  } catch (error) {
    // Somebody else has removed the directory itself: then nothing is in it.
    if (errnoOf(error) === errno.ENOENT) return null;
    throw failure(level.fd, { name: Buffer.from("."), type: DT.directory }, reasonOf(error), hintFor(-(errnoOf(error) ?? 0)));
  }
}

/** Removes a file of any type or an empty directory; `full`: a directory that is not empty; `gone`: somebody else was faster. */
function removeEntry(directory: number, entry: DirectoryEntry): "removed" | "gone" | "full" {
  let result = unlinkEither(directory, entry);
  const isForbidden = result === -errno.EPERM || result === -errno.EROFS;
  if (isForbidden && permit(directory, entry)) result = unlinkEither(directory, entry);
  if (result >= 0) return "removed";
  if (result === -errno.ENOENT) return "gone";
  if (result === -errno.ENOTEMPTY || result === -errno.EEXIST) return "full";
  throw failure(directory, entry, describeErrno(-result), hintFor(result));
}

function hintFor(result: number): string | undefined {
  if (result === -errno.EBUSY) return "unmount what is mounted there";
  return result === -errno.EPERM ? "see with lsattr -d whether it or its directory must not be changed (chattr -i -a)" : hintForNumber(-result);
}

/** @returns 0 or the negated errno */
function unlinkEither(directory: number, { name, type }: DirectoryEntry): number {
  // The type is only a hint about which call to try first.
  const result = type === DT.directory ? -errno.EISDIR : tryUnlinkAt(directory, name, 0);
  return result === -errno.EISDIR ? tryUnlinkAt(directory, name, AT_REMOVEDIR) : result;
}

/**
 * Takes away what forbids even root to remove an entry. The top of a read-only subvolume is met on the way down, as its own entries are tried
 * before any that lie deeper.
 * @returns whether something was taken away
 */
function permit(directory: number, entry: DirectoryEntry): boolean {
  let permitted = false;
  const change = (open: () => number) => {
    try {
      const fd = open();
      permitted = makeChangeable(fd) || permitted;
      closeDescriptor(fd);
    } catch {
      // Then the removal fails and says why.
    }
  };
  // The directory may be known by a bare handle only.
  change(() => openAt(directory, ".", openFlags));
  if (hasFlags(directory, entry)) change(() => openBeneath(directory, entry.name, O.RDONLY | O.NOFOLLOW));
  return permitted;
}

/** Whether it is a directory or a file that is nowhere else: others are not opened, and a file that has another name is not only ours. */
function hasFlags(directory: number, { name }: DirectoryEntry): boolean {
  const stat = statEntry(directory, name);
  const type = (stat?.mode ?? 0) & S.IFMT;
  return type === S.IFDIR || (type === S.IFREG && stat!.links === 1);
}

/** Opens a directory so that its entries can be listed and removed, whatever its mode is. */
function enter(directory: number, entry: DirectoryEntry): number {
  let fd: number;
  try {
    fd = openFull(directory, entry);
  } catch (error) {
    throw failure(directory, entry, reasonOf(error), hintFor(-(errnoOf(error) ?? 0)));
  }
  try {
    // Root needs no permission bits; an ordinary owner does, to reach and to remove what is inside.
    if ((statDescriptor(fd).mode & 0o700) !== 0o700) fchmodSync(fd, 0o700);
  } catch {
    // Not ours to change. If it matters, the first removal says so.
  }
  return fd;
}

/** Opens a directory for reading, whatever its mode is; the caller's user must own it then. @throws SyscallError */
export function openFull(directory: number, entry: Pick<DirectoryEntry, "name">): number {
  try {
    return openBeneath(directory, entry.name, openFlags);
  } catch (error) {
    if (errnoOf(error) !== errno.EACCES) throw error;
  }
  reopen(directory, entry.name);
  return openBeneath(directory, entry.name, openFlags);
}

/** Gives its owner, who we are, access to a directory again, or the right to read a file. @throws SyscallError */
export function reopen(directory: number, name: string | Uint8Array): void {
  // Through a handle that is known to be what it is, so that it cannot become a link in between.
  const handle = openHandle(directory, name);
  try {
    const { mode } = statDescriptor(handle);
    const wanted = (mode & S.IFMT) === S.IFDIR ? 0o700 : (mode & S.IFMT) === S.IFREG ? (mode & 0o7777) | 0o400 : null;
    if (wanted !== null) chmodSync(`/proc/self/fd/${handle}`, wanted);
  } finally {
    closeDescriptor(handle);
  }
}

function openParent(fd: number, expected: string): number {
  let parent: number;
  try {
    parent = openAt(fd, "..", openFlags | O.NOFOLLOW);
  } catch (error) {
    throw new IsolateError("Io", `cannot remove a directory tree: its way back up is closed: ${reasonOf(error)}`, { cause: error });
  }
  if (identityOf(parent) === expected) return parent;
  closeDescriptor(parent);
  throw new IsolateError("Io", "cannot remove a directory tree: somebody moved a part of it meanwhile", {
    hint: "end every process that still works in it, then try again",
  });
}

function levelOf(fd: number): Level {
  return { fd, entries: readDirectory(fd), changed: false, child: null };
}

function closeUnless(top: number, fd: number): void {
  if (fd !== top) closeDescriptor(fd);
}

function failure(directory: number, entry: DirectoryEntry, why: string, hint?: string): IsolateError {
  const name = JSON.stringify(Buffer.from(entry.name).toString());
  return new IsolateError("Io", `cannot remove ${name}${placeOf(directory)}: ${why}`, hint === undefined ? {} : { hint });
}

/** Where a directory is, for the message only; nothing when its path is too long. */
function placeOf(fd: number): string {
  try {
    return ` in ${readlinkSync(`/proc/self/fd/${fd}`)}`;
  } catch {
    return "";
  }
}
