/** Removing boxes, whole or half there. */
import { readdirSync } from "node:fs";
import { resolveStateDir } from "../config/load.ts";
import { boxExists, boxPaths, removeBox } from "../box/box.ts";
import { freeUid, uidOfBox } from "./box-uid.ts";
import { clearLeftovers } from "./leftovers.ts";
import type { StoreOptions } from "./options.ts";
import { isFullDisk } from "../state/io-fault.ts";
import { acquireBoxLock } from "../state/lock.ts";
import { keepReserve, withReserve } from "../state/reserve.ts";
import { openStateDirectory, type StateDirectory } from "../state/state-dir.ts";
import { unmountQuota } from "../box/quota.ts";
import { readInstance, readInstances, updateInstances } from "../state/store.ts";
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
  // Last: until everything is gone, the record is what leads back to it.
  if (record !== undefined) updateInstances(state, (instances) => void instances.delete(id));
}

/** Removes every box there is a trace of. @returns those that would not go, and why */
export function cleanupAll(options: StoreOptions): { id: string; error: unknown }[] {
  const state = openStateDirectory(resolveStateDir(options.stateDir));
  try {
    const reserved = ["locks", "uids", "instances.json", "instances.lock"];
    const named = readdirSync(state.path).filter((name) => !name.startsWith(".") && !reserved.includes(name));
    const locked = readdirSync(`${state.path}/locks`).filter((name) => !name.startsWith("."));
    const ids = new Set([...readInstances(state).keys(), ...named, ...locked, ...listedTemporary(state)]);
    const failed = cleanupEach(ids, options);
    // On a full disk the first may fail for want of the room that the last has given back.
    const wantedRoom = failed.filter(({ error }) => isFullDisk(error)).map(({ id }) => id);
    if (wantedRoom.length === 0) return failed;
    const again = cleanupEach(wantedRoom, options);
    return [...failed.filter(({ id }) => !wantedRoom.includes(id)), ...again];
  } finally {
    state.close();
  }
}

function cleanupEach(ids: Iterable<string>, options: StoreOptions): { id: string; error: unknown }[] {
  const failed: { id: string; error: unknown }[] = [];
  for (const id of ids) {
    try {
      cleanupBox(id, options);
    } catch (error) {
      failed.push({ id, error });
    }
  }
  return failed;
}
