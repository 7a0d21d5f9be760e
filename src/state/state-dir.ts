/**
 * The state directory: where instances, locks, uid claims and boxes are kept.
 *
 *     <state>/instances.json   the records (store.ts)      <state>/locks/<id>   box locks (lock.ts)
 *     <state>/instances.lock   held while they change      <state>/uids/<uid>   uid claims (uids.ts)
 *     <state>/<id>/box         working directory of a box (box.ts)        <state>/.root   mount point for launchers
 *     <state>/.reserve         room that is given up when the disk is full (reserve.ts)
 *
 * It may lie in /tmp, where others can get there first: so it is entered once, checked on the descriptor,
 * and everything below is reached from that descriptor.
 */
import { resolve } from "node:path";
import { configError, type IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { openHandle } from "../kernel/directory.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt, statDescriptor } from "../kernel/files.ts";

/** An opened and checked state directory. The descriptors are O_PATH: to start from, not to read. */
export interface StateDirectory {
  /** Absolute, for messages and for the launcher. */
  readonly path: string;
  readonly fd: number;
  /** Descriptor of `locks/`. */
  readonly locks: number;
  /** Descriptor of `uids/`. */
  readonly uids: number;
  /** Closes the descriptors; twice does no harm. Locks and claims taken from it stay held. */
  close(): void;
}

const hint = "choose another place with --state-dir";

/**
 * Opens the state directory, made with mode 0700 when it is missing (its parent must exist).
 * @throws IsolateError of kind Config when it is not a real directory, belongs to somebody else than root or us,
 * can be written by others, is closed to us, or cannot be made
 */
export function openStateDirectory(path: string): StateDirectory {
  if (path === "" || path.includes("\0")) throw configError(`cannot use state directory ${JSON.stringify(path)}: not a path`);
  // Also takes a closing slash away, behind which a link would be followed.
  const absolute = resolve(path);
  const opened: number[] = [];
  const open = (directory: number, name: string, shown: string): number => {
    const fd = openOrMake(directory, name, shown);
    opened.push(fd);
    checkTrust(fd, shown);
    return fd;
  };
  try {
    const fd = open(AT_FDCWD, absolute, absolute);
    const locks = open(fd, "locks", `${absolute}/locks`);
    const uids = open(fd, "uids", `${absolute}/uids`);
    return { path: absolute, fd, locks, uids, close: () => closeAll(opened) };
  } catch (error) {
    const first = opened[0];
    const fault = errnoOf(error) === errno.EACCES && first !== undefined ? closedToUs(absolute, statDescriptor(first).uid) : error;
    closeAll(opened);
    throw fault;
  }
}

function closeAll(descriptors: number[]): void {
  for (const fd of descriptors.splice(0)) closeDescriptor(fd);
}

/** The error for something in the state directory that the kernel keeps us out of. */
export function closedToUs(path: string, owner: number): IsolateError {
  return configError(`cannot use ${path}: it belongs to uid ${owner} and is closed to us`, "use a state directory of your own (--state-dir)");
}

const flags = O.PATH | O.DIRECTORY | O.NOFOLLOW;

/** @throws IsolateError, or the plain SyscallError EACCES of a directory that we may not search */
function openOrMake(directory: number, name: string, shown: string): number {
  try {
    return openAt(directory, name, flags);
  } catch (error) {
    if (errnoOf(error) !== errno.ENOENT) throw notOpened(directory, name, shown, error);
  }
  try {
    makeDirectoryAt(directory, name, 0o700);
  } catch (error) {
    // Another process may have made it just now.
    if (errnoOf(error) !== errno.EEXIST) throw notMade(directory, shown, error);
  }
  try {
    return openAt(directory, name, flags);
  } catch (error) {
    throw notOpened(directory, name, shown, error);
  }
}

function notMade(directory: number, shown: string, error: unknown): unknown {
  if (directory !== AT_FDCWD && errnoOf(error) === errno.EACCES) return error;
  const parentMissing = errnoOf(error) === errno.ENOENT ? "make its parent directory first" : hint;
  return namedFault(`create state directory ${shown}`, error, parentMissing);
}

function notOpened(directory: number, name: string, shown: string, error: unknown): unknown {
  const number = errnoOf(error);
  if (number === errno.EACCES && directory !== AT_FDCWD) return error;
  if (number !== errno.ENOTDIR && number !== errno.ELOOP) return namedFault(`open state directory ${shown}`, error, hint);
  return configError(`cannot use state directory ${shown}: ${isLink(directory, name) ? "it is a symbolic link" : "it is not a directory"}`, hint);
}

function isLink(directory: number, name: string): boolean {
  try {
    const handle = openHandle(directory, name);
    try {
      return (statDescriptor(handle).mode & S.IFMT) === S.IFLNK;
    } finally {
      closeDescriptor(handle);
    }
  } catch {
    return false; // Gone or a component before it is no directory.
  }
}

function checkTrust(fd: number, shown: string): void {
  const stat = statDescriptor(fd);
  const us = process.geteuid!();
  if (stat.uid !== 0 && stat.uid !== us) {
    const closed = us !== 0 && (stat.mode & 0o001) === 0;
    if (closed) throw closedToUs(`state directory ${shown}`, stat.uid);
    throw configError(`cannot use state directory ${shown}: it belongs to uid ${stat.uid}, which is neither root nor us (uid ${us})`, hint);
  }
  if ((stat.mode & 0o022) !== 0) {
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, "0");
    throw configError(`cannot use state directory ${shown}: others can write to it (mode ${mode})`, `take that right away: chmod go-w ${shown}`);
  }
}
