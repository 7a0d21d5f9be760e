/** Where contents lie below their directory, and the directory itself. */
import { constants } from "node:fs";
import { errno, errnoOf, reasonOf } from "../../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt, openBeneath, statDescriptor } from "../../kernel/files.ts";
import { AT_FDCWD } from "../../kernel/constants.ts";
import { closeSync, fsyncSync, mkdirSync, openSync } from "../../kernel/fs.ts";
import { configError, type IsolateError } from "../../model/errors.ts";

export function hasContentName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** Relative. @param sha256 a name that {@link hasContentName} knows */
export function contentPath(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** The two directories that a content lies in. @throws SyscallError */
export function makeFanOut(directory: number, path: string): void {
  for (const length of [2, 5]) makeUnlessThere(directory, path.slice(0, length));
}

/**
 * Makes the data directory of the service with mode 0700, and those above it that are missing; one that is there is checked.
 * @throws IsolateError of kind Config when it cannot be had, is a link, belongs to another user, or others can write to it
 */
export function makeDataDirectory(path: string): void {
  closeDescriptor(openOwn(path, "data"));
}

/**
 * Opens the directory of contents as {@link makeDataDirectory} makes one.
 * @returns a descriptor for reaching what is below @throws IsolateError of kind Config
 */
export function openContents(path: string): number {
  const fd = openOwn(path, "contents");
  try {
    makeUnlessThere(fd, "tmp");
    closeDescriptor(openBeneath(fd, "tmp", constants.O_RDONLY | constants.O_DIRECTORY));
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw unusable(path, "contents", error);
  }
}

/** What was made in a directory is there after a loss of power. @throws SyscallError */
export function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function openOwn(path: string, purpose: string): number {
  let fd = -1;
  try {
    makeAll(path);
    fd = openAt(AT_FDCWD, path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const { mode, uid } = statDescriptor(fd);
    if (uid !== 0 && uid !== process.geteuid!()) throw new Error(`it belongs to uid ${uid}`);
    if ((mode & 0o022) !== 0) throw new Error("others can write to it");
    return fd;
  } catch (error) {
    if (fd >= 0) closeDescriptor(fd);
    throw unusable(path, purpose, error);
  }
}

function unusable(path: string, purpose: string, error: unknown): IsolateError {
  const hint = errnoOf(error) === errno.EROFS ? "its file system is mounted read-only" : "give the service a data directory of its own";
  return configError(`cannot use ${path} for ${purpose}: ${reasonOf(error)}`, hint);
}

function makeAll(path: string): void {
  const parts = path.split("/");
  for (let count = 1; count <= parts.length; count++) {
    const part = parts.slice(0, count).join("/");
    if (part === "") continue;
    try {
      mkdirSync(part, 0o700);
    } catch (error) {
      // A directory that is there is EEXIST, but on a file system that takes no writes, or above what is ours, anything else.
      if (count === parts.length && errnoOf(error) !== errno.EEXIST && errnoOf(error) !== errno.EROFS && errnoOf(error) !== errno.EACCES) throw error;
    }
  }
}

function makeUnlessThere(directory: number, name: string): void {
  try {
    makeDirectoryAt(directory, name, 0o700);
  } catch (error) {
    if (errnoOf(error) !== errno.EEXIST && errnoOf(error) !== errno.EROFS) throw error;
  }
}
