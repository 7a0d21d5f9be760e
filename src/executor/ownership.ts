/**
 * Whose the files in a box are. While a program runs they are that of its subordinate uid; before and afterwards they are the caller's, who could
 * not even remove them otherwise. Only a process inside of the user namespace may change that: chown(1), which follows no link.
 */
import { signals } from "../kernel/os-numbers.ts";
import { chmodSync, lstatSync, openSync, readdirSync } from "node:fs";
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, CLONE, PR } from "../kernel/constants.ts";
import { errno } from "../kernel/errno.ts";
import { executableFile } from "../kernel/executable-file.ts";
import { closeDescriptor } from "../kernel/files.ts";
import { waitForEnd } from "../kernel/process.ts";
import { prepareSpawn, spawnPrepared } from "../kernel/spawn.ts";
import { launcherImage } from "../launcher/image.ts";
import { IsolateError } from "../model/errors.ts";
import type { Step } from "../model/plan.ts";
import { insideOf, ownerChanger, type SubordinateRanges, type SubordinateUser } from "./plan/subordinate.ts";
import { SubordinateIdsRefused } from "./plan/subordinate-refused.ts";
import { subordinateNamespace } from "./user-namespace.ts";

/**
 * Makes ready for a program of this user: gives it what is in its directory, as what it wrote in an earlier run. The directory itself is given by the
 * launcher. One outside of the home of the box is the caller's own, with files that are no program's.
 * @returns a descriptor of the user namespace to begin in
 * @throws SubordinateIdsRefused; SyscallError when a process cannot be started
 */
export function admit(user: SubordinateUser, home: string, directory: string): number {
  const namespace = subordinateNamespace(user.ranges);
  if (!directory.startsWith(`${home}/`) || !holdsOnlyItsOwn(directory) || giveTo(user, directory)) return namespace;
  giveBack(user.ranges, directory);
  throw new SubordinateIdsRefused(ownerChanger, errno.EPERM, directory);
}

/** Whether there are files and all of their names are in this directory: else the owner of a file elsewhere would change. */
function holdsOnlyItsOwn(directory: string): boolean {
  const seen = new Map<string, number>();
  let more = 0;
  let holds = false;
  const look = (path: Buffer, { mode }: { readonly mode: number }): void => {
    // A program of an earlier run may have closed it to its owner, who we are. Nobody works in it now, and no path leads out of it.
    const isClosed = (mode & 0o500) !== 0o500;
    if (isClosed) chmodSync(path, (mode & 0o7777) | 0o500);
    for (const name of readdirSync(path, { encoding: "buffer" })) {
      holds = true;
      const entry = Buffer.concat([path, Buffer.from("/"), name]);
      const stat = lstatSync(entry);
      if (stat.isDirectory()) look(entry, stat);
      else if (stat.nlink > 1) {
        const identity = `${stat.dev}:${stat.ino}`;
        const names = (seen.get(identity) ?? 0) + 1;
        seen.set(identity, names);
        more += names === 1 ? stat.nlink - 1 : -1;
      }
    }
    if (isClosed) chmodSync(path, mode & 0o7777);
  };
  try {
    look(Buffer.from(directory), lstatSync(directory));
  } catch {
    // For one, what a program made so deep that no path reaches it.
    return false;
  }
  return holds && more === 0;
}

/**
 * Gives everything in a directory that is the caller's to the user of a program, the directory first: so one that is the caller's holds nothing of
 * another user, whenever we are killed.
 * @returns whether all of it could be done
 */
function giveTo({ inside, ranges }: SubordinateUser, directory: string): boolean {
  const first: Step = { does: "give the directory", call: "fchownat", args: [AT_FDCWD, directory, inside.uid, inside.gid, AT_SYMLINK_NOFOLLOW] };
  return changeOwner(ranges, directory, 0, `${inside.uid}:${inside.gid}`, [first]);
}

/**
 * Gives what a program made, and its directory, back to the caller. No process of the box may be alive. The directory comes last.
 * @throws IsolateError of kind Io
 */
export function giveBack(ranges: SubordinateRanges, directory: string): void {
  const uid = ownerOf(directory);
  if (uid === null || !isWithin(ranges, uid)) return;
  if (changeOwner(ranges, directory, insideOf(ranges.uid, uid), "0:0", []) && ownerOf(directory) === process.geteuid!()) return;
  throw new IsolateError("Io", `cannot give back what the program left in ${directory}: ${ownerChanger} failed in the user namespace`, {
    hint: "look with lsattr -R for what must not be changed there",
  });
}

function ownerOf(directory: string): number | null {
  return lstatSync(directory, { throwIfNoEntry: false })?.uid ?? null;
}

function isWithin({ uid: { first, count } }: SubordinateRanges, uid: number): boolean {
  return uid >= first && uid < first + count;
}

/** @returns whether all of it could be done */
function changeOwner(ranges: SubordinateRanges, directory: string, from: number, to: string, before: readonly Step[]): boolean {
  const namespace = subordinateNamespace(ranges);
  const steps: readonly Step[] = [
    { does: "enter the user namespace", call: "setns", args: [namespace, CLONE.NEWUSER] },
    // Which clears it.
    { does: "die with the supervisor", call: "prctl", args: [PR.SET_PDEATHSIG, signals.SIGKILL, 0, 0, 0] },
    ...before,
    { does: "close descriptors", call: "close_range", args: [3, 0xffff_ffff, 0] },
  ];
  const argv = [ownerChanger, "-f", "-h", "-R", "-P", `--from=${from}`, to, "--", directory];
  const image = executableFile("owner", launcherImage({ steps, program: { candidates: [ownerChanger], argv, environment: [] } }, {}));
  const nothing = openSync("/dev/null", "r+");
  try {
    const descriptors = [[nothing, 0], [nothing, 1], [nothing, 2], [namespace, namespace]] as const;
    return waitForEnd(spawnPrepared(prepareSpawn(`/proc/self/fd/${image}`, ["owner"], [], descriptors))) === 0;
  } finally {
    closeDescriptor(nothing);
    closeDescriptor(image);
  }
}
