/** A working directory outside the state directory (`init --dir PATH`): taken over for a box and given back. */
import { fchmodSync, fchownSync } from "../kernel/fs.ts";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { configError, type IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { AT_FDCWD, AT_REMOVEDIR, O, S } from "../kernel/constants.ts";
import { openHandle } from "../kernel/directory.ts";
import { errno, errnoOf, SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt, statDescriptor, tryUnlinkAt } from "../kernel/files.ts";
import type { Owner } from "./box.ts";
import { isWithin } from "../state/identity.ts";
import { ioFault } from "../state/io-fault.ts";
import { emptyDirectory } from "./remove-tree.ts";
import type { StateDirectory } from "../state/state-dir.ts";

/** A directory that is there and fit for use, not yet changed. */
export interface Workdir {
  /** Absolute, without `.`, `..` or a closing slash. */
  readonly path: string;
  /** We made it just now, with mode 0700. */
  readonly created: boolean;
  /** Its owner before {@link Workdir.giveTo}; to be written down before that. */
  readonly previousOwner: Owner;
  /** Gives the directory itself, nothing inside, to the user of a box. @throws IsolateError of kind Io */
  giveTo(owner: Owner): void;
  /** Takes back all that was done, for when `init` fails later, and closes. @throws IsolateError of kind Io */
  undo(): void;
  /** Closes the descriptor; twice does no harm. */
  close(): void;
}

/** What `init` wrote down about a working directory. */
export interface WorkdirRecord {
  readonly created: boolean;
  /** null: it was not changed. */
  readonly previousOwner: Owner | null;
  /** Uid that it was given to (or that it had, when it was not given). */
  readonly uid: number;
}

/** What became of a working directory; `left`: it is somebody else's by now, or was never changed, so nothing was done. */
export type WorkdirEnd = "removed" | "returned" | "gone" | "left";

const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/**
 * Opens the working directory, made when it is missing (its parent must exist).
 * @param path absolute
 * @throws IsolateError of kind Config when it is a file or a link, has no parent, cannot be opened, or is, contains or
 * lies in the state directory (a program that owns one of these could put something else in its place)
 */
export function prepareWorkdir(state: StateDirectory, path: string): Workdir {
  const { clean, parentPath, name } = split(path);
  let parent: number;
  try {
    parent = openAt(AT_FDCWD, parentPath, O.PATH | O.DIRECTORY);
  } catch (error) {
    throw refused(clean, `its parent directory ${parentPath} cannot be opened`, error);
  }
  try {
    const { fd, created } = openOrMake(parent, name, clean);
    try {
      if (created) fchmodSync(fd, 0o700);
      if (isWithin(fd, state.fd) || isWithin(state.fd, fd)) throw unusable(clean, `it would give the program a hold on ${state.path}`);
      return workdirOf(fd, clean, created);
    } catch (error) {
      closeDescriptor(fd);
      if (created) tryUnlinkAt(parent, name, AT_REMOVEDIR);
      throw ioFault(`use working directory ${clean}`, error);
    }
  } finally {
    closeDescriptor(parent);
  }
}

/**
 * Removes a working directory that we made, with everything in it, or gives another one back to its owner. No process
 * of the box may be alive.
 * @throws IsolateError of kind Io
 */
export function releaseWorkdir(path: string, record: WorkdirRecord): WorkdirEnd {
  const { clean, parentPath, name } = split(path);
  const opened: number[] = [];
  try {
    const fd = openBelow(parentPath, name, opened);
    if (typeof fd !== "number") return fd;
    const parent = opened[0]!;
    const { uid } = statDescriptor(fd);
    // An init that was killed between writing down and giving away leaves it empty and as it was made.
    const asMade = record.created && uid === record.previousOwner?.uid;
    if (uid !== record.uid && !asMade) return "left";
    if (!record.created) return giveBack(fd, record.previousOwner);
    if (uid === record.uid) emptyDirectory(fd);
    // Not removeTree: should the name lead elsewhere by now, then only to something empty.
    const result = tryUnlinkAt(parent, name, AT_REMOVEDIR);
    if (result === -errno.ENOTEMPTY && asMade) return "left";
    if (result < 0 && result !== -errno.ENOENT) throw new SyscallError("unlinkat", -result, clean);
    return "removed";
  } catch (error) {
    throw ioFault(`give back working directory ${clean}`, error);
  } finally {
    for (const fd of opened) closeDescriptor(fd);
  }
}

/** Opens a directory and its parent, to be closed by the caller; or says what there is instead. @throws SyscallError */
function openBelow(parentPath: string, name: string, opened: number[]): number | "gone" | "left" {
  try {
    opened.push(openAt(AT_FDCWD, parentPath, O.PATH | O.DIRECTORY));
    opened.push(openAt(opened[0]!, name, flags));
    return opened[1]!;
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return "gone";
    if (errnoOf(error) === errno.ENOTDIR || errnoOf(error) === errno.ELOOP) return "left";
    throw error;
  }
}

function giveBack(fd: number, previous: Owner | null): WorkdirEnd {
  if (previous === null) return "left";
  fchownSync(fd, previous.uid, previous.gid);
  return "returned";
}

function workdirOf(fd: number, path: string, created: boolean): Workdir {
  const { uid, gid } = statDescriptor(fd);
  const previousOwner = { uid, gid };
  let current = uid;
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeDescriptor(fd);
    isOpen = false;
  };
  return {
    path,
    created,
    previousOwner,
    giveTo(owner) {
      try {
        fchownSync(fd, owner.uid, owner.gid);
        current = owner.uid;
      } catch (error) {
        throw ioFault(`give working directory ${path} to uid ${owner.uid}`, error);
      }
    },
    undo() {
      close();
      releaseWorkdir(path, { created, previousOwner, uid: current });
    },
    close,
  };
}

function split(path: string): { clean: string; parentPath: string; name: string } {
  if (!isAbsolute(path) || path.includes("\0")) throw unusable(JSON.stringify(path), "it is not an absolute path");
  // Also takes a closing slash away, behind which a link would be followed.
  const clean = resolve(path);
  if (clean === "/") throw unusable(clean, "it is the root directory");
  return { clean, parentPath: dirname(clean), name: basename(clean) };
}

function openOrMake(parent: number, name: string, clean: string): { fd: number; created: boolean } {
  try {
    return { fd: openAt(parent, name, flags), created: false };
  } catch (error) {
    if (errnoOf(error) !== errno.ENOENT) throw notOpened(clean, parent, name, error);
  }
  let created = true;
  try {
    makeDirectoryAt(parent, name, 0o700);
  } catch (error) {
    // Somebody made it just now: then it is theirs.
    if (errnoOf(error) !== errno.EEXIST) throw refused(clean, "it cannot be made", error);
    created = false;
  }
  try {
    return { fd: openAt(parent, name, flags), created };
  } catch (error) {
    throw notOpened(clean, parent, name, error);
  }
}

function notOpened(clean: string, parent: number, name: string, error: unknown): IsolateError {
  if (errnoOf(error) !== errno.ENOTDIR && errnoOf(error) !== errno.ELOOP) return refused(clean, "it cannot be opened", error);
  const handle = openHandle(parent, name);
  try {
    return unusable(clean, (statDescriptor(handle).mode & S.IFMT) === S.IFLNK ? "it is a symbolic link" : "it is not a directory");
  } finally {
    closeDescriptor(handle);
  }
}

const advice = "name a directory that the box may have to itself";

function unusable(path: string, why: string): IsolateError {
  return configError(`cannot use working directory ${path}: ${why}`, advice);
}

function refused(path: string, why: string, error: unknown): IsolateError {
  return namedFault(`use working directory ${path}: ${why}`, error, advice);
}
