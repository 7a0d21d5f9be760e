/**
 * A little room that the state directory keeps for itself. A program can fill the disk that its box lies on, and then nothing could be
 * written down any more: not the journal of the next run, not even that a box is gone. So a few files of ours hold some room, and are given up
 * when a write of ours finds none. Several files, as a disk can run out of inodes, too.
 */
import { AT_REMOVEDIR, O } from "../kernel/constants.ts";
import { closeDescriptor, makeDirectoryAt, openAt, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import { isFullDisk } from "./io-fault.ts";
import type { StateDirectory } from "./state-dir.ts";

/** Begins with a dot, as no box id does. */
const directoryName = ".reserve";
const fileCount = 8;
const fileBytes = 32 * 1024;

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;
const nameOf = (index: number) => String(index);

/** Makes the reserve if it is not there and there is room for it. Never throws: it is a precaution. */
export function keepReserve(state: StateDirectory): void {
  if (isWhole(state)) return;
  try {
    giveUpReserve(state);
    makeDirectoryAt(state.fd, directoryName, 0o700);
    const directory = openAt(state.fd, directoryName, directoryFlags);
    try {
      // No zeros, which some file systems do not keep.
      const content = crypto.getRandomValues(new Uint8Array(fileBytes));
      for (let index = 0; index < fileCount; index++) {
        const fd = openAt(directory, nameOf(index), O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
        try {
          writeFully(fd, content);
        } finally {
          closeDescriptor(fd);
        }
      }
    } finally {
      closeDescriptor(directory);
    }
  } catch {
    // What little room there is is not for us then.
    giveUpReserve(state);
  }
}

/** The last file is made last. */
function isWhole(state: StateDirectory): boolean {
  try {
    closeDescriptor(openAt(state.fd, `${directoryName}/${nameOf(fileCount - 1)}`, O.PATH | O.NOFOLLOW));
    return true;
  } catch {
    return false;
  }
}

/** @returns whether something was given up */
function giveUpReserve(state: StateDirectory): boolean {
  let directory: number;
  try {
    directory = openAt(state.fd, directoryName, directoryFlags);
  } catch {
    return false;
  }
  let given = false;
  for (let index = fileCount - 1; index >= 0; index--) given = tryUnlinkAt(directory, nameOf(index), 0) === 0 || given;
  closeDescriptor(directory);
  tryUnlinkAt(state.fd, directoryName, AT_REMOVEDIR);
  return given;
}

/**
 * Makes a write of ours. When the disk is full it gives up the reserve and tries once more, so `write` must be able to start again.
 * @throws what `write` throws
 */
export function withReserve<T>(state: StateDirectory, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!isFullDisk(error) || !giveUpReserve(state)) throw error;
    return write();
  }
}
