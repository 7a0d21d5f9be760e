/**
 * Standing in line at a file. The line is made of locks on one byte that belong to open file descriptions (fcntl(2), F_OFD_SETLKW): the
 * kernel serves those who wait in the order in which they came, and forgets one that dies, wherever it stands. They have nothing
 * to do with flock(2) on the same file, leave nothing in it, and waiting for one costs no time of the processor.
 */
import { tryCall } from "./ffi.ts";
import { F } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";

const WRLCK = 1;
const UNLCK = 2;

/** struct flock of 64-bit Linux for the first byte, which need not exist: type, whence, start, length, pid (which must be 0). */
function firstByte(type: number): BigUint64Array {
  return new BigUint64Array([BigInt(type), 0n, 1n, 0n]);
}

/**
 * Goes to the head of the line at a file, if nobody is in it.
 * @param fd opened for writing; nobody else may have this very description
 * @returns null when locks of this kind do not exist here (gVisor): then there is no line
 * @throws SyscallError
 */
export function stepToEmptyLine(fd: number): boolean | null {
  const result = tryCall("fcntl", fd, F.OFD_SETLK, firstByte(WRLCK));
  if (result === -errno.EAGAIN || result === -errno.EACCES) return false;
  if (result === -errno.EINVAL || result === -errno.ENOLCK || result === -errno.EOPNOTSUPP) return null;
  if (result < 0) throw new SyscallError("fcntl F_OFD_SETLK", -result, `descriptor ${fd}`);
  return true;
}

/**
 * Goes to the end of the line, and comes back at its head; blocks the thread.
 * @param onSignal called when a handler of a signal has ended the waiting, which then goes on, at the end of the line
 * @throws SyscallError, what `onSignal` throws
 */
export function standInLine(fd: number, onSignal: () => void): void {
  for (;;) {
    const result = tryCall("fcntl", fd, F.OFD_SETLKW, firstByte(WRLCK));
    if (result >= 0) return;
    if (result !== -errno.EINTR) throw new SyscallError("fcntl F_OFD_SETLKW", -result, `descriptor ${fd}`);
    onSignal();
  }
}

/** Leaves the line; the next one is at its head then. */
export function leaveLine(fd: number): void {
  tryCall("fcntl", fd, F.OFD_SETLK, firstByte(UNLCK));
}
