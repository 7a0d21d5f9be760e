/**
 * Files that exist to be locked with flock(2) and that may be unlinked by whoever holds the lock.
 *
 * A process can open the file, and the holder unlink it, before the first gets the lock: it then holds a lock
 * on a file without a name, next to another process with a new file of the same name. So a lock counts only
 * when the name still leads to the file that was locked; otherwise everything starts again.
 */
import { configError, IsolateError } from "../model/errors.ts";
import { O, S } from "../kernel/constants.ts";
import { openHandle } from "../kernel/directory.ts";
import { errno, errnoOf, SyscallError } from "../kernel/errno.ts";
import { closeDescriptor, type FileStat, openAt, statDescriptor, tryLock, tryUnlinkAt } from "../kernel/files.ts";

/** What came of one attempt. With `held` and `busy` the descriptor is the caller's to close; `missing`: there is no such file. */
export type LockAttempt =
  | { readonly kind: "held"; readonly fd: number }
  | { readonly kind: "busy"; readonly fd: number }
  | { readonly kind: "missing" };

/** Each one means that somebody else finished with the lock, so this many in a row are no accident. */
const maxAttempts = 1000;

/**
 * Opens and locks a file, without waiting. The file is made with mode 0600 when `create` says so.
 * @param directory descriptor of the directory that `name` is in
 * @param path the same file for messages
 * @param take takes the lock of an opened file, or says that another has it; may wait instead
 * @throws IsolateError of kind Config when the name leads to anything but a regular file with one link; SyscallError; what `take` throws
 */
export function tryLockFile(directory: number, name: string, path: string, create: boolean, take: (fd: number) => boolean = tryLock): LockAttempt {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const fd = openLockFile(directory, name, path, create);
    if (fd === null) return { kind: "missing" };
    try {
      const stat = statDescriptor(fd);
      if ((stat.mode & S.IFMT) !== S.IFREG) throw refused(path, "it is not a regular file");
      if (!take(fd)) return { kind: "busy", fd };
      if (leadsTo(directory, name, stat)) {
        // Asked under the lock: the link count of a file that was just unlinked is 0, which is no fault.
        if (statDescriptor(fd).links !== 1) throw refused(path, "it has more than one name");
        return { kind: "held", fd };
      }
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
    closeDescriptor(fd);
  }
  throw new IsolateError("Io", `cannot lock ${path}: the file was replaced ${maxAttempts} times`);
}

/** Unlinks a file whose lock we hold (only if the name still leads to it) and closes it, which releases the lock. @throws SyscallError */
export function unlinkAndClose(directory: number, name: string, fd: number): void {
  try {
    if (!leadsTo(directory, name, statDescriptor(fd))) return;
    const result = tryUnlinkAt(directory, name, 0);
    if (result < 0) throw new SyscallError("unlinkat", -result, name);
  } finally {
    closeDescriptor(fd);
  }
}

function openLockFile(directory: number, name: string, path: string, create: boolean): number | null {
  try {
    // O_NONBLOCK: something that is no regular file must not hold us up.
    return openAt(directory, name, O.RDWR | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY | (create ? O.CREAT : 0), 0o600);
  } catch (error) {
    const number = errnoOf(error);
    if (number === errno.ENOENT && !create) return null;
    if (number === errno.ELOOP) throw refused(path, "it is a symbolic link");
    if (number === errno.EISDIR || number === errno.ENXIO) throw refused(path, "it is not a regular file");
    throw error;
  }
}

function refused(path: string, why: string): IsolateError {
  return configError(`cannot use lock file ${path}: ${why}`, "nothing of ours makes such a file: find out who did, then remove it");
}

function leadsTo(directory: number, name: string, file: FileStat): boolean {
  let handle: number;
  try {
    handle = openHandle(directory, name);
  } catch (error) {
    if (errnoOf(error) === errno.ENOENT) return false;
    throw error;
  }
  try {
    const there = statDescriptor(handle);
    return there.inode === file.inode && there.device === file.device;
  } finally {
    closeDescriptor(handle);
  }
}
