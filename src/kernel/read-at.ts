/** Reading from one place of a file. */
import { readSync } from "./fs.ts";

/** @returns so many bytes from `position` on; fewer where the file ends @throws SyscallError */
export function readAt(fd: number, position: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const count = readSync(fd, buffer, filled, bytes - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
