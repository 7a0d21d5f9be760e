/** The directories of a box: `<state>/<id>` with `box` (the working directory) in it. */
import { fchmodSync, fchownSync } from "../kernel/fs.ts";
import { configError } from "../model/errors.ts";
import { O } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt } from "../kernel/files.ts";
import { checkBoxId } from "../model/box-id.ts";
import { ioFault } from "../state/io-fault.ts";
import { removeTree } from "./remove-tree.ts";
import { isUnchanged, type Mark, markOf } from "./unchanged.ts";

export type { Mark } from "./unchanged.ts";
import type { StateDirectory } from "../state/state-dir.ts";

/** Absolute paths of a box's directories. */
export interface BoxPaths {
  /** `<state>/<id>`, mode 0700, ours: keeps everybody else out of the rest. */
  readonly home: string;
  /** Working directory of the program, when the box has not got another one. */
  readonly work: string;
  /** Where launchers mount the new root: the same for all boxes, and always empty. */
  readonly root: string;
}

/** Who a directory is given to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One for all boxes: every launcher mounts on it in a mount namespace of its own. No box id begins with a dot. */
const mountPointName = ".root";

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** Where launchers of a state directory mount the new root. */
export function mountPoint(stateDir: string): string {
  return `${stateDir}/${mountPointName}`;
}

/** Where the directories of a box are or would be. @throws IsolateError of kind Config for an unusable id */
export function boxPaths(state: StateDirectory, id: string): BoxPaths {
  const home = `${state.path}/${checkBoxId(id)}`;
  return { home, work: `${home}/box`, root: mountPoint(state.path) };
}

/**
 * Makes the directories of a box, all with mode 0700, and gives the working directory to `owner` (null: keep it).
 * Only with the box's lock held.
 * @throws IsolateError of kind Config when there is something already, Io otherwise; nothing of ours is left then
 */
export function createBox(state: StateDirectory, id: string, owner: Owner | null): BoxPaths {
  const paths = boxPaths(state, id);
  makeMountPoint(state, paths.root);
  try {
    makeDirectoryAt(state.fd, id, 0o700);
  } catch (error) {
    if (errnoOf(error) !== errno.EEXIST) throw ioFault(`create box ${id} in ${paths.home}`, error);
    throw configError(`cannot create box ${id}: ${paths.home} is there already`, `remove it with: mini-isolate cleanup --box-id ${id}`);
  }
  try {
    const home = openExact(state.fd, id);
    try {
      makeOwnedDirectory(home, "box", owner);
    } finally {
      closeDescriptor(home);
    }
  } catch (error) {
    removeTree(state.fd, id);
    throw ioFault(`create box ${id} in ${paths.home}`, error);
  }
  return paths;
}

/**
 * An empty working directory in place of the one that is there, with nothing left of it: not even its mode or its attributes. One that nobody
 * has changed stays. Only with the box's lock held, no process of the box alive, and nothing mounted there.
 * @param mark what the last call returned; null: there was none
 * @returns for the next call; null: it cannot be told whether somebody changes the directory
 * @throws IsolateError of kind Io; the box may be without its working directory then
 */
export function renewWorkdir(state: StateDirectory, id: string, owner: Owner | null, mark: Mark | null): Mark | null {
  const { work } = boxPaths(state, id);
  try {
    const home = openExact(state.fd, id);
    try {
      if (mark !== null && isStill(home, mark)) return mark;
      removeTree(home, "box");
      makeOwnedDirectory(home, "box", owner);
      return withWork(home, markOf);
    } finally {
      closeDescriptor(home);
    }
  } catch (error) {
    throw ioFault(`empty ${work}`, error);
  }
}

function isStill(home: number, mark: Mark): boolean {
  try {
    return withWork(home, (work) => isUnchanged(work, mark));
  } catch (error) {
    // A program under our own uid can close it to us.
    if (errnoOf(error) === null) throw error;
    return false;
  }
}

function withWork<T>(home: number, use: (work: number) => T): T {
  const work = openAt(home, "box", directoryFlags);
  try {
    return use(work);
  } finally {
    closeDescriptor(work);
  }
}

function makeMountPoint(state: StateDirectory, path: string): void {
  try {
    makeOwnedDirectory(state.fd, mountPointName, null);
  } catch (error) {
    if (errnoOf(error) !== errno.EEXIST) throw ioFault(`create ${path}`, error);
  }
}

/** Whether the directory of a box is there. */
export function boxExists(state: StateDirectory, id: string): boolean {
  try {
    closeDescriptor(openAt(state.fd, checkBoxId(id), O.PATH | O.DIRECTORY | O.NOFOLLOW));
    return true;
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT || errnoOf(error) === errno.ENOTDIR) return false;
    throw ioFault(`look for box ${id}`, error);
  }
}

/**
 * Removes `<state>/<id>` and everything below. Only with the box's lock held and no process of the box alive.
 * @param onRemoved as for {@link removeTree}
 * @returns false when there was nothing to remove
 * @throws IsolateError of kind Io
 */
export function removeBox(state: StateDirectory, id: string, onRemoved?: () => void): boolean {
  return removeTree(state.fd, checkBoxId(id), onRemoved);
}

/** Makes a directory with mode 0700, whatever the umask, and gives it to `owner` (null: keep it). @throws SyscallError */
export function makeOwnedDirectory(directory: number, name: string, owner: Owner | null): void {
  makeDirectoryAt(directory, name, 0o700);
  const fd = openExact(directory, name);
  try {
    if (owner !== null) fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeDescriptor(fd);
  }
}

function openExact(directory: number, name: string): number {
  const fd = openAt(directory, name, directoryFlags);
  // An unusual umask of the caller must not close the box to its own program.
  fchmodSync(fd, 0o700);
  return fd;
}
