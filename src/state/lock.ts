/**
 * The lock of a box: whoever holds it may run in the box, change it or remove it. The lock itself is flock(2) on
 * `locks/<id>`, so the kernel releases it when the holder dies, however it dies; the record in the file only says
 * whose the box is, who holds it, and what a holder that died has left. Those who wait stand in line (lock-line.ts).
 */
import { configError, IsolateError } from "../model/errors.ts";
import { checkBoxId } from "../model/box-id.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, tryLock } from "../kernel/files.ts";
import { callerUid, ownPidNamespace } from "../kernel/caller.ts";
import { identityOf, ownerOf } from "./identity.ts";
import { ioFault } from "./io-fault.ts";
import { tryLockFile, unlinkAndClose } from "./lock-file.ts";
import { takeInTurn } from "./lock-line.ts";
import { type LockRecord, readRecord, writeRecord } from "./lock-record.ts";
import type { StateDirectory } from "./state-dir.ts";

/** A lock that this process holds. */
export interface BoxLock {
  readonly fd: number;
  /** The record as it was found, null when the lock file is new. */
  readonly record: LockRecord | null;
  /** The last holder died without releasing: its run may have left something behind. */
  readonly orphaned: boolean;
  /** Writes down whether the box is complete. @throws IsolateError of kind Io */
  markInitialised(flag: boolean): void;
  /** Gives the box free. Does nothing when already released. */
  release(): void;
  /** Gives the box free and removes the lock file. Does nothing when already released. @throws IsolateError of kind Io */
  releaseAndRemove(): void;
}

export interface LockOptions {
  /** Wait until the box is free, for as long as it takes; blocks the thread. Otherwise LockBusy at once. */
  readonly wait: boolean;
  /** Make the lock file when there is none; otherwise that is an error. */
  readonly create: boolean;
  /** Told once, before the waiting begins, who has the box. */
  readonly onWait?: (line: string) => void;
}

/** How long the holder gets to write its pid after it took the lock, only for the sake of the message. */
const pidGraceMs = 50;

/**
 * Lock files that this process itself holds, by their device and inode: a second run in the same process can
 * never see the end of the first by waiting, since waiting stops the thread that the first one needs.
 */
const heldHere = new Set<string>();

let forOthers = false;

/** From now on this process runs for other processes, and its runs know as little of each other as these do. */
export function lockForOthers(): void {
  forOthers = true;
}

/**
 * Takes the lock of a box and writes our pid into its record.
 * @throws IsolateError: LockBusy when another process holds it; Config when the box belongs to another user (root may
 * take every box), when the file is not a lock of ours (it is left as it is), or when it is missing and not to be made; Io
 */
export function acquireBoxLock(state: StateDirectory, id: string, options: LockOptions): BoxLock {
  checkBoxId(id);
  const path = `${state.path}/locks/${id}`;
  let told = false;
  const inTurn = (fd: number): boolean =>
    takeInTurn(fd, () => {
      const record = readOwned(id, fd, path);
      const ours = heldHere.has(identityOf(fd));
      const fault = busy(id, record, ours);
      if (ours) throw fault;
      if (!told) options.onWait?.(`${fault.message}: waiting`);
      told = true;
    });
  const started = performance.now();
  for (;;) {
    const attempt = attemptLock(state, id, path, options.create, options.wait ? inTurn : tryLock);
    if (attempt.kind === "missing") {
      throw configError(`cannot lock box ${id}: there is no such box`, `make it with: mini-isolate init --box-id ${id}`);
    }
    const { fd } = attempt;
    let handedOver = false;
    try {
      const record = readOwned(id, fd, path);
      if (attempt.kind === "held") {
        const lock = hold(state, id, path, fd, record);
        handedOver = true;
        return lock;
      }
      const ours = heldHere.has(identityOf(fd));
      if (ours || namesHolder(record) || performance.now() - started >= pidGraceMs) throw busy(id, record, ours);
    } catch (error) {
      throw ioFault(`lock ${path}`, error);
    } finally {
      if (!handedOver) closeDescriptor(fd);
    }
    Bun.sleepSync(1);
  }
}

function readOwned(id: string, fd: number, path: string): LockRecord | null {
  const record = readRecord(fd, path);
  if (record !== null) checkOwner(id, record.ownerUid);
  return record;
}

function attemptLock(state: StateDirectory, id: string, path: string, create: boolean, take: (fd: number) => boolean) {
  try {
    return tryLockFile(state.locks, id, path, create, take);
  } catch (error) {
    const owner = errnoOf(error) === errno.EACCES ? ownerOf(state.locks, id) : null;
    if (owner !== null && owner !== process.geteuid!()) throw belongsTo(id, owner);
    throw ioFault(`lock ${path}`, error);
  }
}

function hold(state: StateDirectory, id: string, path: string, fd: number, found: LockRecord | null): BoxLock {
  const us = { pid: process.pid, pidNamespace: ownPidNamespace() };
  let current: LockRecord = { ownerUid: found?.ownerUid ?? callerUid(), initialised: found?.initialised ?? false, ...us };
  writeRecord(fd, current);
  const identity = identityOf(fd);
  heldHere.add(identity);
  let held = true;
  return {
    fd,
    record: found,
    orphaned: found !== null && found.pid !== 0,
    markInitialised(flag) {
      if (!held) throw new IsolateError("Io", `cannot write lock file ${path}: the lock was released`);
      current = { ...current, initialised: flag };
      try {
        writeRecord(fd, current);
      } catch (error) {
        throw ioFault(`write lock file ${path}`, error);
      }
    },
    release() {
      if (!held) return;
      held = false;
      heldHere.delete(identity);
      try {
        writeRecord(fd, { ...current, pid: 0 });
      } catch {
        // Then the next holder takes the record for orphaned, which is only more careful than needed.
      } finally {
        closeDescriptor(fd);
      }
    },
    releaseAndRemove() {
      if (!held) return;
      held = false;
      heldHere.delete(identity);
      try {
        unlinkAndClose(state.locks, id, fd);
      } catch (error) {
        throw ioFault(`remove lock file ${path}`, error);
      }
    },
  };
}

function checkOwner(id: string, ownerUid: number): void {
  // Effective uid 0 also inside a user namespace: there the kernel refuses what is not ours.
  if (process.geteuid!() === 0 || ownerUid === callerUid()) return;
  throw belongsTo(id, ownerUid);
}

function belongsTo(id: string, ownerUid: number): IsolateError {
  return configError(`box ${id} belongs to another user (uid ${ownerUid})`, "use another box id, or ask its owner or root");
}

function busy(id: string, record: LockRecord | null, ours: boolean): IsolateError {
  if (ours && !forOthers) {
    const hint = "runs in one box take turns: wait for the first before starting the next";
    return new IsolateError("LockBusy", `box ${id} is in use by another run of this process (pid ${process.pid})`, { hint });
  }
  const place = record?.pidNamespace === ownPidNamespace() ? "" : " of another pid namespace";
  const who = record === null || record.pid === 0 ? "" : ` (pid ${record.pid}${place})`;
  return new IsolateError("LockBusy", `box ${id} is in use by another process${who}`, { hint: "use another box id, or wait for it with --wait" });
}

/** Whether a record that was read without the lock speaks of the holder: not before the holder has written its pid over a dead one's. */
function namesHolder(record: LockRecord | null): boolean {
  if (record === null || record.pid === 0) return false;
  if (record.pidNamespace !== ownPidNamespace()) return true;
  try {
    process.kill(record.pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === errno.EPERM;
  }
}
