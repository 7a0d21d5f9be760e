/** Looking at what lies where programs may have written: no link is followed, nothing is waited for, only regular files are read. */
import { readSync } from "./fs.ts";
import { AT_FDCWD, O, RESOLVE, S } from "./constants.ts";
import { tryCall } from "./ffi.ts";
import { closeDescriptor, reopen, statDescriptor, type FileStat } from "./files.ts";

/** Longest target of a link (PATH_MAX). */
const longestTarget = 4096;

/** Something that was found: held by a handle that gives no access to it. */
export interface Handle extends Disposable {
  readonly stat: FileStat;
  /** Where a link leads; null for anything else. */
  readonly target: string | null;
  /** A path to it for as long as the handle lasts. */
  readonly path: string;
  /** Reads at most this many bytes; fewer at the end. null: it may not be read, or is no regular file. */
  read(position: number, bytes: number): Uint8Array | null;
}

/**
 * What is at a path below a directory of the host, without following any link below it (openat2(2)).
 * @param directory a path that only we or the host's owner can change
 * @param path relative; empty: the directory itself
 * @returns the error number when there is nothing to be had
 */
export function lookBelow(directory: string, path: string): Handle | number {
  const top = tryCall("openat", AT_FDCWD, directory, O.PATH | O.CLOEXEC);
  if (top < 0) return -top;
  if (path === "") return handle(top);
  const how = new BigUint64Array([BigInt(O.PATH | O.NOFOLLOW | O.CLOEXEC), 0n, BigInt(RESOLVE.BENEATH | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_SYMLINKS)]);
  const fd = tryCall("openat2", top, path, how, how.byteLength);
  closeDescriptor(top);
  return fd < 0 ? -fd : handle(fd);
}

function handle(fd: number): Handle {
  const stat = statDescriptor(fd);
  const type = stat.mode & S.IFMT;
  let open: number | null = null;
  return {
    stat,
    target: type === S.IFLNK ? targetOf(fd) : null,
    path: `/proc/self/fd/${fd}`,
    read(position, bytes) {
      if (type !== S.IFREG) return null;
      open ??= reopen(fd, O.RDONLY | O.NONBLOCK | O.NOCTTY);
      if (open === null) return null;
      const buffer = new Uint8Array(bytes);
      return buffer.subarray(0, readSync(open, buffer, 0, bytes, position));
    },
    [Symbol.dispose]() {
      closeDescriptor(fd);
      if (open !== null) closeDescriptor(open);
    },
  };
}

function targetOf(fd: number): string {
  const buffer = Buffer.alloc(longestTarget);
  const length = tryCall("readlinkat", fd, "", buffer, buffer.length);
  return length < 0 ? "" : buffer.toString("utf8", 0, length);
}
