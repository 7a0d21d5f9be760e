/**
 * Whether anything of a directory was changed since it was made: entries, mode, owner, attributes, times. The kernel writes the time of each
 * change down, and nobody can set it. Whether two changes one after the other get two times is tried: since Linux 6.13 they do on the usual file
 * systems, when somebody has looked in between; before, all changes of some milliseconds have one time.
 */
import { fchmodSync } from "../kernel/fs.ts";
import { S } from "../kernel/constants.ts";
import { statDescriptor } from "../kernel/files.ts";

/** A directory as it was. */
export interface Mark {
  readonly device: bigint;
  readonly inode: bigint;
  readonly changedNs: bigint;
}

/** More than once, as a new tick of the clock may begin between two changes. */
const tries = 8;

/** By file system. */
const known = new Map<bigint, boolean>();

/** @param fd of a directory that nobody else has yet @returns null when changes cannot be told apart here @throws SyscallError */
export function markOf(fd: number): Mark | null {
  const { device, mode } = statDescriptor(fd);
  let tellsAll = known.get(device);
  if (tellsAll === undefined) known.set(device, (tellsAll = tellsEachChange(fd, mode & ~S.IFMT)));
  if (!tellsAll) return null;
  const { inode, changedNs } = statDescriptor(fd);
  return { device, inode, changedNs };
}

function tellsEachChange(fd: number, mode: number): boolean {
  for (let count = 0; count < tries; count++) {
    const before = statDescriptor(fd).changedNs;
    fchmodSync(fd, mode);
    if (statDescriptor(fd).changedNs === before) return false;
  }
  return true;
}

/** @throws SyscallError */
export function isUnchanged(fd: number, mark: Mark): boolean {
  const { device, inode, changedNs } = statDescriptor(fd);
  return device === mark.device && inode === mark.inode && changedNs === mark.changedNs;
}
