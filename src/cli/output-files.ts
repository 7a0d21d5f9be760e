/**
 * The files of `--stdout` and `--stderr`: the caller's, opened with the caller's rights before anything runs. As with `--output`, the
 * directory may be one that a hostile program can write to, so a symbolic link in the file's place is refused.
 */
import { ftruncateSync, openSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { configError, IsolateError } from "../model/errors.ts";
import { AT_FDCWD, O, S } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt, statDescriptor, type FileStat } from "../kernel/files.ts";
import { descriptorNamed, isDevicePath } from "./result-file.ts";

/** Descriptors for what the program writes; null: it is part of the result. */
export interface OutputFiles {
  readonly stdoutTo: number | null;
  readonly stderrTo: number | null;
  /** Both flags name one file, which is open once: the second stream goes where the first goes. */
  readonly oneForBoth: boolean;
}

/** A file that the run needs otherwise, and the flag that names it. */
export interface OtherFile {
  readonly flag: string;
  /** A path, or a descriptor that is open. */
  readonly file: string | number;
}

/**
 * Opens the files, and empties them when nothing is wrong with any.
 * @param others files that must not be among them
 * @throws IsolateError of kind Config
 */
export function openOutputFiles(stdout: string | undefined, stderr: string | undefined, others: readonly OtherFile[]): OutputFiles {
  const opened = [openOutput("stdout", stdout), openOutput("stderr", stderr)] as const;
  try {
    const [out, err] = opened;
    for (const file of opened) if (file !== null) refuseOthers(file, others);
    const oneForBoth = out !== null && err !== null && isSame(out.stat, err.stat);
    for (const file of oneForBoth ? [out] : opened) if (file !== null && file.empty) ftruncateSync(file.fd, 0);
    if (oneForBoth) closeDescriptor(err.fd);
    return { stdoutTo: out?.fd ?? null, stderrTo: oneForBoth ? null : (err?.fd ?? null), oneForBoth };
  } catch (error) {
    for (const file of opened) if (file !== null) closeDescriptor(file.fd);
    throw error;
  }
}

interface Opened {
  readonly what: string;
  readonly fd: number;
  readonly stat: FileStat;
  /** It is a file of its own, not a stream that is open already. */
  readonly empty: boolean;
}

function openOutput(flag: string, path: string | undefined): Opened | null {
  if (path === undefined) return null;
  const what = `--${flag} ${path}`;
  try {
    const named = descriptorNamed(resolve(path));
    const fd = named ?? openPath(path);
    const stat = statDescriptor(fd);
    return { what, fd, stat, empty: named === null && (stat.mode & S.IFMT) === S.IFREG };
  } catch (error) {
    if (error instanceof IsolateError) throw error;
    if (errnoOf(error) === errno.ELOOP) throw configError(`cannot write ${what}: it is a symbolic link`, "give the path that it points to");
    throw configError(`cannot write ${what}: ${reasonOf(error)}`);
  }
}

/** Not emptied yet: it may turn out to be the input. A FIFO is waited for, as by a shell. */
function openPath(path: string): number {
  // Links in these directories are the system's own.
  if (isDevicePath(resolve(path))) return openSync(path, O.WRONLY | O.APPEND);
  const directory = openAt(AT_FDCWD, dirname(resolve(path)), O.PATH | O.DIRECTORY);
  try {
    return openAt(directory, path.endsWith("/") ? `${basename(path)}/` : basename(resolve(path)), O.WRONLY | O.CREAT | O.NOFOLLOW | O.NOCTTY, 0o666);
  } finally {
    closeDescriptor(directory);
  }
}

/** @throws IsolateError of kind Config */
function refuseOthers({ what, stat }: Opened, others: readonly OtherFile[]): void {
  if ((stat.mode & S.IFMT) !== S.IFREG) return;
  const same = others.find(({ file }) => {
    const other = typeof file === "number" ? statDescriptor(file) : statOf(file);
    return other !== null && isSame(stat, other);
  });
  if (same !== undefined) throw configError(`${what} and --${same.flag} name the same file`);
}

function statOf(path: string): Pick<FileStat, "device" | "inode"> | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : { device: stat.dev, inode: stat.ino };
}

function isSame(one: Pick<FileStat, "device" | "inode">, other: Pick<FileStat, "device" | "inode">): boolean {
  return one.device === other.device && one.inode === other.inode;
}
