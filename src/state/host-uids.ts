/**
 * Which uids boxes have, for all state directories of the host: the kernel counts processes, signals and more by uid, whatever
 * directory a box is in.
 *
 *     /run/mini-isolate/uids/<uid>    locked (flock) while something runs under the uid (uid-claim.ts)
 *     /run/mini-isolate/boxes/<uid>   a link to the home of the box that the uid is written down for
 *
 * The links keep boxes of two state directories from getting the same uid, so that they can run at the same time. They are a
 * preference only: a missing one is made again at the next run, one that leads nowhere counts for nothing, and when one cannot
 * be made nothing fails. What keeps programs apart is the lock.
 */
import { lstatSync, readlinkSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname, basename } from "node:path";
import { O, S } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt, openWithoutLinks, statDescriptor } from "../kernel/files.ts";

/** Where all state directories of root meet. On a host with several mount namespaces: where those of one of them do. */
export const hostDirectory = "/run/mini-isolate";

/** An opened and checked directory of claims. */
export interface HostUids {
  /** Above `uids/` and `boxes/`. */
  readonly base: string;
  /** Descriptor of `uids/`, O_PATH. */
  readonly uids: number;
  /** Twice does no harm. */
  close(): void;
}

const flags = O.PATH | O.DIRECTORY;

/**
 * Opens the claims of the host, made with mode 0700 when they are missing. For root only.
 * @param make false: what is missing stays missing
 * @returns why there are none, where the host has no such place, or one that is not root's alone
 */
export function openHostUids(base = hostDirectory, make = true): HostUids | string {
  try {
    const uids = openOrMake(base, make);
    const fault = faultOf(uids);
    if (fault === null) return opened(base, uids);
    closeDescriptor(uids);
    return `${base}/uids ${fault}`;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return `${base}/uids: ${reasonOf(error)}`;
  }
}

function opened(base: string, uids: number): HostUids {
  let open = true;
  return {
    base,
    uids,
    close() {
      if (open) closeDescriptor(uids);
      open = false;
    },
  };
}

function openOrMake(base: string, make: boolean): number {
  try {
    return openWithoutLinks(`${base}/uids`, flags);
  } catch (error) {
    if (!make || errnoOf(error) !== errno.ENOENT) throw error;
  }
  const parent = openWithoutLinks(dirname(base), flags);
  try {
    if (faultOf(parent) === null) makeDirectories(parent, basename(base));
  } finally {
    closeDescriptor(parent);
  }
  return openWithoutLinks(`${base}/uids`, flags);
}

function makeDirectories(parent: number, name: string): void {
  makeUnlessThere(parent, name);
  const directory = openAt(parent, name, flags | O.NOFOLLOW);
  try {
    if (faultOf(directory) !== null) return;
    for (const below of ["uids", "boxes"]) makeUnlessThere(directory, below);
  } finally {
    closeDescriptor(directory);
  }
}

function makeUnlessThere(directory: number, name: string): void {
  try {
    makeDirectoryAt(directory, name, 0o700);
  } catch (error) {
    if (errnoOf(error) !== errno.EEXIST) throw error;
  }
}

/** What keeps a directory from being one that only root can change; null: nothing. */
function faultOf(fd: number): string | null {
  const { uid, mode } = statDescriptor(fd);
  if (uid !== 0) return `belongs to uid ${uid}`;
  return (mode & 0o022) === 0 ? null : `can be written by others (mode ${(mode & 0o7777).toString(8).padStart(4, "0")})`;
}

const linkOf = ({ base }: HostUids, uid: number): string => `${base}/boxes/${uid}`;

/** Whether a box that is there has this uid written down. */
export function isRecorded(host: HostUids, uid: number): boolean {
  try {
    // Through the link: a box that was removed by hand keeps nothing.
    return statSync(linkOf(host, uid), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return errnoOf(error) !== errno.ENOTDIR;
  }
}

/** Writes down whose uid it is, unless a box that is there has it already. Only with the uid claimed. */
export function recordUid(host: HostUids, uid: number, home: string): void {
  const link = linkOf(host, uid);
  if (targetOf(link) === home || isRecorded(host, uid)) return;
  try {
    removeLink(link);
    symlinkSync(home, link);
  } catch {
    // No more than a preference.
  }
}

/** Forgets whose uid it is when it is this box's. */
export function forgetUid(host: HostUids, uid: number, home: string): void {
  const link = linkOf(host, uid);
  if (targetOf(link) === home) removeLink(link);
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

function removeLink(link: string): void {
  try {
    if ((lstatSync(link).mode & S.IFMT) === S.IFLNK) unlinkSync(link);
  } catch {
    // It is gone.
  }
}
