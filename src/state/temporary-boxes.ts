/**
 * A list of the temporary boxes: an empty file `.temporary/<id>` each. A box is on it from before its lock is made until after the
 * lock is removed, so the list has those whose maker was killed, too. Other lists have them as well, but these grow with the
 * boxes that stay, and every run would have to go through them.
 */
import { readdirSync, statSync } from "../kernel/fs.ts";
import { O } from "../kernel/constants.ts";
import { isEmptyDirectory } from "../kernel/directory.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt, tryUnlinkAt } from "../kernel/files.ts";
import type { StateDirectory } from "./state-dir.ts";

const directoryName = ".temporary";
const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW;

/** Puts a box on the list. When that is not possible, the box can be used all the same: only `cleanup --all` finds it then if we are killed. */
export function listTemporary(state: StateDirectory, id: string): void {
  try {
    closeDescriptor(openListed(state, `${directoryName}/${id}`));
  } catch (error) {
    if (errnoOf(error) === null) throw error;
  }
}

function openListed(state: StateDirectory, path: string): number {
  try {
    return openAt(state.fd, path, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) !== errno.ENOENT) throw error;
  }
  makeTemporaryList(state);
  return openAt(state.fd, path, flags, 0o600);
}

/** Makes the list, empty; one that is there is fine. With the first box that stays, so that no run with a temporary box changes what is in the state directory. */
export function makeTemporaryList(state: StateDirectory): void {
  try {
    makeDirectoryAt(state.fd, directoryName, 0o700);
  } catch {
    // It is there, or it cannot be made: then the box cannot either, and that is told.
  }
}

/** Takes a box off the list; one that is not there is fine. */
export function unlistTemporary(state: StateDirectory, id: string): void {
  tryUnlinkAt(state.fd, `${directoryName}/${id}`, 0);
}

/** Whether any box is on the list: what a run asks that has just taken its own off. */
export function someListed(state: StateDirectory): boolean {
  let fd: number;
  try {
    fd = openAt(state.fd, directoryName, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return false;
  }
  try {
    return !isEmptyDirectory(fd);
  } finally {
    closeDescriptor(fd);
  }
}

/** Ids on the list, in no order. */
export function listedTemporary(state: StateDirectory): string[] {
  try {
    return readdirSync(`${state.path}/${directoryName}`);
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return [];
    throw error;
  }
}

/** How long a box has been on the list; null: it is not. */
export function listedForMs(state: StateDirectory, id: string): number | null {
  const stat = statSync(`${state.path}/${directoryName}/${id}`, { throwIfNoEntry: false });
  return stat === undefined ? null : Date.now() - stat.mtimeMs;
}
