/** Descriptors, locks and files by descriptor: the calls that node:fs does not have. */
import { readdirSync, readlinkSync } from "./fs.ts";
import { addressOf, call, cString, tryCall, type Memory } from "./ffi.ts";
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW, F, FD_CLOEXEC, LOCK, O, RESOLVE, S } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";

export function closeDescriptor(fd: number): void {
  tryCall("close", fd);
}

/** openat(2) with O_CLOEXEC. @throws SyscallError */
export function openAt(directory: number, name: string, flags: number, mode = 0): number {
  return call("openat", name, directory, name, flags | O.CLOEXEC, mode);
}

/**
 * Opens a name below a directory descriptor and nowhere else: no link is followed, no mount point
 * crossed, nothing blocks (openat2(2), Linux 5.6). The way to every file that a program in a box may have made.
 * @param name a relative path, text or the bytes of the name
 * @throws SyscallError (ELOOP for a link, EXDEV for a path that leaves)
 */
export function openBeneath(directory: number, name: string | Uint8Array, flags: number, mode = 0): number {
  const how = new BigUint64Array(3);
  how[0] = BigInt(flags | O.CLOEXEC | O.NOCTTY | O.NONBLOCK);
  how[1] = BigInt(flags & O.CREAT ? mode : 0);
  how[2] = BigInt(RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_XDEV);
  const path = typeof name === "string" ? cString(name) : withNul(name);
  return call("openat2", typeof name === "string" ? name : "(name)", directory, path, how, how.byteLength);
}

/** An open of a path below a directory that is good only for looking at it (O_PATH). @returns the negated errno when it failed */
function look(directory: string, path: string, resolve: number): number {
  const top = openAt(AT_FDCWD, directory, O.PATH);
  const how = new BigUint64Array([BigInt(O.PATH | O.CLOEXEC), 0n, BigInt(RESOLVE.BENEATH | RESOLVE.NO_MAGICLINKS | resolve)]);
  const fd = tryCall("openat2", top, path, how, how.byteLength);
  closeDescriptor(top);
  return fd;
}

/**
 * What is at a path below a directory, no link followed.
 * @throws SyscallError (ELOOP for a link)
 */
export function typeBelow(directory: string, path: string): "directory" | "file" {
  const fd = look(directory, path, RESOLVE.NO_SYMLINKS);
  if (fd < 0) throw new SyscallError("openat2", -fd, path);
  try {
    return (statDescriptor(fd).mode & S.IFMT) === S.IFDIR ? "directory" : "file";
  } finally {
    closeDescriptor(fd);
  }
}

/** Whether a link on a path below a directory leads out of the directory. False for what is not there. @throws SyscallError */
export function leavesDirectory(directory: string, path: string): boolean {
  const fd = look(directory, path, 0);
  if (fd >= 0) closeDescriptor(fd);
  return fd === -errno.EXDEV || fd === -errno.ELOOP;
}

function withNul(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 1);
  out.set(bytes);
  return out;
}

/** unlinkat(2) of one entry of a directory; `flags` may be AT_REMOVEDIR. @returns 0 or the negated errno */
export function tryUnlinkAt(directory: number, name: Uint8Array | string, flags: number): number {
  return tryCall("unlinkat", directory, typeof name === "string" ? name : withNul(name), flags);
}

/** mkdirat(2). @throws SyscallError */
export function makeDirectoryAt(directory: number, name: string, mode: number): void {
  call("mkdirat", name, directory, name, mode);
}

/** renameat2(2) with flags 0. @throws SyscallError */
export function renameAt(fromDirectory: number, from: string, toDirectory: number, to: string): void {
  call("renameat2", to, fromDirectory, from, toDirectory, to, 0);
}

/** What of struct stat we use (fstat(2)); `inode` and `device` as bigint. */
export interface FileStat {
  readonly device: bigint;
  readonly inode: bigint;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Which device this is, for a device node: major number times 256 plus minor number, when both are small. */
  readonly deviceOfNode: bigint;
  /** What it takes on its file system; less than `size` where there are holes. */
  readonly allocatedBytes: number;
  /** Last change of the content, nanoseconds since 1970; and of anything, such as mode or attributes, which nobody can set. */
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/** `st_blocks` is in units of this, whatever the file system's blocks are (stat(3type)). */
const statBlockBytes = 512;

const arm = process.arch === "arm64";

const statBytes = 144;

/** fstat(2). @throws SyscallError */
export function statDescriptor(fd: number): FileStat {
  const raw = new Uint8Array(statBytes);
  call("fstat", `descriptor ${fd}`, fd, raw);
  return parseStat(raw);
}

/** newfstatat(2) of one entry of a directory, no link followed; null when it is gone. @throws SyscallError */
export function statEntry(directory: number, name: Uint8Array): FileStat | null {
  const raw = new Uint8Array(statBytes);
  const result = tryCall("newfstatat", directory, withNul(name), raw, AT_SYMLINK_NOFOLLOW);
  if (result === -errno.ENOENT) return null;
  if (result < 0) throw new SyscallError("newfstatat", -result);
  return parseStat(raw);
}

/** Whether an entry of a directory is there; a link counts when what it leads to is there. What cannot be looked at counts. */
export function entryExists(directory: number, name: string): boolean {
  const result = tryCall("newfstatat", directory, name, new Uint8Array(statBytes), 0);
  return result !== -errno.ENOENT && result !== -errno.ENOTDIR;
}

function parseStat(bytes: Uint8Array): FileStat {
  const raw = new DataView(bytes.buffer);
  // struct stat: nlink comes before mode on x86_64 and has 8 bytes there (asm/stat.h, asm-generic/stat.h).
  return {
    device: raw.getBigUint64(0, true),
    inode: raw.getBigUint64(8, true),
    mode: raw.getUint32(arm ? 16 : 24, true),
    links: arm ? raw.getUint32(20, true) : Number(raw.getBigUint64(16, true)),
    uid: raw.getUint32(arm ? 24 : 28, true),
    gid: raw.getUint32(arm ? 28 : 32, true),
    deviceOfNode: raw.getBigUint64(arm ? 32 : 40, true),
    size: Number(raw.getBigInt64(48, true)),
    allocatedBytes: Number(raw.getBigInt64(64, true)) * statBlockBytes,
    modifiedNs: raw.getBigInt64(88, true) * 1_000_000_000n + raw.getBigInt64(96, true),
    changedNs: raw.getBigInt64(104, true) * 1_000_000_000n + raw.getBigInt64(112, true),
  };
}

/** flock(2). @returns true when we have the lock, false when another process holds it. @throws SyscallError */
export function tryLock(fd: number, mode: "exclusive" | "shared" = "exclusive"): boolean {
  const result = tryCall("flock", fd, (mode === "exclusive" ? LOCK.EX : LOCK.SH) | LOCK.NB);
  if (result === -errno.EWOULDBLOCK) return false;
  if (result === -errno.EINTR) return tryLock(fd, mode);
  if (result < 0) throw new SyscallError("flock", -result, `descriptor ${fd}`);
  return true;
}

/**
 * flock(2) that waits; blocks the thread.
 * @param onSignal called when a handler of a signal has ended the waiting, which then goes on
 * @throws SyscallError, what `onSignal` throws
 */
export function lockAndWait(fd: number, onSignal: () => void = () => {}): void {
  for (;;) {
    const result = tryCall("flock", fd, LOCK.EX);
    if (result >= 0) return;
    if (result !== -errno.EINTR) throw new SyscallError("flock", -result, `descriptor ${fd}`);
    onSignal();
  }
}

/** pipe2(2), both ends close-on-exec, blocking. @returns [read end, write end] @throws SyscallError */
export function makePipe(): [number, number] {
  const ends = new Int32Array(2);
  call("pipe2", "", ends, O.CLOEXEC);
  return [ends[0]!, ends[1]!];
}

/** Makes a pipe hold so much (pipe(7)), or as near to it as the kernel lets us: an ordinary user has 1 MB each, and 64 MB in all. */
export function enlargePipe(fd: number, bytes: number): void {
  for (let wanted = bytes; wanted > usualPipeBytes; wanted /= 2) if (tryCall("fcntl", fd, F.SETPIPE_SZ, Math.ceil(wanted)) >= 0) return;
}

/** What a pipe holds by default (pipe(7)): more than one read never gives. */
export const usualPipeBytes = 64 * 1024;

/** Sets O_NONBLOCK on the open file description behind `fd`. @throws SyscallError */
export function setNonBlocking(fd: number): void {
  call("fcntl", "F_SETFL", fd, F.SETFL, call("fcntl", "F_GETFL", fd, F.GETFL, 0) | O.NONBLOCK);
}

/** Takes O_NONBLOCK off the open file description behind `fd`. @throws SyscallError */
export function setBlocking(fd: number): void {
  call("fcntl", "F_SETFL", fd, F.SETFL, call("fcntl", "F_GETFL", fd, F.GETFL, 0) & ~O.NONBLOCK);
}

/** Access mode and status flags of an open descriptor, or null when it is closed. */
export function statusFlags(fd: number): number | null {
  const flags = tryCall("fcntl", fd, F.GETFL, 0);
  return flags < 0 ? null : flags;
}

/** Whether a pipe has no name in any directory. @throws SyscallError without a /proc to say it */
export function isAnonymousPipe(fd: number): boolean {
  return readlinkSync(`/proc/self/fd/${fd}`).startsWith("pipe:[");
}

/** Whether an open descriptor is for reading and nothing else. */
export function readsOnly(fd: number): boolean {
  return ((statusFlags(fd) ?? 0) & (O.WRONLY | O.RDWR)) === 0;
}

/**
 * Descriptors above 2 that our caller gave us; to be called before we open any of our own. The runtime marks all
 * of them close-on-exec when it starts, so nothing but their kind tells them from its own (epoll and event descriptors).
 */
export function inheritedDescriptors(): number[] {
  const descriptors = readdirSync("/proc/self/fd").map(Number).filter((fd) => fd > 2);
  return descriptors.filter((fd) => {
    try {
      return !readlinkSync(`/proc/self/fd/${fd}`).startsWith("anon_inode:[event");
    } catch {
      // The one that the directory was read with.
      return false;
    }
  });
}

const TCGETS = 0x5401;

/** Whether a descriptor is an open terminal (isatty(3)); node:tty would cost milliseconds to load. */
export function isTerminal(fd: number): boolean {
  return tryCall("ioctl", fd, TCGETS, new Uint8Array(64)) === 0;
}

/**
 * Whether our caller started us with this standard stream closed (`>&-`). The runtime puts /dev/null there, close-on-exec, which nothing is
 * that came to us through execve(2). @param fd 0, 1 or 2
 */
export function wasClosedByCaller(fd: number): boolean {
  return (tryCall("fcntl", fd, F.GETFD, 0) & FD_CLOEXEC) !== 0;
}

/** A new descriptor of at least `minimum` for the same file, close-on-exec. @throws SyscallError */
export function duplicateAbove(fd: number, minimum: number): number {
  return call("fcntl", "F_DUPFD_CLOEXEC", fd, F.DUPFD_CLOEXEC, minimum);
}

/** Writes all bytes to a blocking descriptor. @throws SyscallError */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const part = bytes.subarray(done);
    const written = tryCall("write", fd, part, part.length);
    if (written === -errno.EINTR) continue;
    if (written < 0) throw new SyscallError("write", -written, `descriptor ${fd}`);
    done += written;
  }
}

/**
 * Opens what a descriptor is open on once more, with flags of its own.
 * @returns null where it cannot be opened: a socket, or a file that its mode does not let us open
 */
export function reopen(fd: number, flags: number): number | null {
  const opened = tryCall("openat", AT_FDCWD, `/proc/self/fd/${fd}`, flags | O.CLOEXEC);
  return opened < 0 ? null : opened;
}

const SEEK_SET = 0;
const SEEK_CUR = 1;

/** Where a descriptor reads next, or null when it has no position (lseek(2), ESPIPE). */
export function positionOf(fd: number): number | null {
  const position = tryCall("lseek", fd, 0, SEEK_CUR);
  return position < 0 ? null : position;
}

/** Sets where a descriptor reads next. @returns whether that was possible */
export function setPosition(fd: number, position: number): boolean {
  return tryCall("lseek", fd, position, SEEK_SET) >= 0;
}

/** One write(2). @returns bytes written, or the negated errno (-EAGAIN: no room now) */
export function writeSome(fd: number, bytes: Uint8Array): number {
  return tryCall("write", fd, bytes, bytes.length);
}

const RWF_NOWAIT = 8;

/**
 * One write to a pipe that does not wait, whatever the flags of its open file description, which others share (pwritev2(2)).
 * @returns bytes written, or the negated errno (-EAGAIN: no room now, -EOPNOTSUPP: this kernel cannot do it)
 */
export function writeNow(fd: number, bytes: Uint8Array): number {
  const vector = new BigUint64Array([BigInt(addressOf(bytes)), BigInt(bytes.byteLength)]);
  return tryCall("pwritev2", fd, vector, 1, -1, -1, RWF_NOWAIT);
}

/** One read(2). @returns bytes read, 0 at the end, or the negated errno (-EAGAIN: nothing there now) */
export function readSome(fd: number, into: Memory): number {
  return tryCall("read", fd, addressOf(into), into.byteLength);
}
