/**
 * The lock and the record of a box, `<lock_root>/<id>`, in the form of version 2 of `isolate`: magic number, uid of the owner (32 bits each),
 * whether it has control groups, whether it is complete, two bytes of ours. The keeper alone holds the lock (flock), so its end frees the box.
 */
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, lockAndWait, openAt, tryLock } from "../kernel/files.ts";

import { readSync, writeSync } from "../kernel/fs.ts";
import type { Waiter } from "../model/waiting.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";
import { makeDirectories } from "./directories.ts";

export interface BoxRecord {
  readonly ownerUid: number;
  readonly cg: boolean;
  readonly initialised: boolean;
  /** A run has begun and not come to its end: what it left may still be there. */
  readonly running: boolean;
}

const magic = 0x4873_6f6c;
const recordBytes = 12;

export interface HeldBox {
  /** null: there is no box, or one that another program made without a record. */
  readonly record: BoxRecord | null;
  write(record: BoxRecord): void;
  /** The box is gone. */
  clear(): void;
  release(): void;
}

/** A keeper carries out what its client was killed in the middle of to its end: so long the next command may have to wait. */
const patienceMs = 500;

/** @param wait until nobody has it @param waiter of a keeper, whose thread may not stop @throws Failure */
export async function holdBox(lockRoot: string, id: number, wait: boolean, waiter: Waiter | null): Promise<HeldBox> {
  const path = `${lockRoot}/${id}`;
  let fd: number;
  try {
    fd = openLock(lockRoot, path);
  } catch (error) {
    throw fatal(`Cannot open lock file ${path}: ${errorWords(errnoOf(error) ?? 0)}`);
  }
  if (wait) lockAndWait(fd);
  else if (!(await isLocked(fd, waiter))) {
    closeDescriptor(fd);
    throw fatal("This box is currently in use by another process");
  }
  return {
    record: readRecord(fd, path),
    write(record) {
      const bytes = Buffer.alloc(recordBytes);
      bytes.writeUInt32LE(magic, 0);
      bytes.writeUInt32LE(record.ownerUid, 4);
      bytes[8] = record.cg ? 1 : 0;
      bytes[9] = record.initialised ? 1 : 0;
      bytes[10] = record.running ? 1 : 0;
      writeSync(fd, bytes, 0, recordBytes, 0);
    },
    clear: () => closeDescriptor(openAt(AT_FDCWD, path, O.WRONLY | O.TRUNC | O.NOFOLLOW)),
    release: () => closeDescriptor(fd),
  };
}

/** The directory is there but for the first time. @throws SyscallError, Failure */
function openLock(lockRoot: string, path: string): number {
  const open = () => openAt(AT_FDCWD, path, O.RDWR | O.CREAT | O.NOFOLLOW | O.NONBLOCK, 0o600);
  try {
    return open();
  } catch (error) {
    if (errnoOf(error) !== errno.ENOENT) throw error;
  }
  makeDirectories(lockRoot, 0o700);
  return open();
}

async function isLocked(fd: number, waiter: Waiter | null): Promise<boolean> {
  for (const deadline = performance.now() + patienceMs; !tryLock(fd); await waiter.wait([], 2)) if (waiter === null || performance.now() > deadline) return false;
  return true;
}

function readRecord(fd: number, path: string): BoxRecord | null {
  const bytes = Buffer.alloc(recordBytes + 1);
  const size = readSync(fd, bytes, 0, bytes.length, 0);
  if (size === 0) return null;
  if (size !== recordBytes || bytes.readUInt32LE(0) !== magic) throw fatal(`Cannot use lock file ${path}: it is not one of isolate`);
  return { ownerUid: bytes.readUInt32LE(4), cg: bytes[8] === 1, initialised: bytes[9] === 1, running: bytes[10] === 1 };
}
