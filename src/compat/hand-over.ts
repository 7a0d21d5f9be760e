/**
 * Gives everything in a box to another user: to the user of the box before a run, back to the caller after it.
 *
 * Each directory is listed as a whole before the next one is entered, so two descriptors are enough for any depth. The way back is `..`,
 * which must be the directory that was left. No process of the box is alive.
 */
import { O, S } from "../kernel/constants.ts";
import { DT, readDirectory } from "../kernel/directory.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, openBeneath, statDescriptor, statEntry, tryUnlinkAt } from "../kernel/files.ts";
import { fchownSync } from "../kernel/fs.ts";
import { tryChangeOwner } from "../kernel/owner.ts";
import { identityOf } from "../state/identity.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

interface Level {
  readonly identity: string;
  /** Directories in it that were not entered yet. */
  readonly left: Uint8Array[];
}

/**
 * @param path a directory of the box that only root can replace
 * @param keepSpecial false: links, pipes, sockets and devices are removed
 * @throws Failure
 */
export function handOver(path: string, name: string, uid: number, gid: number, keepSpecial: boolean): void {
  let fd: number;
  try {
    fd = openAt(-100, path, directoryFlags);
  } catch (error) {
    throw fatal(`Cannot open directory ${name}: ${errorWords(errnoOf(error) ?? 0)}`);
  }
  const levels: Level[] = [];
  const top = statDescriptor(fd).device;
  const enter = () => {
    fchownSync(fd, uid, gid);
    levels.push({ identity: identityOf(fd), left: ofDirectory(fd, uid, gid, keepSpecial) });
  };
  try {
    enter();
    while (levels.length > 0) {
      const next = levels.at(-1)!.left.pop();
      if (next !== undefined) {
        const below = openDirectory(fd, next, top);
        closeDescriptor(fd);
        fd = below;
        enter();
        continue;
      }
      levels.pop();
      const above = levels.at(-1);
      if (above === undefined) break;
      const parent = openAt(fd, "..", directoryFlags);
      closeDescriptor(fd);
      fd = parent;
      if (identityOf(fd) !== above.identity) throw fatal(`Cannot walk directory ${name}: it was moved meanwhile`);
    }
  } finally {
    closeDescriptor(fd);
  }
}

function openDirectory(fd: number, name: Uint8Array, device: bigint): number {
  const text = Buffer.from(name).toString();
  try {
    const below = openBeneath(fd, name, directoryFlags);
    if (statDescriptor(below).device === device) return below;
    closeDescriptor(below);
  } catch (error) {
    if (errnoOf(error) !== errno.EXDEV) throw fatal(`Cannot open directory ${text}: ${errorWords(errnoOf(error) ?? 0)}`);
  }
  throw fatal(`Unexpected mountpoint: ${text}`);
}

/** @returns the directories in it */
function ofDirectory(fd: number, uid: number, gid: number, keepSpecial: boolean): Uint8Array[] {
  const directories: Uint8Array[] = [];
  for (const { name, type } of readDirectory(fd)) {
    const kind = type !== DT.unknown ? type : typeOf(fd, name);
    if (kind === DT.directory) directories.push(name);
    else if (kind !== DT.regular && !keepSpecial) {
      const result = tryUnlinkAt(fd, name, 0);
      if (result < 0 && result !== -errno.ENOENT) throw fatal(`Cannot unlink ${Buffer.from(name).toString()}: ${errorWords(-result)}`);
    } else {
      const result = tryChangeOwner(fd, name, uid, gid);
      if (result < 0 && result !== -errno.ENOENT) throw fatal(`Cannot chown ${Buffer.from(name).toString()}: ${errorWords(-result)}`);
    }
  }
  return directories;
}

function typeOf(fd: number, name: Uint8Array): number {
  const type = (statEntry(fd, name)?.mode ?? 0) & S.IFMT;
  return type === S.IFDIR ? DT.directory : type === S.IFREG ? DT.regular : -1;
}
