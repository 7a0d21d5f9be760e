/**
 * Which uids boxes have, for all state directories of the host: the kernel counts processes, signals and more by uid, whatever
 * directory a box is in.
 *
 *     /run/mini-isolate/uids/<uid>       locked (flock) while something runs under the uid (uid-claim.ts)
 *     /run/mini-isolate/uids/<uid>.box   a link to the home of the box that the uid is written down for
 *
 * The links keep boxes of two state directories from getting the same uid, so that they can run at the same time. They are a
 * preference only: a missing one is made again at the next run, one that leads nowhere counts for nothing, and when one cannot
 * be made nothing fails. What keeps programs apart is the lock.
 */
import { readdirSync, readlinkSync, symlinkSync } from "../kernel/fs.ts";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf, SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, entryExists, makeDirectoryAt, openAt, statDescriptor, tryUnlinkAt } from "../kernel/files.ts";

/** Where all state directories of root meet. On a host with several mount namespaces: where those of one of them do. */
export const hostDirectory = "/run/mini-isolate";

/** An opened and checked directory of claims. */
export interface HostUids {
  /** Absolute, for messages and for links. */
  readonly path: string;
  /** O_PATH. */
  readonly fd: number;
  /** Twice does no harm. */
  close(): void;
}

const flags = O.PATH | O.DIRECTORY | O.NOFOLLOW;

/**
 * Opens the claims of the host, made with mode 0700 when they are missing. For root only.
 * @param make false: what is missing stays missing
 * @returns why there are none, where the host has no such place, or one that is not root's alone
 */
export function openHostUids(base = hostDirectory, make = true): HostUids | string {
  return openHostPlace("uids", base, make);
}

/** As {@link openHostUids}, for claims on something else that a host has only once. */
export function openHostPlace(name: string, base = hostDirectory, make = true): HostUids | string {
  const path = `${base}/${name}`;
  try {
    const fd = openOrMakeAll(base, name, make);
    // What is on the way there is root's too, or others could make no more of it than lead us to another directory of root's.
    const fault = faultOf(fd);
    if (fault === null) return opened(path, fd);
    closeDescriptor(fd);
    return `${path} ${fault}`;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return `${path}: ${reasonOf(error)}`;
  }
}

function openOrMakeAll(base: string, place: string, make: boolean): number {
  try {
    return openAt(AT_FDCWD, `${base}/${place}`, flags);
  } catch (error) {
    if (!make || errnoOf(error) !== errno.ENOENT) throw error;
  }
  // Not imported: needed once for each start of the host.
  const { basename, dirname } = process.getBuiltinModule("node:path");
  let at = openAt(AT_FDCWD, dirname(base), flags);
  for (const name of [basename(base), place]) {
    const above = at;
    try {
      // Where others can make things, they can also be there first.
      if (faultOf(above) !== null) throw new SyscallError("mkdirat", errno.EACCES, name);
      at = openOrMake(above, name);
    } finally {
      closeDescriptor(above);
    }
  }
  return at;
}

function opened(path: string, fd: number): HostUids {
  let open = true;
  return {
    path,
    fd,
    close() {
      if (open) closeDescriptor(fd);
      open = false;
    },
  };
}

/** @throws SyscallError */
export function openOrMake(directory: number, name: string): number {
  try {
    return openAt(directory, name, flags);
  } catch (error) {
    if (errnoOf(error) !== errno.ENOENT) throw error;
  }
  try {
    makeDirectoryAt(directory, name, 0o700);
  } catch (error) {
    // Another process may have made it just now.
    if (errnoOf(error) !== errno.EEXIST) throw error;
  }
  return openAt(directory, name, flags);
}

/** What keeps a directory from being one that only root can change; null: nothing. */
function faultOf(fd: number): string | null {
  const { uid, mode } = statDescriptor(fd);
  if (uid !== 0) return `belongs to uid ${uid}`;
  return (mode & 0o022) === 0 ? null : `can be written by others (mode ${(mode & 0o7777).toString(8).padStart(4, "0")})`;
}

const linkName = (uid: number): string => `${uid}.box`;

/** Whether a box that is there has this uid written down. */
export function isRecorded(host: HostUids, uid: number): boolean {
  // Through the link: a box that was removed by hand keeps nothing.
  return entryExists(host.fd, linkName(uid));
}

/** The uids that some box has written down, as their names stand in the directory: of some, the box may be gone. */
export function recordedUids(host: HostUids): ReadonlySet<number> {
  try {
    return new Set(readdirSync(host.path).filter((name) => name.endsWith(".box")).map((name) => Number(name.slice(0, -4))));
  } catch {
    return new Set();
  }
}

/** Writes down whose uid it is, unless a box that is there has it already. Only with the uid claimed. */
export function recordUid(host: HostUids, uid: number, home: string): void {
  if (isRecorded(host, uid)) return;
  try {
    tryUnlinkAt(host.fd, linkName(uid), 0);
    symlinkSync(home, `${host.path}/${linkName(uid)}`);
  } catch {
    // No more than a preference.
  }
}

/** Forgets whose uid it is when it is this box's. */
export function forgetUid(host: HostUids, uid: number, home: string): void {
  try {
    if (readlinkSync(`${host.path}/${linkName(uid)}`) === home) tryUnlinkAt(host.fd, linkName(uid), 0);
  } catch {
    // There is none.
  }
}
