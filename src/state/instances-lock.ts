/** The lock of those who change instances.json, and what is wrong with a file of the state directory that cannot be opened. */
import { configError, IsolateError } from "../model/errors.ts";
import { O } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, statDescriptor, tryLock } from "../kernel/files.ts";
import { ownerOf } from "./identity.ts";
import { ioFault } from "./io-fault.ts";
import { flockHolder } from "./lock-holder.ts";
import { closedToUs, type StateDirectory } from "./state-dir.ts";

const lockName = "instances.lock";

/** Writers have it for moments, even among thousands of boxes. One that is stopped while it has it must not stop all others for ever. */
const lockPatienceMs = 30_000;

/** Calls `change` while nobody else changes the records. @throws IsolateError of kind LockBusy when another writer does not come to its end, Io */
export function withRecordsLocked(state: StateDirectory, change: () => void, patienceMs = lockPatienceMs): void {
  const lock = openLock(state);
  try {
    waitForLock(lock, `${state.path}/${lockName}`, patienceMs);
    change();
  } finally {
    closeDescriptor(lock);
  }
}

function waitForLock(fd: number, path: string, patienceMs: number): void {
  const started = performance.now();
  try {
    for (let pauseMs = 0.5; !tryLock(fd); pauseMs = Math.min(pauseMs * 1.5, 5)) {
      if (performance.now() - started > patienceMs) throw heldTooLong(fd, path, patienceMs);
      Bun.sleepSync(pauseMs);
    }
  } catch (error) {
    throw ioFault(`lock ${path}`, error);
  }
}

function heldTooLong(fd: number, path: string, patienceMs: number): IsolateError {
  const pid = flockHolder(statDescriptor(fd).inode);
  const who = pid === null ? "another process" : `process ${pid}`;
  return new IsolateError("LockBusy", `cannot lock ${path}: ${who} has had it for more than ${patienceMs / 1000} s`, {
    hint: pid === null ? "find out who has it (/proc/locks), and let it go on or end it" : `it may be stopped: let it go on (kill -CONT ${pid}), or end it`,
  });
}

function openLock(state: StateDirectory): number {
  try {
    return openAt(state.fd, lockName, O.RDWR | O.CREAT | O.NOFOLLOW | O.NONBLOCK, 0o600);
  } catch (error) {
    throw notOpened(state, lockName, error);
  }
}

/** Why a file of the state directory could not be opened. */
export function notOpened(state: StateDirectory, name: string, error: unknown): IsolateError {
  const path = `${state.path}/${name}`;
  const number = errnoOf(error);
  const owner = number === errno.EACCES ? ownerOf(state.fd, name) : null;
  if (owner !== null) return closedToUs(path, owner);
  if (number === errno.ELOOP || number === errno.ENXIO || number === errno.EISDIR) return configError(`cannot use ${path}: it is not a regular file`);
  return ioFault(`open ${path}`, error);
}
