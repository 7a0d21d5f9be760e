/** Copying between descriptors inside the kernel. */
import { tryCall } from "./ffi.ts";
import { errno, SyscallError } from "./errno.ts";

const chunkBytes = 16 * 1024 * 1024;

/** sendfile(2) from the current position of `source` to its end. @throws SyscallError */
export function copyAll(source: number, target: number): void {
  for (;;) {
    const copied = tryCall("sendfile", target, source, 0, chunkBytes);
    if (copied === 0) return;
    if (copied < 0 && copied !== -errno.EINTR) throw new SyscallError("sendfile", -copied);
  }
}
