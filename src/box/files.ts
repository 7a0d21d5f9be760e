/**
 * Files of ours in a box: a source goes in, what a compiler made comes out. Everything by descriptor below the
 * box's directory, following nothing; only while no process of the box exists.
 */
import { closeSync, fchmodSync, fchownSync, readFileSync } from "node:fs";
import { configError, IsolateError } from "../model/errors.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { readDirectory } from "../kernel/directory.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { artefactMatcher } from "../language/artefacts.ts";
import { copyAll } from "../kernel/files-copy.ts";
import { type FileStat, makeDirectoryAt, openAt, openBeneath, statDescriptor, tryUnlinkAt, writeFully } from "../kernel/files.ts";
import type { Owner } from "./box.ts";

const directoryFlags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** Directories that a compiler may nest its results in. */
const deepestArtefact = 16;
/** Entries that are looked at below a compile directory. */
const mostEntries = 20_000;

/** Calls `use` with a descriptor of a directory whose path only we can change. */
export function withDirectory<T>(path: string, use: (directory: number) => T): T {
  const fd = openAt(AT_FDCWD, path, directoryFlags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes `name` anew in place of whatever had this name. @returns a descriptor for writing */
function createFresh(directory: number, name: string, mode: number): number {
  const removed = tryUnlinkAt(directory, name, 0);
  if (removed < 0 && removed !== -errno.ENOENT) {
    throw new IsolateError("Io", `cannot write ${name} in the box: ${reasonOf({ errno: removed })}`, { hint: "remove what has this name in the box, or use a fresh box" });
  }
  const fd = openBeneath(directory, name, O.WRONLY | O.CREAT | O.EXCL, mode);
  // Whatever the umask of the caller is.
  fchmodSync(fd, mode);
  return fd;
}

/** Writes a file into a box's directory under a plain name. @throws IsolateError, SyscallError */
export function writeInto(directory: number, name: string, bytes: Uint8Array, mode: number, owner: Owner | null): void {
  const fd = createFresh(directory, name, mode);
  try {
    writeFully(fd, bytes);
    if (owner !== null) fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeSync(fd);
  }
}

/**
 * Calls `visit` for each regular file below `from` whose relative path matches one of the patterns, with a descriptor for reading.
 * Links, special files and files with a second name are not results of a compiler and are passed over.
 * @returns how many there were
 * @throws IsolateError of kind Io when there are too many entries
 */
export function eachArtefact(from: number, patterns: readonly string[], visit: (file: number, relative: string, stat: FileStat) => void): number {
  const isArtefact = artefactMatcher(patterns);
  const text = new TextDecoder("utf-8", { fatal: true });
  let found = 0;
  let seen = 0;
  const walk = (source: number, path: string, depth: number): void => {
    for (const { name: bytes } of readDirectory(source)) {
      if (++seen > mostEntries) throw new IsolateError("Io", `cannot collect results of the compiler: more than ${mostEntries} files`);
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
        if (type === S.IFDIR && depth < deepestArtefact) walk(entry, relative, depth + 1);
        else if (type === S.IFREG && stat.links === 1 && isArtefact(relative)) {
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

/** Copies the {@link eachArtefact | artefacts} below `from` to the same place below `to`. @returns how many; @throws as there */
export function carryOver(from: number, to: number, patterns: readonly string[], owner: Owner | null): number {
  return eachArtefact(from, patterns, (file, relative, { mode }) => placeFile(to, relative, mode & 0o777, owner, (target) => void copyAll(file, target)));
}

/** null for what cannot be opened without following or waiting: links, sockets, devices without driver. */
function openEntry(directory: number, name: Uint8Array): number | null {
  try {
    return openBeneath(directory, name, O.RDONLY);
  } catch (error) {
    const number = errnoOf(error);
    if (number === errno.ELOOP || number === errno.ENXIO || number === errno.ENODEV || number === errno.EACCES || number === errno.ENOENT) return null;
    throw error;
  }
}

/**
 * Makes a file anew below `to`, and the directories that it is in; `fill` writes its content.
 * @throws IsolateError when something else has its name, SyscallError
 */
export function placeFile(to: number, relative: string, mode: number, owner: Owner | null, fill: (target: number) => void): void {
  const parts = relative.split("/");
  const name = parts.pop()!;
  const opened: number[] = [];
  try {
    let directory = to;
    for (const part of parts) {
      directory = enter(directory, part, owner);
      opened.push(directory);
    }
    const target = createFresh(directory, name, mode);
    opened.push(target);
    fill(target);
    if (owner !== null) fchownSync(target, owner.uid, owner.gid);
  } finally {
    for (const fd of opened.toReversed()) closeSync(fd);
  }
}

function enter(directory: number, name: string, owner: Owner | null): number {
  try {
    makeDirectoryAt(directory, name, 0o755);
    const fd = openBeneath(directory, name, directoryFlags);
    if (owner !== null) fchownSync(fd, owner.uid, owner.gid);
    return fd;
  } catch (error) {
    if (errnoOf(error) === errno.EEXIST) return openBeneath(directory, name, directoryFlags);
    throw error;
  }
}

/** Reads a file of the caller's, at most `mostBytes`. @throws IsolateError of kind Config */
export function readCallersFile(path: string, mostBytes: number): { readonly bytes: Uint8Array; readonly executable: boolean } {
  let fd: number;
  try {
    fd = openAt(AT_FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
  } catch (error) {
    throw configError(`cannot read ${path}: ${reasonOf(error)}`);
  }
  try {
    const { mode, size } = statDescriptor(fd);
    if ((mode & S.IFMT) !== S.IFREG) throw configError(`cannot read ${path}: it is not a regular file`);
    if (size > mostBytes) throw configError(`cannot use ${path}: it has ${size} bytes, more than ${mostBytes}`);
    return { bytes: readFileSync(fd), executable: (mode & 0o111) !== 0 };
  } finally {
    closeSync(fd);
  }
}
