/**
 * The one walk through a box after each run. It measures what the box holds, and removes what a program must not leave for the
 * next one who opens files there by name: links, FIFOs, sockets, devices, and second names of files that are not its own.
 */
import { fchmodSync, readFileSync } from "../kernel/fs.ts";
import type { Holding } from "../model/observation.ts";
import { O, S } from "../kernel/constants.ts";
import { DT, readDirectory } from "../kernel/directory.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, type FileStat, openAt, openBeneath, statDescriptor, statEntry, tryUnlinkAt } from "../kernel/files.ts";
import { makeSubvolumeWritable } from "../kernel/inode-flags.ts";
import { openFull } from "./remove-tree.ts";
import { identityIn, identityOf } from "../state/identity.ts";

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** A box with more entries than this is the caller's to clean up: looking on would take longer than the run. */
export const mostEntries = 200_000;

export interface Swept {
  /** Entries that were removed. */
  readonly removed: number;
  /** Entries that should have been removed and could not be. */
  readonly left: number;
  readonly holding: Holding;
}

interface Level {
  /** The mode that it is given back; null: it was not changed. */
  readonly mode: number | null;
  readonly identity: string;
  /** Directories in it that were not entered yet. */
  readonly ahead: Uint8Array[];
}

/**
 * Sweeps the tree below a directory that no process works in. Two descriptors, whatever the depth; the way back up is
 * checked, so a directory that was moved ends the sweep.
 * @param uid owner of what the program made, which is removed; what others made stays, and with null everything
 * @param most entries that are looked at
 */
export function sweepBox(top: number, uid: number | null, most = mostEntries): Swept {
  const sweep = new Sweep(uid, most);
  let here = top;
  const leave = (next: number) => {
    if (here !== top) closeDescriptor(here);
    here = next;
  };
  try {
    sweep.open(top);
    const levels: Level[] = [{ mode: null, identity: identityOf(top), ahead: sweep.look(top) }];
    while (levels.length > 0 && sweep.unseen !== "too many") {
      const name = levels.at(-1)!.ahead.pop();
      if (name !== undefined) {
        const entered = sweep.enter(here, name);
        if (entered === null) continue;
        const { child, mode } = entered;
        leave(child);
        const stat = statDescriptor(child);
        sweep.count(stat);
        levels.push({ mode, identity: identityIn(stat), ahead: sweep.look(child) });
        continue;
      }
      const { mode } = levels.pop()!;
      const parent = levels.at(-1);
      if (parent === undefined) break;
      const up = levels.length === 1 ? top : openAt(here, "..", directoryFlags);
      // Only now: the way up leads through it.
      if (mode !== null) fchmodSync(here, mode);
      leave(up);
      if (identityOf(here) !== parent.identity) {
        sweep.unseen = "out of reach";
        break;
      }
    }
    return sweep.outcome();
  } finally {
    leave(top);
  }
}

/** What a sweep does with each entry, and what it has seen until now. */
class Sweep {
  unseen: Holding["unseen"] = null;
  #removed = 0;
  #left = 0;
  #entries = 0;
  #bytes = 0;
  #files = 0;
  /** Files with several names that were counted by one of them. */
  readonly #counted = new Set<string>();

  readonly #uid: number | null;
  readonly #most: number;
  readonly #isRoot = process.geteuid!() === 0;
  /** Asked for at the first file that it matters for. */
  #linksAreProtected: boolean | null = null;

  constructor(uid: number | null, most: number) {
    this.#uid = uid;
    this.#most = most;
  }

  /** Goes through one directory. @returns the directories in it */
  look(fd: number): Uint8Array[] {
    const ahead: Uint8Array[] = [];
    for (const { name, type } of readDirectory(fd)) {
      if (++this.#entries > this.#most) {
        this.unseen = "too many";
        break;
      }
      if (type === DT.directory) {
        ahead.push(name);
        continue;
      }
      const stat = statEntry(fd, name);
      if (stat === null) continue;
      if ((stat.mode & S.IFMT) === S.IFDIR) ahead.push(name);
      else if (!this.#mustGo(stat)) this.count(stat);
      else this.#remove(fd, name, stat);
    }
    return ahead;
  }

  #remove(fd: number, name: Uint8Array, stat: FileStat): void {
    const result = tryUnlinkAt(fd, name, 0);
    if (result === 0) this.#removed++;
    if (result === 0 || result === -errno.ENOENT) return;
    this.#left++;
    this.count(stat);
  }

  /** Makes a directory fit for removing what is in it, as far as a program could have made it unfit. */
  open(fd: number): void {
    if (this.#uid !== null) makeSubvolumeWritable(fd);
  }

  #mustGo(stat: FileStat): boolean {
    if (this.#uid === null) return false;
    if ((stat.mode & S.IFMT) === S.IFREG) return stat.links > 1 && stat.uid !== this.#uid && !(this.#linksAreProtected ??= hardLinksAreProtected());
    return stat.uid === this.#uid;
  }

  count(stat: FileStat): void {
    if (stat.links > 1 && (stat.mode & S.IFMT) !== S.IFDIR) {
      const identity = identityIn(stat);
      if (this.#counted.has(identity)) return;
      this.#counted.add(identity);
    }
    this.#files++;
    this.#bytes += stat.allocatedBytes;
  }

  /** null for what is gone, is a mount point (not the box's then), or is closed to us. */
  enter(directory: number, name: Uint8Array): { readonly child: number; readonly mode: number | null } | null {
    try {
      const closed = this.#isRoot ? null : closedMode(directory, name);
      const child = closed === null ? openBeneath(directory, name, directoryFlags) : openFull(directory, { name });
      if (closed !== null) fchmodSync(child, closed | 0o500);
      this.open(child);
      return { child, mode: closed };
    } catch (error) {
      if (errnoOf(error) !== errno.ENOENT && errnoOf(error) !== errno.EXDEV) this.unseen ??= "out of reach";
      return null;
    }
  }

  outcome(): Swept {
    const unseen = this.unseen ?? (this.#left > 0 ? "not removed" : null);
    return { removed: this.#removed, left: this.#left, holding: { bytes: this.#bytes, files: this.#files, unseen } };
  }
}

/** The mode of a directory that its owner, who we are, may not go through; null for others. */
function closedMode(directory: number, name: Uint8Array): number | null {
  const stat = statEntry(directory, name);
  return stat !== null && (stat.mode & S.IFMT) === S.IFDIR && (stat.mode & 0o500) !== 0o500 ? stat.mode & 0o7777 : null;
}

/** Whether the kernel refuses links to files of others (proc_sys_fs(5), protected_hardlinks). */
function hardLinksAreProtected(): boolean {
  try {
    return readFileSync("/proc/sys/fs/protected_hardlinks", "latin1").startsWith("1");
  } catch {
    return false;
  }
}
