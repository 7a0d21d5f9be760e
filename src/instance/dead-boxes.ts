/** Temporary boxes whose maker was killed: the next run with a temporary box removes them, a few at a time. */
import { boxExists, boxPaths, removeBox } from "../box/box.ts";
import { closeDescriptor, statDescriptor } from "../kernel/files.ts";
import { tryLockFile, unlinkAndClose } from "../state/lock-file.ts";
import { recordBytes } from "../state/lock-record.ts";
import type { StateDirectory } from "../state/state-dir.ts";
import { listedForMs, listedTemporary, unlistTemporary } from "../state/temporary-boxes.ts";
import { clearLeftovers } from "./leftovers.ts";
import { freeUid, uidOfBox } from "./box-uid.ts";

/** Where many boxes live, one run need not look at all of them. */
const mostLooks = 16;
/** A run removes for no longer than this, but always so many files: or what takes long to reach would stay for ever. */
const longestMs = 20;
const fewestFiles = 1000;
/** What the kernel has killed is gone sooner; what stays longer than this may keep its groups until a later run. */
const mostPatienceMs = 100;
/** A box that is on the list for less than this may still be on its way to its lock. */
const makingMs = 10_000;

class OutOfTime extends Error {}

/**
 * Removes some of the boxes on the list that nobody holds. Never throws: what cannot be removed now is left to a later run and to
 * `cleanup --all`.
 */
export function removeDeadBoxes(state: StateDirectory): void {
  const deadline = performance.now() + longestMs;
  let files = 0;
  const onRemoved = (): void => {
    files++;
    if (files >= fewestFiles && performance.now() > deadline) throw new OutOfTime();
  };
  const listed = listedTemporary(state);
  // From anywhere, so that every one is looked at in the end.
  const first = Math.floor(Math.random() * listed.length);
  for (let look = 0; look < Math.min(listed.length, mostLooks) && performance.now() < deadline; look++) {
    const id = listed[(first + look) % listed.length]!;
    try {
      removeIfDead(state, id, onRemoved);
    } catch {
      // A later run may succeed, and this one has a result to give.
    }
  }
}

function removeIfDead(state: StateDirectory, id: string, onRemoved: () => void): void {
  const beingMade = (): boolean => (listedForMs(state, id) ?? 0) < makingMs;
  const path = `${state.path}/locks/${id}`;
  let attempt = tryLockFile(state.locks, id, path, false);
  if (attempt.kind === "missing") {
    if (beingMade()) return;
    attempt = tryLockFile(state.locks, id, path, true);
  }
  if (attempt.kind === "missing") return;
  const { fd } = attempt;
  // The lock is the only thing that tells the living from the dead. Its maker writes the record as soon as it has it.
  if (attempt.kind === "busy" || (statDescriptor(fd).size < recordBytes && beingMade())) {
    closeDescriptor(fd);
    return;
  }
  try {
    if (boxExists(state, id)) {
      const { home } = boxPaths(state, id);
      clearLeftovers(home, null, mostPatienceMs);
      const uid = uidOfBox(state, id, undefined);
      removeBox(state, id, onRemoved);
      if (uid !== null) freeUid(state, uid, home);
    }
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  unlinkAndClose(state.locks, id, fd);
  unlistTemporary(state, id);
}
