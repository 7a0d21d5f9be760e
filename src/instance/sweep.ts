/**
 * What a program must not leave for the next one who opens files in its box by name: links, FIFOs, sockets, devices, and
 * second names of files that are not its own. Removed after each run in a box that stays.
 */
import { readFileSync } from "node:fs";
import { O, S } from "../kernel/constants.ts";
import { DT, readDirectory } from "../kernel/directory.ts";
import { closeDescriptor, openAt, openBeneath, statEntry, tryUnlinkAt } from "../kernel/files.ts";
import { identityOf } from "./identity.ts";

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** A box with more entries than this is the caller's to clean up: looking on would take longer than the run. */
const mostEntries = 200_000;

interface Level {
  readonly identity: string;
  /** Directories in it that were not entered yet. */
  readonly ahead: Uint8Array[];
}

/**
 * Sweeps the tree below a directory that no process works in. Two descriptors, whatever the depth; the way back up is
 * checked, so a directory that was moved ends the sweep.
 * @param uid owner of what the program made; what others made stays
 * @returns how many entries were removed, and whether everything was looked at
 */
export function sweepSpecialFiles(top: number, uid: number): { readonly removed: number; readonly complete: boolean } {
  let removed = 0;
  let seen = 0;
  const foreignLinksPossible = !hardLinksAreProtected();
  const look = (fd: number): Uint8Array[] => {
    const ahead: Uint8Array[] = [];
    for (const { name, type } of readDirectory(fd)) {
      seen++;
      if (type === DT.directory) ahead.push(name);
      else if (type !== DT.regular || foreignLinksPossible) {
        const stat = statEntry(fd, name);
        const kind = (stat?.mode ?? 0) & S.IFMT;
        if (stat === null) continue;
        if (kind === S.IFDIR) ahead.push(name);
        else if (kind === S.IFREG ? stat.links > 1 && stat.uid !== uid : stat.uid === uid) removed += tryUnlinkAt(fd, name, 0) === 0 ? 1 : 0;
      }
    }
    return ahead;
  };
  const levels: Level[] = [{ identity: identityOf(top), ahead: look(top) }];
  let here = top;
  const leave = (next: number) => {
    if (here !== top) closeDescriptor(here);
    here = next;
  };
  try {
    while (levels.length > 0 && seen <= mostEntries) {
      const name = levels.at(-1)!.ahead.pop();
      if (name !== undefined) {
        const child = openChild(here, name);
        if (child === null) continue;
        leave(child);
        levels.push({ identity: identityOf(child), ahead: look(child) });
        continue;
      }
      levels.pop();
      const parent = levels.at(-1);
      if (parent === undefined) break;
      leave(levels.length === 1 ? top : openAt(here, "..", directoryFlags));
      if (identityOf(here) !== parent.identity) return { removed, complete: false };
    }
    return { removed, complete: levels.length === 0 };
  } finally {
    leave(top);
  }
}

/** null for what is gone, is a mount point, or is closed to us. */
function openChild(directory: number, name: Uint8Array): number | null {
  try {
    return openBeneath(directory, name, directoryFlags);
  } catch {
    return null;
  }
}

/** Whether the kernel refuses links to files of others (proc_sys_fs(5), protected_hardlinks). */
function hardLinksAreProtected(): boolean {
  try {
    return readFileSync("/proc/sys/fs/protected_hardlinks", "latin1").startsWith("1");
  } catch {
    return false;
  }
}
