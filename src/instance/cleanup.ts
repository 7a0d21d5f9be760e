/** Removing boxes, whole or half there. */
import { readdirSync } from "../kernel/fs.ts";
import { resolveStateDir } from "../config/load.ts";
import { boxExists, boxPaths, removeBox } from "../box/box.ts";
import { freeUid, uidOfBox } from "./box-uid.ts";
import { clearLeftovers } from "./leftovers.ts";
import type { StoreOptions } from "./options.ts";
import { isFullDisk } from "../state/io-fault.ts";
import { acquireBoxLock, type BoxLock } from "../state/lock.ts";
import { keepReserve, withReserve } from "../state/reserve.ts";
import { openStateDirectory, type StateDirectory } from "../state/state-dir.ts";
import { unmountQuota } from "../box/quota.ts";
import { readInstance, readInstances, updateInstance, updateInstances } from "../state/store.ts";
import { listedTemporary, unlistTemporary } from "../state/temporary-boxes.ts";
import { releaseWorkdir } from "../box/workdir.ts";

export interface CleanupOptions extends StoreOptions {
  /** Wait until the box is free instead of failing with LockBusy. */
  readonly wait?: boolean;
}

/**
 * Removes a box: processes and groups that were left, its directory, its record, its lock. What is gone already is fine.
 * @throws IsolateError: LockBusy while it runs, Config when it is another user's, Cgroup, Io
 */
export function cleanupBox(id: string, options: CleanupOptions): void {
  const state = openStateDirectory(resolveStateDir(options.stateDir));
  try {
    const lock = withReserve(state, () => acquireBoxLock(state, id, { wait: options.wait ?? false, create: true }));
    try {
      withReserve(state, () => removeWithLock(state, id));
    } catch (error) {
      lock.release();
      throw error;
    }
    lock.releaseAndRemove();
    unlistTemporary(state, id);
    keepReserve(state);
  } finally {
    state.close();
  }
}

/** As {@link cleanupBox}, for one who holds the lock; the lock stays. */
export function removeWithLock(state: StateDirectory, id: string): void {
  const isRecorded = removeButRecord(state, id);
  // Last: until everything is gone, the record is what leads back to it.
  if (isRecorded) updateInstance(state, id, null);
}

/** @returns whether there is a record of it */
function removeButRecord(state: StateDirectory, id: string): boolean {
  const paths = boxPaths(state, id);
  const { home, work } = paths;
  const record = readInstance(state, id);
  const named = record?.config["workdir"];
  const workdir = typeof named === "string" ? named : null;
  if (boxExists(state, id)) {
    clearLeftovers(home, workdir);
    unmountQuota(paths);
  }
  if (record !== undefined && workdir !== null && workdir !== work) {
    const uid = record.config["uid"];
    const [ownerUid, ownerGid] = record.workdir_owner ?? [];
    releaseWorkdir(workdir, {
      created: record.workdir_created ?? false,
      previousOwner: ownerUid === undefined || ownerGid === undefined ? null : { uid: ownerUid, gid: ownerGid },
      uid: typeof uid === "number" ? uid : process.geteuid!(),
    });
  }
  const uid = uidOfBox(state, id, record);
  removeBox(state, id);
  if (uid !== null) freeUid(state, uid, home);
  return record !== undefined;
}

/** Removes every box there is a trace of. @returns those that would not go, and why */
export function cleanupAll(options: StoreOptions): Failure[] {
  const state = openStateDirectory(resolveStateDir(options.stateDir));
  try {
    const reserved = ["locks", "uids", "instances.json", "instances.lock"];
    const named = readdirSync(state.path).filter((name) => !name.startsWith(".") && !reserved.includes(name));
    const locked = readdirSync(`${state.path}/locks`).filter((name) => !name.startsWith("."));
    const ids = new Set([...readInstances(state).keys(), ...named, ...locked, ...listedTemporary(state)]);
    const failed = cleanupEach(state, ids);
    // On a full disk the first may fail for want of the room that the last has given back.
    const wantedRoom = failed.filter(({ error }) => isFullDisk(error)).map(({ id }) => id);
    if (wantedRoom.length === 0) return failed;
    const again = cleanupEach(state, wantedRoom);
    return [...failed.filter(({ id }) => !wantedRoom.includes(id)), ...again];
  } finally {
    state.close();
  }
}

interface Failure {
  readonly id: string;
  readonly error: unknown;
}

/** So many boxes are removed before their records are, all at once: each change writes the records of all boxes. */
const batchSize = 32;

function cleanupEach(state: StateDirectory, ids: Iterable<string>): Failure[] {
  const left = [...ids];
  const failed: Failure[] = [];
  while (left.length > 0) failed.push(...cleanupBatch(state, left.splice(0, batchSize)));
  keepReserve(state);
  return failed;
}

/** As {@link cleanupBox} for each; their locks are held until their records are gone. */
function cleanupBatch(state: StateDirectory, ids: readonly string[]): Failure[] {
  const failed: Failure[] = [];
  const removed: { readonly id: string; readonly lock: BoxLock; readonly isRecorded: boolean }[] = [];
  for (const id of ids) {
    let lock: BoxLock | null = null;
    try {
      const held = (lock = withReserve(state, () => acquireBoxLock(state, id, { wait: false, create: true })));
      removed.push({ id, lock: held, isRecorded: withReserve(state, () => removeButRecord(state, id)) });
    } catch (error) {
      lock?.release();
      failed.push({ id, error });
    }
  }
  try {
    const recorded = removed.filter(({ isRecorded }) => isRecorded);
    if (recorded.length > 0) withReserve(state, () => updateInstances(state, (instances) => recorded.forEach(({ id }) => instances.delete(id))));
  } catch (error) {
    for (const { lock } of removed) lock.release();
    return [...failed, ...removed.map(({ id }) => ({ id, error }))];
  }
  for (const { id, lock } of removed) {
    try {
      lock.releaseAndRemove();
      unlistTemporary(state, id);
    } catch (error) {
      failed.push({ id, error });
    }
  }
  return failed;
}
