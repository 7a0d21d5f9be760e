/** Pipes with and without a name, beyond making them (files.ts). */
import { call, tryCall } from "./ffi.ts";
import { AT_FDCWD, S } from "./constants.ts";

const FIONREAD = 0x541b;

/** How many bytes lie in a pipe that nobody has read yet. */
export function unreadBytes(fd: number): number {
  const count = new Int32Array(1);
  return tryCall("ioctl", fd, FIONREAD, count) < 0 ? 0 : count[0]!;
}

/** mknodat(2): a named pipe. @param mode what the umask takes away is taken away @throws SyscallError */
export function makeFifo(path: string, mode: number): void {
  call("mknodat", path, AT_FDCWD, path, S.IFIFO | mode, 0);
}
