/** Making an instance: directories, user, record; all of it or nothing. */
import { parseConfig, recordOrigin, type IsolateConfig } from "../config/config.ts";
import { configError } from "../model/errors.ts";
import { boxExists, boxPaths, createBox, removeBox, type Owner } from "../box/box.ts";
import { callerUid } from "../kernel/caller.ts";
import { removeWithLock } from "./cleanup.ts";
import type { NewOptions } from "./options.ts";
import { removeLeftovers } from "../state/journal.ts";
import type { PackedPacks } from "../source/kept-packs.ts";
import type { BoxLock } from "../state/lock.ts";
import type { StateDirectory } from "../state/state-dir.ts";
import { isOwnFile, readInstance, readInstances, updateInstance, type InstanceRecord } from "../state/store.ts";
import { makeTemporaryList } from "../state/temporary-boxes.ts";
import { checkQuota, mountQuota, unmountQuota } from "../box/quota.ts";
import { claimQuietUid, recordOnHost, withUid } from "./box-uid.ts";
import { prepareWorkdir, type Workdir } from "../box/workdir.ts";

/**
 * Makes the instance of a configuration whose lock is held.
 * @param packs what the box keeps; null: nothing
 * @returns the configuration as persisted, and the record
 * @throws IsolateError of kind Config when the id exists and `force` is not given; nothing is left then
 */
export function makeInstance(
  state: StateDirectory,
  lock: BoxLock,
  checked: IsolateConfig,
  packs: PackedPacks | null,
  options: NewOptions,
): [IsolateConfig, InstanceRecord] {
  const id = checked.instance_id;
  // Nothing is added to a file that we could not have written.
  if (!isOwnFile(state)) for (const [other, { config }] of readInstances(state)) parseConfig(config, recordOrigin(state.path, other));
  if (readInstance(state, id) !== undefined) {
    if (options.force !== true) {
      throw configError(`box ${id} exists already`, `use --force to replace it, or remove it with: mini-isolate cleanup --box-id ${id}`);
    }
    removeWithLock(state, id);
  }
  // A directory without a record is what an init or a cleanup that was killed has left.
  if (boxExists(state, id)) {
    const paths = boxPaths(state, id);
    removeLeftovers(paths.home);
    unmountQuota(paths);
    removeBox(state, id);
  }
  makeTemporaryList(state);
  checkQuota(checked.disk_quota, options.dir ?? checked.workdir);
  const claim = claimQuietUid(checked, state);
  const given = checked.uid !== null;
  let workdir: Workdir | null = null;
  try {
    const dir = options.dir ?? checked.workdir;
    workdir = dir === null ? null : prepareWorkdir(state, dir);
    const made = record(state, lock, withKept(withUid(checked, claim), packs), packs, workdir, given);
    if (claim !== null) recordOnHost(claim.uid, boxPaths(state, checked.instance_id).home);
    return made;
  } catch (error) {
    try {
      workdir?.undo();
    } catch {
      // The first error says what went wrong.
    }
    throw error;
  } finally {
    workdir?.close();
    claim?.release();
  }
}

function record(state: StateDirectory, lock: BoxLock, owned: IsolateConfig, packs: PackedPacks | null, workdir: Workdir | null, uidGiven: boolean): [IsolateConfig, InstanceRecord] {
  const id = owned.instance_id;
  const owner = ownerOf(owned);
  const paths = createBox(state, id, workdir === null ? owner : null);
  let written = false;
  try {
    if (owned.disk_quota !== null) mountQuota(paths, owned.disk_quota, owner);
    if (packs !== null) (require("../source/kept-packs.ts") as typeof import("../source/kept-packs.ts")).writeKeptPacks(paths.home, packs);
    const config: IsolateConfig = { ...owned, workdir: workdir?.path ?? paths.work };
    const now = new Date().toISOString();
    const made: InstanceRecord = {
      config: { ...config },
      created_at: now,
      last_used: now,
      owner_uid: callerUid(),
      uid_given: uidGiven,
      workdir_created: workdir?.created ?? true,
      workdir_owner: workdir === null || owner === null ? null : [workdir.previousOwner.uid, workdir.previousOwner.gid],
    };
    // Written down before the directory is given away: from then on a cleanup can give it back.
    updateInstance(state, id, made);
    written = true;
    if (owner !== null) workdir?.giveTo(owner);
    lock.markInitialised(true);
    return [config, made];
  } catch (error) {
    // Each of them whatever becomes of the others: the first error says what went wrong.
    for (const undo of [() => void (written && updateInstance(state, id, null)), () => unmountQuota(paths), () => removeBox(state, id)]) {
      try {
        undo();
      } catch {
        // A later init or cleanup finds what is left.
      }
    }
    throw error;
  }
}

function withKept(config: IsolateConfig, packs: PackedPacks | null): IsolateConfig {
  return packs === null ? config : { ...config, packs: [...packs.origins], packs_sha256: packs.sha256 };
}

/** Who the working directory is given to; null: it stays ours. */
export function ownerOf(config: IsolateConfig): Owner | null {
  return config.uid === null ? null : { uid: config.uid, gid: config.gid ?? config.uid };
}
