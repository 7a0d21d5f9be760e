/** Thousands of boxes, written directly: made one after the other by `init` they would take hours. */
import { mkdirSync, rmSync } from "node:fs";
import { defaultConfig } from "../../src/config/defaults.ts";
import { openStateDirectory } from "../../src/state/state-dir.ts";
import { updateInstances } from "../../src/state/store.ts";

/** Uids that these boxes have; nothing runs under them. */
const firstUid = 2_000_000;

const idOf = (number: number): string => `many-${number}`;

/** Adds boxes `many-0`, `many-1`, ... with their directories, and without lock files; configured like the first box that is there. */
export function addBoxes(stateDirectory: string, count: number): void {
  const state = openStateDirectory(stateDirectory);
  const now = new Date().toISOString();
  try {
    for (let number = 0; number < count; number++) mkdirSync(`${stateDirectory}/${idOf(number)}/box`, { recursive: true, mode: 0o700 });
    updateInstances(state, (instances) => {
      const like = instances.values().next().value?.config ?? defaultConfig;
      for (let number = 0; number < count; number++) {
        const id = idOf(number);
        const uid = firstUid + number;
        instances.set(id, {
          config: { ...like, instance_id: id, workdir: `${stateDirectory}/${id}/box`, uid, gid: uid },
          created_at: now, last_used: now, owner_uid: 0, workdir_created: true, workdir_owner: null,
        });
      }
    });
  } finally {
    state.close();
  }
}

/** Removes them all at once. */
export function removeBoxes(stateDirectory: string, count: number): void {
  const state = openStateDirectory(stateDirectory);
  try {
    updateInstances(state, (instances) => {
      for (let number = 0; number < count; number++) instances.delete(idOf(number));
    });
    for (let number = 0; number < count; number++) rmSync(`${stateDirectory}/${idOf(number)}`, { recursive: true, force: true });
  } finally {
    state.close();
  }
}
