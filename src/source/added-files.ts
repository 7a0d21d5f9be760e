/**
 * Files and directories of the caller that lie beside a source. A directory may be a submission, so whoever filled it may be hostile: everything below
 * it is opened by descriptor, no link leads out of it, nothing is waited for, and there are bounds. Loaded only where something is added.
 */
import { basename, resolve } from "node:path";
import { readSync } from "../kernel/fs.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { readDirectory } from "../kernel/directory.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { closeDescriptor, type FileStat, openAt, openBeneath, statDescriptor, statEntry } from "../kernel/files.ts";
import { openInTree } from "../kernel/open-in-tree.ts";
import { checkFileName } from "../language/source-name.ts";
import { configError, IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { describeBytes } from "../model/units.ts";
import type { StagedFile } from "./cache/compile-key.ts";
import { largestSourceBytes } from "./source-request.ts";

/** Files, links and directories below an added directory. */
export const mostEntries = 10_000;
/** Directories in each other, the added one counted. */
export const deepestTree = 32;

/**
 * Reads everything. A directory is called by its own name in the box, with what is below it. Files keep whether they may be executed; nothing else
 * of their mode, and no empty directory.
 * @param flag what names the paths, for messages
 * @throws IsolateError of kind Config for what cannot be read, has a name that cannot be used, or is no file
 */
export function readAdded(paths: readonly string[], flag = ""): StagedFile[] {
  const names = new Set<string>();
  return paths.flatMap((path) => {
    const what = `${flag}${path}`;
    const fd = opening(what, () => openAt(AT_FDCWD, path, O.RDONLY | O.NONBLOCK | O.NOCTTY));
    try {
      const stat = statDescriptor(fd);
      const isTree = (stat.mode & S.IFMT) === S.IFDIR;
      const name = basename(isTree ? resolve(path) : path);
      checkFileName(name);
      if (names.has(name)) throw configError(`two files would be called ${JSON.stringify(name)} in the box`);
      names.add(name);
      if (isTree) return new Tree(fd, what).files(name);
      refuseSpecial(stat, what);
      if (stat.size > largestSourceBytes) throw configError(`cannot use ${what}: it has ${describeBytes(stat.size, largestSourceBytes).join(", more than ")}`);
      return [fileOf(fd, name, stat)];
    } finally {
      closeDescriptor(fd);
    }
  });
}

/** One directory that is added. */
class Tree {
  readonly #top: number;
  readonly #what: string;
  readonly #files: StagedFile[] = [];
  #entries = 0;
  #bytes = 0;

  constructor(top: number, what: string) {
    [this.#top, this.#what] = [top, what.replace(/\/+$/, "")];
  }

  files(name: string): StagedFile[] {
    this.#walk(this.#top, name, "", 1);
    return this.#files;
  }

  /** @param place path below the added directory, empty or with a slash at its end */
  #walk(directory: number, name: string, place: string, depth: number): void {
    const what = `${this.#what}/${place}`;
    if (depth > deepestTree) throw configError(`cannot use ${this.#what}: it has more than ${deepestTree} directories in each other`);
    const owner = statDescriptor(directory).uid;
    for (const [entry, bytes] of this.#namesIn(directory, what)) {
      const stat = statEntry(directory, bytes);
      if (stat === null) continue;
      const type = stat.mode & S.IFMT;
      const shown = `${what}${entry}`;
      if (type === S.IFDIR) {
        within(opening(shown, () => openBeneath(directory, bytes, O.RDONLY | O.DIRECTORY | O.NOFOLLOW)), (fd) => this.#walk(fd, `${name}/${entry}`, `${place}${entry}/`, depth + 1));
      } else if (type === S.IFLNK) {
        within(this.#followed(`${place}${entry}`, shown), (fd) => this.#add(fd, `${name}/${entry}`, shown, owner));
      } else {
        refuseSpecial(stat, shown);
        within(opening(shown, () => openBeneath(directory, bytes, O.RDONLY)), (fd) => this.#add(fd, `${name}/${entry}`, shown, owner));
      }
    }
  }

  /** In an order that does not depend on the file system: results of compilers are kept by it. */
  #namesIn(directory: number, what: string): [name: string, bytes: Uint8Array][] {
    const names: [string, Uint8Array][] = [];
    for (const { name } of readDirectory(directory)) {
      if (++this.#entries > mostEntries) throw configError(`cannot use ${this.#what}: it has more than ${mostEntries} files`);
      const text = Buffer.from(name).toString();
      if (!Buffer.from(text).equals(name)) throw configError(`cannot use ${what}${text}: its name is not UTF-8`);
      checkFileName(text);
      names.push([text, name]);
    }
    return names.toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /** A link within the tree is as good as the file that it leads to. */
  #followed(place: string, shown: string): number {
    try {
      return openInTree(this.#top, place);
    } catch (error) {
      const number = errnoOf(error);
      if (number === errno.EXDEV) throw configError(`cannot use ${shown}: it is a link that leads out of ${this.#what}`);
      if (number === errno.ELOOP) throw configError(`cannot use ${shown}: it is a link that leads to itself`);
      if (number === errno.ENOENT) throw configError(`cannot use ${shown}: it is a link that leads nowhere`);
      throw namedFault(`read ${shown}`, error);
    }
  }

  /** @param owner of the directory that it is in */
  #add(fd: number, name: string, shown: string, owner: number): void {
    const stat = statDescriptor(fd);
    if ((stat.mode & S.IFMT) === S.IFDIR) throw configError(`cannot use ${shown}: it is a link to a directory`, "add that directory as well, or put it in the place of the link");
    refuseSpecial(stat, shown);
    // Whoever filled the tree may have given a file of somebody else a name in it.
    if (stat.links > 1 && stat.uid !== owner) throw configError(`cannot use ${shown}: the file has other names, and belongs to somebody else than its directory`, "copy the file");
    this.#bytes += stat.size;
    if (this.#bytes > largestSourceBytes) throw configError(`cannot use ${this.#what}: it has more than ${describeBytes(largestSourceBytes, largestSourceBytes)[0]}`);
    this.#files.push(fileOf(fd, name, stat));
  }
}

function within(fd: number, use: (fd: number) => void): void {
  try {
    use(fd);
  } finally {
    closeDescriptor(fd);
  }
}

function opening(what: string, open: () => number): number {
  try {
    return open();
  } catch (error) {
    throw error instanceof IsolateError ? error : namedFault(`read ${what}`, error);
  }
}

function refuseSpecial({ mode }: FileStat, what: string): void {
  if ((mode & S.IFMT) !== S.IFREG) throw configError(`cannot read ${what}: it is not a regular file`);
}

/** No more than the size that was looked at: it may grow. */
function fileOf(fd: number, name: string, { size, mode }: FileStat): StagedFile {
  const bytes = Buffer.alloc(size);
  let done = 0;
  for (let count = -1; done < size && count !== 0; done += count) count = readSync(fd, bytes, done, size - done, done);
  return { name, bytes: bytes.subarray(0, done), mode: (mode & 0o111) === 0 ? 0o644 : 0o755 };
}
