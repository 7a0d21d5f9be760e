/**
 * The files of `--result`, `--meta` and `--html`. They may lie in a directory that a hostile program can write to, so the directory is
 * opened before the program runs, and a symbolic link in the file's place is refused.
 */
import { accessSync, constants, fchmodSync, fchownSync, openSync, writeSync } from "../kernel/fs.ts";
import { basename, dirname, resolve } from "node:path";
import { IsolateError } from "../model/errors.ts";
import { namedFault } from "../model/host-fault.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf, SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, duplicateAbove, openAt, renameAt, statDescriptor, statusFlags, tryUnlinkAt, type FileStat } from "../kernel/files.ts";
import type { OwnDocument } from "./own-result.ts";
import { writeAll, type Writable } from "./write.ts";

/** What stands at the path before the run: nothing, a file to be replaced, or a stream that is written to as it is. */
type Target =
  | { readonly kind: "replace"; readonly directory: number; readonly name: string; readonly old: FileStat | null }
  | { readonly kind: "stream"; readonly fd: number };

const deviceDirectories = /^\/(dev|proc)\//;

/** Whether links that lead there are the system's own. @param path absolute */
export function isDevicePath(path: string): boolean {
  return deviceDirectories.test(path) && !path.startsWith("/dev/shm/");
}

const ownDescriptor = /^\/(?:dev|proc\/self)\/fd\/([0-9]{1,6})$/;

/** A result file, checked before the run and written after it. */
export class ResultFile {
  readonly #what: string;
  readonly #target: Target;

  private constructor(what: string, target: Target) {
    this.#what = what;
    this.#target = target;
  }

  /**
   * Makes sure that the file can be written later, without touching it.
   * @param flag the flag that named it, for messages
   * @param replaces a file that is there has to be empty, or a document of ours of this kind
   * @throws IsolateError of kind Config (exit code 64), Io
   */
  static open(path: string, flag: string, replaces: "anything" | OwnDocument = "anything"): ResultFile {
    const what = `--${flag} ${path}`;
    try {
      const target = openTarget(path);
      if (replaces !== "anything") refuseOthers(replaces, target, what);
      return new ResultFile(what, target);
    } catch (error) {
      if (error instanceof IsolateError) throw error;
      throw namedFault(`write ${what}`, error);
    }
  }

  /**
   * Puts the text in place: all of it or nothing, where the target is a regular file or absent. A file that was there keeps
   * its owner and permissions; when the text cannot be put in its place it goes all the same, so that nobody takes an old result for this one.
   * @throws IsolateError of kind Io
   */
  write(text: Writable): void {
    try {
      if (this.#target.kind === "stream") writeAll(this.#target.fd, text, writeSync);
      else replace(this.#target, text);
    } catch (error) {
      if (this.#target.kind === "replace") tryUnlinkAt(this.#target.directory, this.#target.name, 0);
      throw new IsolateError("Io", `cannot write ${this.#what}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Closes what {@link ResultFile.open} opened. */
  close(): void {
    closeDescriptor(this.#target.kind === "stream" ? this.#target.fd : this.#target.directory);
  }
}

const documentNames: Readonly<Record<OwnDocument, string>> = { results: "result document", reports: "report of ours" };

/** @throws IsolateError of kind Config for a file that is no document of ours; the target is closed then */
function refuseOthers(document: OwnDocument, target: Target, what: string): void {
  if (target.kind === "stream" || target.old === null || target.old.size === 0) return;
  // Loaded where there is a file to look into.
  const { isOwn } = require("./own-result.ts") as typeof import("./own-result.ts");
  try {
    if (isOwn(document, target.directory, target.name)) return;
  } catch (error) {
    closeDescriptor(target.directory);
    throw namedFault(`read ${what}, to see whether it may be replaced`, error);
  }
  closeDescriptor(target.directory);
  throw new IsolateError("Config", `cannot write ${what}: the file that is there is no ${documentNames[document]}, and would be lost`, { hint: "name another file, or remove this one" });
}

function openTarget(given: string): Target {
  const path = resolve(given);
  const fd = descriptorNamed(path);
  if (fd !== null) return { kind: "stream", fd };
  // Links in these directories are the system's own.
  if (isDevicePath(path)) return { kind: "stream", fd: openSync(path, O.WRONLY | O.APPEND) };
  if (given.endsWith("/")) throw new IsolateError("Config", `cannot write ${given}: it is a directory`);
  const directory = openAt(AT_FDCWD, dirname(path), O.PATH | O.DIRECTORY);
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    const name = basename(path);
    const old = statEntry(directory, name);
    const type = old === null ? S.IFREG : old.mode & S.IFMT;
    if (type === S.IFREG) return { kind: "replace", directory, name, old };
    if (type === S.IFLNK) {
      throw new IsolateError("Config", `cannot write ${given}: it is a symbolic link`, { hint: "give the path that it points to" });
    }
    if (type === S.IFDIR) throw new IsolateError("Config", `cannot write ${given}: it is a directory`);
    const fd = openAt(directory, name, O.WRONLY | O.NOFOLLOW | O.APPEND);
    closeDescriptor(directory);
    return { kind: "stream", fd };
  } catch (error) {
    closeDescriptor(directory);
    throw error;
  }
}

/**
 * A duplicate of the descriptor that a path like /dev/stdout means, or null. Opening the path would give a second position in
 * a file, and what is written at the one would overwrite what was written at the other.
 */
export function descriptorNamed(path: string): number | null {
  const standard = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(path);
  const number = standard >= 0 ? standard : Number(ownDescriptor.exec(path)?.[1] ?? -1);
  if (number < 0) return null;
  const flags = statusFlags(number);
  if (flags === null || (flags & (O.WRONLY | O.RDWR)) === 0) throw new SyscallError("write", errno.EBADF, path);
  return duplicateAbove(number, 3);
}

function statEntry(directory: number, name: string): FileStat | null {
  let entry: number;
  try {
    entry = openAt(directory, name, O.PATH | O.NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return null;
    throw error;
  }
  try {
    return statDescriptor(entry);
  } finally {
    closeDescriptor(entry);
  }
}

function replace({ directory, name, old }: Target & { kind: "replace" }, text: Writable): void {
  const temporary = `.mini-isolate-${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
  const fd = openAt(directory, temporary, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o666);
  try {
    try {
      writeAll(fd, text, writeSync);
      if (old !== null) keepOwnerAndMode(fd, old);
    } finally {
      closeDescriptor(fd);
    }
    renameAt(directory, temporary, directory, name);
  } catch (error) {
    tryUnlinkAt(directory, temporary, 0);
    throw error;
  }
}

function keepOwnerAndMode(fd: number, old: FileStat): void {
  try {
    fchownSync(fd, old.uid, old.gid);
  } catch {
    // Not ours to give away: the new file is then the caller's, as any new file.
  }
  fchmodSync(fd, old.mode & 0o777);
}
