/**
 * Files and directories by path and by descriptor, with the names and shapes of node:fs, as far as a run needs them. node:fs itself costs a
 * command a millisecond before its first call. A test compares each call with the one of node:fs. What differs: errors are SyscallError.
 */
import { AT_FDCWD, AT_REMOVEDIR, O } from "./constants.ts";
import { tryCall, type CallArgument, type Memory } from "./ffi.ts";
import { errno, SyscallError } from "./errno.ts";
import type { SyscallName } from "./syscall-numbers.ts";

export { fstatSync, lstatSync, statfsSync, statSync, type Stats } from "./fs-stat.ts";

/** Modes of accessSync (access(2)). */
export const constants = { F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4 } as const;

/** What is read goes through here. Longer than most files of /proc, and its pages cost nothing before they are used. */
const scratchBytes = 64 * 1024;
let scratch: Buffer | null = null;

/** @throws SyscallError, for a path with a NUL, too, which the kernel would take for its end */
function checked(name: SyscallName, path: string): string {
  if (path.includes("\0")) throw new SyscallError(name, errno.EINVAL, JSON.stringify(path));
  return path;
}

/** A call that goes on after a signal. @throws SyscallError */
function calling(name: SyscallName, object: string, a: CallArgument, b?: CallArgument, c?: CallArgument, d?: CallArgument): number {
  for (;;) {
    const result = tryCall(name, a, b, c, d);
    if (result >= 0) return result;
    if (result !== -errno.EINTR) throw new SyscallError(name, -result, object);
  }
}

const namedFlags = { r: O.RDONLY, "r+": O.RDWR } as const;

/** Opened with O_CLOEXEC, as by node:fs. @param flags those of open(2), or a name of node:fs @throws SyscallError */
export function openSync(path: string, flags: number | keyof typeof namedFlags, mode = 0o666): number {
  return calling("openat", path, AT_FDCWD, checked("openat", path), (typeof flags === "number" ? flags : namedFlags[flags]) | O.CLOEXEC, mode);
}

/** @throws SyscallError */
export function closeSync(fd: number): void {
  const result = tryCall("close", fd);
  // After a signal it is closed all the same (close(2)).
  if (result < 0 && result !== -errno.EINTR) throw new SyscallError("close", -result, `descriptor ${fd}`);
}

/** One read(2), or pread(2) with a position. @returns bytes read, 0 at the end @throws SyscallError */
export function readSync(fd: number, into: Uint8Array, offset = 0, length = into.byteLength - offset, position: number | null = null): number {
  if (length === 0) return 0;
  const part = partOf(into, offset, length);
  return position === null
    ? calling("read", `descriptor ${fd}`, fd, part, length)
    : calling("pread64", `descriptor ${fd}`, fd, part, length, position);
}

/** One write(2), or pwrite(2) with a position. @returns bytes written @throws SyscallError */
export function writeSync(fd: number, bytes: Uint8Array, offset = 0, length = bytes.byteLength - offset, position: number | null = null): number {
  if (length === 0) return 0;
  const part = partOf(bytes, offset, length);
  return position === null
    ? calling("write", `descriptor ${fd}`, fd, part, length)
    : calling("pwrite64", `descriptor ${fd}`, fd, part, length, position);
}

/** Never memory that is not the buffer's. @throws RangeError */
function partOf(bytes: Uint8Array, offset: number, length: number): Memory {
  if (offset < 0 || length < 0 || offset + length > bytes.byteLength) throw new RangeError(`${length} bytes from ${offset} on, of ${bytes.byteLength}`);
  return offset === 0 ? bytes : bytes.subarray(offset);
}

/**
 * The content from where the descriptor is, or of the file at a path, up to its end, whatever size it says it has.
 * @throws SyscallError
 */
export function readFileSync(from: string | number): Buffer;
export function readFileSync(from: string | number, encoding: "utf8" | "latin1"): string;
export function readFileSync(from: string | number, encoding?: "utf8" | "latin1"): Buffer | string {
  const fd = typeof from === "number" ? from : openSync(from, O.RDONLY);
  try {
    const content = readToEnd(fd, String(from));
    if (encoding !== undefined) return content.toString(encoding);
    // The next file comes where this one lies.
    return content.buffer === scratch?.buffer ? Buffer.from(content) : content;
  } finally {
    if (fd !== from) closeSync(fd);
  }
}

/** @returns the content; good until the next call */
function readToEnd(fd: number, object: string): Buffer {
  let into = (scratch ??= Buffer.allocUnsafeSlow(scratchBytes));
  let filled = 0;
  for (;;) {
    const count = calling("read", object, fd, filled === 0 ? into : into.subarray(filled), into.length - filled);
    if (count === 0) return into.subarray(0, filled);
    filled += count;
    if (filled < into.length) continue;
    const larger = Buffer.allocUnsafeSlow(into.length * 2);
    into.copy(larger);
    into = larger;
  }
}

/** Writes a file anew. @param mode of a file that this makes @throws SyscallError */
export function writeFileSync(path: string, text: string, { mode = 0o666 }: { readonly mode?: number } = {}): void {
  const fd = openSync(path, O.WRONLY | O.CREAT | O.TRUNC, mode);
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += calling("write", path, fd, partOf(bytes, done, bytes.length - done), bytes.length - done);
  } finally {
    closeSync(fd);
  }
}

/** The names in a directory, in the order of the kernel; bytes that are no UTF-8 become replacement characters. @throws SyscallError */
export function readdirSync(path: string): string[] {
  const fd = openSync(path, O.RDONLY | O.DIRECTORY);
  try {
    const buffer = (scratch ??= Buffer.allocUnsafeSlow(scratchBytes));
    const names: string[] = [];
    for (;;) {
      const filled = calling("getdents64", path, fd, buffer, buffer.length);
      if (filled === 0) return names;
      // struct linux_dirent64: inode 8 bytes, offset 8, record length 2, type 1, name with a closing NUL.
      for (let at = 0; at < filled; at += buffer[at + 16]! + buffer[at + 17]! * 256) {
        const name = buffer.toString("utf8", at + 19, buffer.indexOf(0, at + 19));
        if (name !== "." && name !== "..") names.push(name);
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** @throws SyscallError */
export function readlinkSync(path: string): string {
  const buffer = (scratch ??= Buffer.allocUnsafeSlow(scratchBytes));
  return buffer.toString("utf8", 0, calling("readlinkat", path, AT_FDCWD, checked("readlinkat", path), buffer, buffer.length));
}

/** @throws SyscallError */
export function symlinkSync(target: string, path: string): void {
  calling("symlinkat", path, checked("symlinkat", target), AT_FDCWD, checked("symlinkat", path));
}

/** @throws SyscallError */
export function mkdirSync(path: string, mode = 0o777): void {
  calling("mkdirat", path, AT_FDCWD, checked("mkdirat", path), mode);
}

/** @throws SyscallError */
export function rmdirSync(path: string): void {
  calling("unlinkat", path, AT_FDCWD, checked("unlinkat", path), AT_REMOVEDIR);
}

/** Whether something is there that we can reach; a link counts when what it leads to does. Never throws. */
export function existsSync(path: string): boolean {
  return !path.includes("\0") && tryCall("faccessat", AT_FDCWD, path, constants.F_OK) === 0;
}

/** With the real uid and gid, as access(2). @throws SyscallError */
export function accessSync(path: string, mode: number): void {
  calling("faccessat", path, AT_FDCWD, checked("faccessat", path), mode);
}

/** @throws SyscallError */
export function chmodSync(path: string, mode: number): void {
  calling("fchmodat", path, AT_FDCWD, checked("fchmodat", path), mode);
}

/** @throws SyscallError */
export function fchmodSync(fd: number, mode: number): void {
  calling("fchmod", `descriptor ${fd}`, fd, mode);
}

/** The largest id; the number after it means that nothing is changed (chown(2)). */
const largestId = 2 ** 32 - 2;

/** @throws SyscallError, EINVAL for what is no id */
export function fchownSync(fd: number, uid: number, gid: number): void {
  for (const id of [uid, gid]) if (!(id >= 0 && id <= largestId)) throw new SyscallError("fchown", errno.EINVAL, `id ${id}`);
  calling("fchown", `descriptor ${fd}`, fd, uid, gid);
}

/** @throws SyscallError */
export function fsyncSync(fd: number): void {
  calling("fsync", `descriptor ${fd}`, fd);
}

/** @param accessed, modified seconds since 1970 @throws SyscallError */
export function futimesSync(fd: number, accessed: number, modified: number): void {
  const times = new BigInt64Array([accessed, modified].flatMap((seconds) => {
    const whole = Math.floor(seconds);
    return [BigInt(whole), BigInt(Math.floor((seconds - whole) * 1e9))];
  }));
  calling("utimensat", `descriptor ${fd}`, fd, 0, times, 0);
}
