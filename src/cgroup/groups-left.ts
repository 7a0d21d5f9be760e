/** Group directories by the names that the journal of a run keeps: looking into them, and removing them. */
import { existsSync, readFileSync, rmdirSync } from "../kernel/fs.ts";
import { IsolateError } from "../model/errors.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { pathOf } from "./v2-view.ts";

/** How long a group may take to become empty after its last process was killed. */
const removeDeadlineMs = 5000;

/** Whether a group is still there. One that only a view of ours leads to, which cannot be had any more, is in nobody's reach. */
export function groupExists(name: string): boolean {
  try {
    return existsSync(pathOf(name));
  } catch {
    return false;
  }
}

/**
 * Removes group directories whose processes are gone or going; one that is missing already is fine.
 * @param patienceMs how long processes may take to go
 * @throws IsolateError of kind Cgroup that names the first directory that would not go; the others were tried all the same
 */
export function removeGroups(directories: readonly string[], patienceMs = removeDeadlineMs): void {
  const deadline = performance.now() + patienceMs;
  const faults = directories.map((directory) => removeGroup(directory, deadline)).filter((fault) => fault !== null);
  if (faults[0] !== undefined) throw faults[0];
}

/** @returns why it would not go, or null */
function removeGroup(directory: string, deadline: number): IsolateError | null {
  for (;;) {
    try {
      rmdirSync(pathOf(directory));
      return null;
    } catch (error) {
      const number = errnoOf(error);
      if (number === errno.ENOENT) return null;
      if (number !== errno.EBUSY || performance.now() > deadline) {
        return new IsolateError("Cgroup", `cannot remove cgroup ${directory}: ${reasonOf(error)}`, {
          hint: `see which processes are in it: cat ${directory}/cgroup.procs`,
        });
      }
      // Right after a kill a group is busy for less than a millisecond, and for some 100 ms where it holds much memory.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Pids in these groups, as seen from our pid namespace. */
export function processesIn(directories: readonly string[]): number[] {
  const pids = new Set<number>();
  for (const directory of directories) {
    let text = "";
    try {
      text = readFileSync(`${pathOf(directory)}/cgroup.procs`, "utf8");
    } catch (error) {
      // ENODEV: it was removed meanwhile.
      if (errnoOf(error) !== errno.ENOENT && errnoOf(error) !== errno.ENODEV) throw error;
    }
    for (const line of text.split("\n")) if (line !== "" && line !== "0") pids.add(Number(line));
  }
  return [...pids];
}
