/** What somebody can do about a call that the kernel refused for a reason of the host or of the caller. */
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { configError, IsolateError } from "./errors.ts";

const fullDisk = "the disk is full: make room, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)";

const hints: Readonly<Record<number, string>> = {
  [errno.ENOSPC]: fullDisk,
  [errno.EDQUOT]: fullDisk,
  [errno.EROFS]: "the file system is mounted read-only: mount it for writing, or choose another place with --state-dir",
  [errno.EMFILE]: "this process may have too few files open: raise the limit (ulimit -n)",
  [errno.ENFILE]: "the host has too many files open: raise fs.file-max, or run fewer boxes at once",
  [errno.EFBIG]: "this process may only write files that are too small: raise the limit (ulimit -f)",
  [errno.EAGAIN]: "the host allows no more processes: raise the limit (ulimit -u, pids.max of a control group, kernel.pid_max), or run fewer boxes at once",
  [errno.ENOMEM]: "the host is short of memory: run fewer boxes at once, or raise the limit of the control group that mini-isolate runs in",
  [errno.ENOLCK]: "the file system has no locks for files: choose a place on a local one with --state-dir",
  [errno.EIO]: "the device under the file system has failed: the kernel log (dmesg) says more",
  [errno.ESTALE]: "the network file system no longer has the file: mount it again, or choose another place with --state-dir",
};

/** One sentence without a full stop; undefined where the error number alone says nothing. */
export function hintFor(error: unknown): string | undefined {
  return hintForNumber(errnoOf(error) ?? 0);
}

/** The same for an error number. */
export function hintForNumber(number: number): string | undefined {
  return hints[number];
}

/** Whether the kernel refused something for want of room: on the disk, or in a user's share of it. Also when an error of ours says so. */
export function isFullDisk(error: unknown): boolean {
  const number = errnoOf(error instanceof IsolateError ? error.cause : error);
  return number === errno.ENOSPC || number === errno.EDQUOT;
}

/** What the host is short of, whatever was named: no fault of the one who named it. */
const shortages: readonly (number | undefined)[] = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE];

/**
 * `cannot <action>: <ERRNO> (<text>)` for something that the caller has named: of kind Config, or of kind Io where it is the host that
 * could not do it.
 */
export function namedFault(action: string, error: unknown, hint?: string): IsolateError {
  const message = `cannot ${action}: ${reasonOf(error)}`;
  if (!shortages.includes(errnoOf(error) ?? 0)) return configError(message, hint);
  const advice = hintFor(error);
  return new IsolateError("Io", message, { cause: error, ...(advice === undefined ? {} : { hint: advice }) });
}
