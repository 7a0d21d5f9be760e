/** The file that a program's output goes to: no other process can open it, and it has no name that could be left. */
import { ftruncateSync } from "node:fs";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, setPosition, statDescriptor, tryUnlinkAt } from "../kernel/files.ts";
import { namedFault } from "../model/host-fault.ts";

export class OutputFile {
  readonly fd: number;
  /** The program was to write a file, and there is none. */
  isMissing = false;

  /** @param directory of the state, which is closed to others @throws IsolateError when it cannot be made */
  constructor(directory: string) {
    try {
      this.fd = openUnnamed(directory);
    } catch (error) {
      throw namedFault(`make a file for the output in ${directory}`, error);
    }
  }

  /** Nothing of the run before stays. @throws SyscallError */
  empty(): void {
    ftruncateSync(this.fd, 0);
    setPosition(this.fd, 0);
    this.isMissing = false;
  }

  /** Bytes. */
  get size(): number {
    return statDescriptor(this.fd).size;
  }

  close(): void {
    closeDescriptor(this.fd);
  }
}

let made = 0;

function openUnnamed(directory: string): number {
  try {
    return openAt(AT_FDCWD, directory, O.TMPFILE | O.RDWR | O.EXCL, 0o600);
  } catch (error) {
    if (errnoOf(error) !== errno.EOPNOTSUPP && errnoOf(error) !== errno.EISDIR) throw error;
  }
  const path = `${directory}/.output-${process.pid}-${made++}`;
  const fd = openAt(AT_FDCWD, path, O.RDWR | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
  tryUnlinkAt(AT_FDCWD, path, 0);
  return fd;
}
