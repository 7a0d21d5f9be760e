/**
 * Files of ours in a box: a source goes in, what a compiler made comes out. Everything by descriptor below the
 * box's directory, following nothing; only while no process of the box exists.
 */
import { closeSync, fchmodSync, fchownSync, lstatSync, readFileSync } from "../kernel/fs.ts";
import { configError, IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { readDirectory } from "../kernel/directory.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { artefactMatcher } from "../language/artefacts.ts";
import { copyAll } from "../kernel/files-copy.ts";
import { type FileStat, makeDirectoryAt, openAt, openBeneath, statDescriptor, statEntry, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import { makeLinkAt } from "../kernel/link.ts";
import { makeSubvolumeWritable } from "../kernel/inode-flags.ts";
import { describeBytes } from "../model/units.ts";
import type { Owner } from "./box.ts";
import { openFull, removeTree, reopen } from "./remove-tree.ts";

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** Directories that a compiler may nest its results in. */
const deepestArtefact = 16;
/** Entries that are looked at below a compile directory. */
const mostEntries = 20_000;

/** Whether a directory is there; a link to one is none. */
export function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Calls `use` with a descriptor of a directory whose path only we can change. */
export function withDirectory<T>(path: string, use: (directory: number) => T): T {
  const fd = openAt(AT_FDCWD, path, directoryFlags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** As {@link withDirectory}, of a directory that a program worked in: it may have closed it to its own user, who shall work in it again. */
export function withWorkdir<T>(path: string, use: (directory: number) => T): T {
  let fd: number;
  try {
    fd = openAt(AT_FDCWD, path, directoryFlags);
  } catch (error) {
    if (errnoOf(error) !== errno.EACCES) throw error;
    reopen(AT_FDCWD, path);
    fd = openAt(AT_FDCWD, path, directoryFlags);
  }
  try {
    makeSubvolumeWritable(fd);
    const { mode } = statDescriptor(fd);
    if ((mode & 0o700) !== 0o700) fchmodSync(fd, (mode & 0o7777) | 0o700);
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes `name` anew in place of what an earlier program left under this name. @returns a descriptor for writing */
function createFresh(directory: number, name: string, mode: number, owner: Owner | null): number {
  clear(directory, name, owner);
  const fd = openBeneath(directory, name, O.WRONLY | O.CREAT | O.EXCL, mode);
  // Whatever the umask of the caller is.
  fchmodSync(fd, mode);
  return fd;
}

/** Removes whatever has a name, but no directory of anybody else than the box's user. @throws IsolateError */
function clear(directory: number, name: string, owner: Owner | null): void {
  const removed = tryUnlinkAt(directory, name, 0);
  if (removed === 0 || removed === -errno.ENOENT) return;
  const stat = statEntry(directory, Buffer.from(name));
  if (stat === null) return;
  if ((stat.mode & S.IFMT) === S.IFDIR && stat.uid !== (owner?.uid ?? process.geteuid!())) {
    throw new IsolateError("Io", `cannot write ${shown(name)} in the box: a directory of uid ${stat.uid} has this name`, { hint: "remove what has this name in the box, or use a fresh box" });
  }
  removeTree(directory, name);
}

/** A compiler may have chosen it. */
function shown(name: string): string {
  return /^[\w.+-]+$/.test(name) ? name : JSON.stringify(name);
}

/** Writes a file into a box's directory under a plain name. @throws IsolateError, SyscallError */
export function writeInto(directory: number, name: string, bytes: Uint8Array, mode: number, owner: Owner | null): void {
  const fd = createFresh(directory, name, mode, owner);
  try {
    writeFully(fd, bytes);
    if (owner !== null) fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeSync(fd);
  }
}

/** A compiler left what cannot be carried over. Not a fault of the host: the message is about the compiler. */
export class ArtefactFault extends IsolateError {
  /** What the compiler left is more than the box may hold. */
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super("Io", message);
    this.isTooLarge = isTooLarge;
  }
}

/**
 * Calls `visit` for each regular file below `from` whose relative path matches one of the patterns, with a descriptor for reading.
 * Links, special files and files with a second name are not results of a compiler and are passed over.
 * It looks no deeper than the patterns reach.
 * @returns how many there were
 * @throws ArtefactFault when there are too many entries, or directories too deep in each other
 */
export function eachArtefact(from: number, patterns: readonly string[], visit: (file: number, relative: string, stat: FileStat) => void): number {
  const isArtefact = artefactMatcher(patterns);
  const reach = depthOf(patterns);
  const text = new TextDecoder("utf-8", { fatal: true });
  let found = 0;
  let seen = 0;
  const walk = (source: number, path: string, depth: number): void => {
    for (const { name: bytes } of readDirectory(source)) {
      if (++seen > mostEntries) throw new ArtefactFault(`the compiler left more than ${mostEntries} files, and no more are looked at`);
      const entry = openEntry(source, bytes);
      if (entry === null) continue;
      try {
        let name: string;
        try {
          name = text.decode(bytes);
        } catch {
          continue;
        }
        const relative = path === "" ? name : `${path}/${name}`;
        const stat = statDescriptor(entry);
        const type = stat.mode & S.IFMT;
        if (type === S.IFDIR && depth < reach) {
          if (depth === deepestArtefact) throw new ArtefactFault(`the compiler left more than ${deepestArtefact} directories in each other, and no deeper ones are looked at`);
          walk(entry, relative, depth + 1);
        } else if (type === S.IFREG && stat.links === 1 && isArtefact(relative)) {
          visit(entry, relative, stat);
          found++;
        }
      } finally {
        closeSync(entry);
      }
    }
  };
  walk(from, "", 0);
  return found;
}

/**
 * Opens one file of those that {@link eachArtefact} would visit.
 * @returns a descriptor for reading, the permissions and the size, or null when there is no such file
 * @throws SyscallError
 */
export function openArtefact(from: number, relative: string): { readonly fd: number; readonly mode: number; readonly size: number } | null {
  let fd: number | null;
  try {
    fd = openEntry(from, Buffer.from(relative));
  } catch (error) {
    if (errnoOf(error) === errno.ENOTDIR || errnoOf(error) === errno.ENAMETOOLONG) return null;
    throw error;
  }
  if (fd === null) return null;
  const { mode, links, size } = statDescriptor(fd);
  if ((mode & S.IFMT) === S.IFREG && links === 1) return { fd, mode: mode & 0o777, size };
  closeSync(fd);
  return null;
}

/** How many directories below the top a path may lie in that one of the patterns matches. */
function depthOf(patterns: readonly string[]): number {
  return Math.max(...patterns.map((glob) => (glob.includes("**") ? Infinity : glob.split("/").length - 1)));
}

/**
 * Copies the {@link eachArtefact | artefacts} below `from` to the same place below `to`.
 * @param mostBytes what the box may hold; null: anything
 * @returns how many
 * @throws ArtefactFault also when they are larger than that, before any is copied; IsolateError, SyscallError when the box cannot take them
 */
export function carryOver(from: number, to: number, patterns: readonly string[], owner: Owner | null, mostBytes: number | null): number {
  let bytes = 0;
  if (mostBytes !== null) eachArtefact(from, patterns, (_file, _relative, { size }) => void (bytes += size));
  if (mostBytes !== null && bytes > mostBytes) {
    const [have, allowed] = describeBytes(bytes, mostBytes);
    throw new ArtefactFault(`the compiler left results of ${have}, more than the ${allowed} that the box may hold`, true);
  }
  return eachArtefact(from, patterns, (file, relative, { mode }) => placeFile(to, relative, mode & 0o777, owner, (target) => void copyAll(file, target)));
}

/** A compiler of our own uid may have closed to us what it made. */
function openReadable(directory: number, name: Uint8Array): number {
  try {
    return openBeneath(directory, name, O.RDONLY);
  } catch (error) {
    if (errnoOf(error) !== errno.EACCES) throw error;
  }
  reopen(directory, name);
  return openBeneath(directory, name, O.RDONLY);
}

/** null for what cannot be opened without following or waiting: links, sockets, devices without driver, mount points. */
function openEntry(directory: number, name: Uint8Array): number | null {
  try {
    return openReadable(directory, name);
  } catch (error) {
    const number = errnoOf(error);
    if (number === errno.ELOOP || number === errno.EXDEV || number === errno.ENXIO || number === errno.ENODEV || number === errno.EACCES || number === errno.ENOENT) return null;
    throw error;
  }
}

/**
 * Makes a file anew below `to`, and the directories that it is in, in place of what is no directory; `fill` writes its content.
 * @throws IsolateError when a directory of somebody else has its name, SyscallError
 */
export function placeFile(to: number, relative: string, mode: number, owner: Owner | null, fill: (target: number) => void): void {
  inDirectoryOf(to, relative, owner, (directory, name) => {
    const target = createFresh(directory, name, mode, owner);
    try {
      fill(target);
      if (owner !== null) fchownSync(target, owner.uid, owner.gid);
    } finally {
      closeSync(target);
    }
  });
}

/** Makes a symbolic link below `to`, as {@link placeFile} makes a file. Where it leads is for the program to find out: nobody follows it here. @throws the same */
export function placeLink(to: number, relative: string, target: string, owner: Owner | null): void {
  inDirectoryOf(to, relative, owner, (directory, name) => {
    clear(directory, name, owner);
    makeLinkAt(directory, name, target);
  });
}

/** Makes the directories that a path below `to` is in. */
function inDirectoryOf(to: number, relative: string, owner: Owner | null, place: (directory: number, name: string) => void): void {
  const parts = relative.split("/");
  const name = parts.pop()!;
  const opened: number[] = [];
  try {
    let directory = to;
    for (const part of parts) {
      directory = enter(directory, part, owner);
      opened.push(directory);
    }
    place(directory, name);
  } finally {
    for (const fd of opened.toReversed()) closeSync(fd);
  }
}

function enter(directory: number, name: string, owner: Owner | null): number {
  const stat = statEntry(directory, Buffer.from(name));
  if (stat !== null && (stat.mode & S.IFMT) === S.IFDIR) {
    const there = openFull(directory, { name: Buffer.from(name) });
    makeSubvolumeWritable(there);
    return there;
  }
  if (stat !== null) clear(directory, name, owner);
  makeDirectoryAt(directory, name, 0o755);
  const made = openBeneath(directory, name, directoryFlags);
  if (owner !== null) fchownSync(made, owner.uid, owner.gid);
  return made;
}

/** Reads a file of the caller's, at most `mostBytes`. @throws IsolateError of kind Config */
export function readCallersFile(path: string, mostBytes: number): { readonly bytes: Uint8Array; readonly executable: boolean } {
  let fd: number;
  try {
    fd = openAt(AT_FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
  } catch (error) {
    throw namedFault(`read ${path}`, error);
  }
  try {
    const { mode, size } = statDescriptor(fd);
    if ((mode & S.IFMT) !== S.IFREG) throw configError(`cannot read ${path}: it is not a regular file`);
    if (size > mostBytes) throw configError(`cannot use ${path}: it has ${describeBytes(size, mostBytes).join(", more than ")}`);
    return { bytes: readFileSync(fd), executable: (mode & 0o111) !== 0 };
  } finally {
    closeSync(fd);
  }
}
