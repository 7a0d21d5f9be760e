/**
 * Notes that a box was used. Among few boxes `last_used` in instances.json says so at once. Among many, a run would write megabytes for it; there
 * a file of the box has the time, and instances.json follows when `init` or `cleanup` writes it next.
 */
import { ioFault } from "./io-fault.ts";
import { writeLastUse } from "./last-used.ts";
import type { StateDirectory } from "./state-dir.ts";
import { isLarge, updateInstances } from "./store.ts";

/** @param home of the box @returns the time, ISO 8601 @throws IsolateError */
export function noteUse(state: StateDirectory, id: string, home: string): string {
  const now = new Date();
  const last_used = now.toISOString();
  if (isLarge(state)) {
    try {
      writeLastUse(home, now);
    } catch (error) {
      throw ioFault(`write down the use of box ${id} in ${home}`, error);
    }
  } else {
    updateInstances(state, (instances) => {
      const record = instances.get(id);
      if (record !== undefined) instances.set(id, { ...record, last_used });
    });
  }
  return last_used;
}
