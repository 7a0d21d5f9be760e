/** Which file it really is, whatever its name, and whose. */
import { O } from "../kernel/constants.ts";
import { openHandle } from "../kernel/directory.ts";
import { closeDescriptor, type FileStat, openAt, statDescriptor } from "../kernel/files.ts";

/** Device and inode of an open file: equal for the same file, and only as long as it exists. @throws SyscallError */
export function identityOf(fd: number): string {
  return identityIn(statDescriptor(fd));
}

/** As {@link identityOf}, of a file that was looked at already. */
export function identityIn({ device, inode }: FileStat): string {
  return `${device}:${inode}`;
}

/** Whether a directory is another one or lies below it, found by walking up from it. @throws SyscallError */
export function isWithin(fd: number, ancestor: number): boolean {
  const wanted = identityOf(ancestor);
  let at = openAt(fd, ".", O.PATH | O.DIRECTORY);
  try {
    for (let here = identityOf(at); here !== wanted; ) {
      const up = openAt(at, "..", O.PATH | O.DIRECTORY);
      closeDescriptor(at);
      at = up;
      const above = identityOf(at);
      // The root directory is its own parent.
      if (above === here) return false;
      here = above;
    }
    return true;
  } finally {
    closeDescriptor(at);
  }
}

/** Uid of an entry of a directory, even one that we may not open; null when it cannot be found out. */
export function ownerOf(directory: number, name: string): number | null {
  try {
    const handle = openHandle(directory, name);
    try {
      return statDescriptor(handle).uid;
    } finally {
      closeDescriptor(handle);
    }
  } catch {
    return null;
  }
}
