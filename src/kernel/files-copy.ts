/** Copying between descriptors inside the kernel. */
import { tryCall } from "./ffi.ts";
import { errno, SyscallError } from "./errno.ts";

const chunkBytes = 16 * 1024 * 1024;

/**
 * sendfile(2) from the current position of `source`, to its end or until `mostBytes` are copied.
 * @returns bytes copied; fewer than `mostBytes` when the source has no more
 * @throws SyscallError
 */
export function copyAll(source: number, target: number, mostBytes = Number.POSITIVE_INFINITY): number {
  let done = 0;
  while (done < mostBytes) {
    const copied = tryCall("sendfile", target, source, 0, Math.min(chunkBytes, mostBytes - done));
    if (copied === 0) break;
    if (copied > 0) done += copied;
    else if (copied !== -errno.EINTR) throw new SyscallError("sendfile", -copied);
  }
  return done;
}
