/**
 * The file that a program's output goes to: no other process can open it. It has no name that could be left, unless a checker has to be given
 * it by one: then it lies in a directory that is ours alone and is removed with that.
 */
import { fchmodSync, ftruncateSync } from "node:fs";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, setPosition, statDescriptor, tryUnlinkAt } from "../kernel/files.ts";
import { namedFault } from "../model/host-fault.ts";

export class OutputFile {
  readonly fd: number;
  /** null: it has no name. */
  readonly path: string | null;
  /** The program was to write a file, and there is none. */
  isMissing = false;

  /**
   * @param directory closed to others
   * @param name that it has there; null: none
   * @throws IsolateError when it cannot be made
   */
  constructor(directory: string, name: string | null = null) {
    this.path = name === null ? null : `${directory}/${name}`;
    try {
      this.fd = this.path === null ? openUnnamed(directory) : openNamed(this.path);
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

/** Others may read it where it is shown to them. */
const shownMode = 0o644;

function openNamed(path: string): number {
  const fd = openAt(AT_FDCWD, path, O.RDWR | O.CREAT | O.EXCL | O.NOFOLLOW, shownMode);
  fchmodSync(fd, shownMode);
  return fd;
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
