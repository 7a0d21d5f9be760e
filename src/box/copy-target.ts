/**
 * A file of the caller's that gets a copy of one in a box. Its directory is opened before the program runs, since the program, or that of another box,
 * may be able to change what a path leads to. The copy appears whole or not at all, and is the caller's own: nothing of the file in the box but its
 * bytes is carried over.
 */
import { basename, dirname, resolve } from "node:path";
import { accessSync, constants } from "../kernel/fs.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, renameAt, statEntry, tryUnlinkAt } from "../kernel/files.ts";
import { copyAll } from "../kernel/files-copy.ts";

export class CopyTarget {
  readonly path: string;
  readonly #directory: number;

  private constructor(path: string, directory: number) {
    this.path = path;
    this.#directory = directory;
  }

  /**
   * Makes sure that a file can be put there, without touching anything.
   * @throws Error with a sentence that names the path
   */
  static open(path: string): CopyTarget {
    try {
      if (path.endsWith("/")) throw new Error(`cannot write ${path}: it is a directory`);
      const directory = openAt(AT_FDCWD, dirname(resolve(path)), O.PATH | O.DIRECTORY);
      try {
        refuseOthers(directory, path);
        accessSync(dirname(resolve(path)), constants.W_OK | constants.X_OK);
        return new CopyTarget(path, directory);
      } catch (error) {
        closeDescriptor(directory);
        throw error;
      }
    } catch (error) {
      throw errnoOf(error) === null ? error : new Error(`cannot write ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /**
   * Puts a copy in place, with the ids and the umask of this process.
   * @param source read from its position
   * @returns how many bytes it has
   * @throws Error with a sentence that names the path; what was there is as it was then
   */
  put(source: number, mostBytes: number): number {
    const temporary = `.mini-isolate-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
    try {
      const fd = openAt(this.#directory, temporary, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o666);
      try {
        let copied: number;
        try {
          copied = copyAll(source, fd, mostBytes);
        } finally {
          closeDescriptor(fd);
        }
        // It may have changed while the program ran.
        refuseOthers(this.#directory, this.path);
        renameAt(this.#directory, temporary, this.#directory, nameIn(this.path));
        return copied;
      } catch (error) {
        tryUnlinkAt(this.#directory, temporary, 0);
        throw error;
      }
    } catch (error) {
      throw errnoOf(error) === null ? error : new Error(`cannot write ${this.path}: ${reasonOf(error)}`, { cause: error });
    }
  }

  close(): void {
    closeDescriptor(this.#directory);
  }
}

function nameIn(path: string): string {
  return basename(resolve(path));
}

/** @throws Error when something else than a regular file has the name */
function refuseOthers(directory: number, path: string): void {
  const there = statEntry(directory, Buffer.from(nameIn(path)));
  if (there === null) return;
  const type = there.mode & S.IFMT;
  if (type !== S.IFREG) throw new Error(`cannot write ${path}: it is ${type === S.IFLNK ? "a symbolic link" : type === S.IFDIR ? "a directory" : "not a regular file"}`);
}
