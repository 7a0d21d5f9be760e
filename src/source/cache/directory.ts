/**
 * Where the cache lives: `<state>/.cache`, ours and closed to everybody else, so that nobody but us can put anything there. No box
 * id begins with a dot, so it is never taken for a box.
 *
 *     lock        held (flock) while entries come and go; its text is the running total (eviction.ts)
 *     entries/    one file an entry (entry.ts), named by its key
 *     new/        entries that are being written, each locked (flock) by its writer
 */
import { fchmodSync } from "node:fs";
import { IsolateError } from "../../model/errors.ts";
import { AT_FDCWD, O } from "../../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../../kernel/errno.ts";
import { closeDescriptor, makeDirectoryAt, openAt, statDescriptor, tryLock } from "../../kernel/files.ts";

const directoryName = ".cache";
const lockName = "lock";
const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;

/** Longest wait for the lock; it is held for moments, unless its holder is stopped. */
const longestWaitMs = 200;

/** The cache of a state directory, opened and checked. */
export interface CacheDirectory extends Disposable {
  /** For messages. */
  readonly path: string;
  readonly fd: number;
  readonly entries: number;
  readonly unfinished: number;
}

/**
 * @param stateDir absolute, checked already
 * @param make whether to make what is missing
 * @returns null when it is not there and is not to be made
 * @throws IsolateError of kind Io when it is not a directory of ours alone, or cannot be opened or made
 */
export function openCacheDirectory(stateDir: string, make: boolean): CacheDirectory | null {
  const path = `${stateDir}/${directoryName}`;
  const opened: number[] = [];
  const close = () => opened.splice(0).forEach(closeDescriptor);
  const open = (directory: number, name: string): number => {
    const fd = openOrMake(directory, name, make);
    opened.push(fd);
    return fd;
  };
  try {
    const state = openAt(AT_FDCWD, stateDir, O.PATH | O.DIRECTORY | O.NOFOLLOW);
    opened.push(state);
    const fd = open(state, directoryName);
    requireOurs(fd, path);
    return { path, fd, entries: open(fd, "entries"), unfinished: open(fd, "new"), [Symbol.dispose]: close };
  } catch (error) {
    close();
    if (errnoOf(error) === errno.ENOENT && !make) return null;
    if (errnoOf(error) === errno.ENOTDIR || errnoOf(error) === errno.ELOOP) throw unusable(path, "it is not a directory");
    throw error instanceof IsolateError ? error : unusable(path, reasonOf(error));
  }
}

function openOrMake(directory: number, name: string, make: boolean): number {
  try {
    return openAt(directory, name, flags);
  } catch (error) {
    if (errnoOf(error) !== errno.ENOENT || !make) throw error;
  }
  try {
    makeDirectoryAt(directory, name, 0o700);
  } catch (error) {
    // Another process has made it just now.
    if (errnoOf(error) !== errno.EEXIST) throw error;
    return openAt(directory, name, flags);
  }
  const fd = openAt(directory, name, flags);
  // Whatever the umask of the caller is.
  fchmodSync(fd, 0o700);
  return fd;
}

/** Entries become programs of whoever hits them, so nobody else may have made one: not even root's are taken over from another user. */
function requireOurs(fd: number, path: string): void {
  const { uid, mode } = statDescriptor(fd);
  const us = process.geteuid!();
  if (uid !== us) throw unusable(path, `it belongs to uid ${uid} and not to us (uid ${us})`);
  if ((mode & 0o077) !== 0) throw unusable(path, `it is open to others (mode ${(mode & 0o7777).toString(8).padStart(4, "0")})`);
}

function unusable(path: string, why: string): IsolateError {
  return new IsolateError("Io", `cannot use the compile cache ${path}: ${why}`, { hint: "remove it: it is made again when it is needed" });
}

/**
 * Calls `use` with the lock of the cache held, and the descriptor of the file whose lock it is.
 * @throws IsolateError of kind Io when it is held by others all the time, SyscallError
 */
export function withCacheLock<T>(directory: CacheDirectory, use: (lock: number) => T): T {
  const fd = openAt(directory.fd, lockName, O.RDWR | O.CREAT | O.NOFOLLOW | O.NONBLOCK, 0o600);
  try {
    for (let waitedMs = 0; !tryLock(fd); waitedMs++) {
      if (waitedMs >= longestWaitMs) throw unusable(directory.path, "others are busy with it");
      Bun.sleepSync(1);
    }
    return use(fd);
  } finally {
    closeDescriptor(fd);
  }
}
