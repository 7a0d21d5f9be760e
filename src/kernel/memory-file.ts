/** Files that are in memory alone, which can be sealed against every change (memfd_create(2)). */
import { call, tryCall } from "./ffi.ts";
import { AT_FDCWD, F, F_SEAL_ALL, F_SEAL_WRITE, MFD, O } from "./constants.ts";
import { errno, SyscallError } from "./errno.ts";
import { copyAll } from "./files-copy.ts";
import { closeDescriptor, openAt, writeFully } from "./files.ts";

/**
 * A memory file with these bytes, for nobody but us (memfd_create(2)).
 * @param executable whether it can be executed
 * @throws SyscallError
 */
export function memoryFile(name: string, bytes: Uint8Array, executable: boolean): number {
  const flags = MFD.CLOEXEC | MFD.ALLOW_SEALING;
  let fd = tryCall("memfd_create", name, flags | (executable ? MFD.EXEC : MFD.NOEXEC_SEAL));
  // Before Linux 6.3 there was no choice: every memory file could be executed.
  if (fd === -errno.EINVAL) fd = tryCall("memfd_create", name, flags);
  if (fd < 0) throw new SyscallError("memfd_create", -fd, name);
  try {
    writeFully(fd, bytes);
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/**
 * A memory file with these bytes, sealed against every change, opened for reading, offset 0.
 * @param executable whether it can be executed through /proc/self/fd
 * @throws SyscallError
 */
export function sealedMemoryFile(name: string, bytes: Uint8Array, executable = false): number {
  return seal(memoryFile(name, bytes, executable), executable);
}

/** Seals a memory file, closes it, and opens it for reading. @throws SyscallError */
function seal(fd: number, executable: boolean): number {
  try {
    call("fchmod", "a memory file", fd, executable ? 0o555 : 0o444);
    call("fcntl", "F_ADD_SEALS", fd, F.ADD_SEALS, F_SEAL_ALL);
    return openAt(AT_FDCWD, `/proc/self/fd/${fd}`, O.RDONLY);
  } finally {
    closeDescriptor(fd);
  }
}

/** A memory file with all that is left to read of `source`, as of sealedMemoryFile. @throws SyscallError */
export function sealedCopy(name: string, source: number): number {
  const copy = memoryFile(name, new Uint8Array(0), false);
  try {
    copyAll(source, copy);
  } catch (error) {
    closeDescriptor(copy);
    throw error;
  }
  return seal(copy, false);
}

/** Whether it is a memory file that nobody can write to any more. */
export function isSealed(fd: number): boolean {
  const seals = tryCall("fcntl", fd, F.GET_SEALS, 0);
  return seals >= 0 && (seals & F_SEAL_WRITE) !== 0;
}
