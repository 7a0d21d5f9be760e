/**
 * What a run makes outside its box, written down before it is made: if we are killed, whoever comes next for the
 * box finds it and removes it. Lies in the box's home, which only we can enter.
 */
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { tryCall } from "../kernel/ffi.ts";
import { closeDescriptor, statDescriptor, writeFully } from "../kernel/files.ts";
import { openSync, readFileSync } from "../kernel/fs.ts";
import { signals } from "../kernel/os-numbers.ts";
import { groupExists, processesIn, removeGroups } from "../cgroup/groups-left.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { killProcess } from "../kernel/process.ts";
import { ioFault } from "./io-fault.ts";
import { lastUseName } from "./last-used.ts";

const fileName = "cgroups";
/** Every group of ours begins with it; nothing else is ever removed. */
export const groupPrefix = "mini-isolate-";

/**
 * Written over what is there, and filled up with empty lines. A file that is cut off and written anew costs half a millisecond and more with
 * each run, as ext4 then writes it to the disk when it is closed (mount option auto_da_alloc).
 * @throws IsolateError of kind Io
 */
export function writeJournal(home: string, directories: readonly string[]): void {
  try {
    const text = Buffer.from(directories.map((directory) => `${directory}\n`).join(""));
    const fd = openSync(`${home}/${fileName}`, O.WRONLY | O.CREAT, 0o600);
    try {
      const { size } = statDescriptor(fd);
      const rest = Math.max(0, size - text.length);
      writeFully(fd, Buffer.concat([text, Buffer.alloc(rest, "\n")]));
      if (size === 0) shareWithLastUse(home);
    } finally {
      closeDescriptor(fd);
    }
  } catch (error) {
    throw ioFault(`write down the control groups of the run in ${home}/${fileName}`, error);
  }
}

/**
 * A box whose first run this is gets the file for the time of its last use (last-used.ts) as a second name of this one: nothing is in that file
 * but its time, and a new file takes ext4 up to 0.8 ms where many were removed just before.
 */
function shareWithLastUse(home: string): void {
  // Whatever keeps this from being done, the file is made when it is needed.
  tryCall("linkat", AT_FDCWD, `${home}/${fileName}`, AT_FDCWD, `${home}/${lastUseName}`, 0);
}

/**
 * Group directories of the last run of this box; they exist only while it runs, when it was killed, or when they could not be removed.
 * @throws IsolateError of kind Io
 */
export function readJournal(home: string): string[] {
  try {
    const lines = readFileSync(`${home}/${fileName}`, "utf8").split("\n");
    return lines.filter((line) => /^(cgroup2:)?\//.test(line) && line.slice(line.lastIndexOf("/") + 1).startsWith(groupPrefix));
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return [];
    throw ioFault(`read ${home}/${fileName}`, error);
  }
}

/**
 * Ends what is left of a run whose supervisor was killed, and removes its groups; also those that a run could not remove at its end.
 * @param patienceMs as for {@link removeGroups}
 * @throws IsolateError of kind Cgroup, Io
 */
export function removeLeftovers(home: string, patienceMs?: number): void {
  const directories = readJournal(home).filter(groupExists);
  // The kernel has killed them with init; this is for a kernel that is still at it, and for strangers that were put into a group.
  for (const pid of processesIn(directories)) killProcess(pid, signals.SIGKILL);
  removeGroups(directories, patienceMs);
}
