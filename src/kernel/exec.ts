/** Another program in the place of this process. */
import { F, FD_CLOEXEC } from "./constants.ts";
import { SyscallError } from "./errno.ts";
import { stringVector, tryCall } from "./ffi.ts";
import { closeDescriptor } from "./files.ts";

/**
 * Executes a program in the place of this process (execve(2)): pid, parent and control groups stay, all other threads end. It has our 0, 1 and 2,
 * what is not close-on-exec, and `descriptor` under the number `as`.
 * @returns only when that failed: why. Everything is as it was then
 */
export function executeInstead(path: string, argv: readonly string[], environment: readonly string[], descriptor: number, as: number): SyscallError {
  const [words, variables] = [stringVector(argv), stringVector(environment)];
  for (const stream of [0, 1, 2]) tryCall("fcntl", stream, F.SETFD, 0);
  // Both above it: the number may be the runtime's own, or that of the descriptor.
  const [given, before, flags] = [tryCall("fcntl", descriptor, F.DUPFD_CLOEXEC, as + 1), tryCall("fcntl", as, F.DUPFD_CLOEXEC, as + 1), tryCall("fcntl", as, F.GETFD, 0)];
  const placed = given < 0 ? given : tryCall("dup3", given, as, 0);
  const failed = placed < 0 ? placed : tryCall("execve", path, words.pointers, variables.pointers);
  if (before >= 0) tryCall("dup3", before, as, 0);
  else closeDescriptor(as);
  if (flags > 0) tryCall("fcntl", as, F.SETFD, FD_CLOEXEC);
  for (const fd of [given, before]) if (fd >= 0) closeDescriptor(fd);
  return new SyscallError("execve", -failed, path);
}
