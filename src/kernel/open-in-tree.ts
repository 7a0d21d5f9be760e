/** Opening what is in a directory tree that somebody else made, with its links as far as they stay in it. */
import { O, RESOLVE } from "./constants.ts";
import { call, cString } from "./ffi.ts";

/**
 * Opens a path below a directory descriptor for reading and nowhere else: no link leads out, no mount point is crossed, nothing blocks (openat2(2)).
 * @throws SyscallError (EXDEV for a link that leaves, ELOOP for one that leads to itself)
 */
export function openInTree(directory: number, path: string): number {
  const flags = O.RDONLY | O.CLOEXEC | O.NOCTTY | O.NONBLOCK;
  const how = new BigUint64Array([BigInt(flags), 0n, BigInt(RESOLVE.BENEATH | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_XDEV)]);
  return call("openat2", path, directory, cString(path), how, how.byteLength);
}
