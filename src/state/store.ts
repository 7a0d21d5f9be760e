/**
 * instances.json, the records of all boxes. Readers need no lock: the file is only ever replaced as a whole, by rename.
 * Writers take `instances.lock` from before they read until after the rename, so no update is lost.
 */
import { fsyncSync, readSync } from "node:fs";
import { configError, type IsolateError } from "../model/errors.ts";
import { O, S } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, lockAndWait, openAt, renameAt, statDescriptor, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import { formatInstances, type Instances, maxBytes, parseInstances } from "./instances-text.ts";
import { ownerOf } from "./identity.ts";
import { ioFault } from "./io-fault.ts";
import { closedToUs, type StateDirectory } from "./state-dir.ts";

export type { Instances } from "./instances-text.ts";
export type { InstanceRecord } from "./instance-record.ts";

const fileName = "instances.json";
const lockName = "instances.lock";
/** One name for all writers, as there is only one at a time; begins with a dot, as no box id does. */
const newName = ".instances.json.new";

/**
 * The records of all boxes as they are now; none when the file is missing.
 * @throws IsolateError of kind Config when the file is not what we write (with its position; the file is left as it is), Io
 */
export function readInstances(state: StateDirectory): Instances {
  const path = `${state.path}/${fileName}`;
  let fd: number;
  try {
    fd = openAt(state.fd, fileName, O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return new Map();
    throw notOpened(state, fileName, error);
  }
  try {
    return parseInstances(readBounded(fd, path), path);
  } catch (error) {
    throw ioFault(`read ${path}`, error);
  } finally {
    closeDescriptor(fd);
  }
}

function waitForLock(fd: number, path: string): void {
  try {
    lockAndWait(fd);
  } catch (error) {
    throw ioFault(`lock ${path}`, error);
  }
}

/**
 * Changes the records under the lock, with no update of another process lost. `change` gets all records, and changes
 * the map; when it throws, or changes nothing, nothing is written.
 * @throws IsolateError as {@link readInstances}, and what `change` throws
 */
export function updateInstances(state: StateDirectory, change: (instances: Instances) => void): void {
  const lock = openLock(state);
  try {
    waitForLock(lock, `${state.path}/${lockName}`);
    const instances = readInstances(state);
    const before = formatInstances(instances);
    change(instances);
    const after = formatInstances(instances);
    if (after !== before) replaceFile(state, after);
  } finally {
    closeDescriptor(lock);
  }
}

function openLock(state: StateDirectory): number {
  try {
    return openAt(state.fd, lockName, O.RDWR | O.CREAT | O.NOFOLLOW | O.NONBLOCK, 0o600);
  } catch (error) {
    throw notOpened(state, lockName, error);
  }
}

function notOpened(state: StateDirectory, name: string, error: unknown): IsolateError {
  const path = `${state.path}/${name}`;
  const number = errnoOf(error);
  const owner = number === errno.EACCES ? ownerOf(state.fd, name) : null;
  if (owner !== null) return closedToUs(path, owner);
  if (number === errno.ELOOP || number === errno.ENXIO || number === errno.EISDIR) return configError(`cannot use ${path}: it is not a regular file`);
  return ioFault(`open ${path}`, error);
}

function readBounded(fd: number, path: string): Buffer {
  const stat = statDescriptor(fd);
  if ((stat.mode & S.IFMT) !== S.IFREG) throw configError(`cannot use ${path}: it is not a regular file`);
  if (stat.size > maxBytes) throw configError(`cannot use ${path}: ${stat.size} bytes, more than ${maxBytes}`, "remove it if it is not ours");
  // Files of ours never change once they have their name, so the size holds.
  const buffer = Buffer.alloc(stat.size);
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/** Puts a new file in the place of the old one; a crash leaves the one or the other, never a part. */
function replaceFile(state: StateDirectory, text: string): void {
  try {
    // Left by a writer that was killed: nobody else can be writing while we hold the lock.
    tryUnlinkAt(state.fd, newName, 0);
    const fd = openAt(state.fd, newName, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
    try {
      writeFully(fd, Buffer.from(text));
      fsyncSync(fd);
    } finally {
      closeDescriptor(fd);
    }
    renameAt(state.fd, newName, state.fd, fileName);
  } catch (error) {
    tryUnlinkAt(state.fd, newName, 0);
    throw ioFault(`write ${state.path}/${fileName}`, error);
  }
}
