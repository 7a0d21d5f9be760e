/** Whose a file is, and what tells it: changes by descriptor. */
import { call, tryCall } from "./ffi.ts";
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from "./constants.ts";

function withNul(name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(name.length + 1);
  bytes.set(name);
  return bytes;
}

/** fchownat(2) of one entry of a directory, no link followed. @returns 0 or the negated errno */
export function tryChangeOwner(directory: number, name: Uint8Array, uid: number, gid: number): number {
  return tryCall("fchownat", directory, withNul(name), uid, gid, AT_SYMLINK_NOFOLLOW);
}

/** fchownat(2) of a path that nobody else can change. @throws SyscallError */
export function changeOwnerOf(path: string, uid: number, gid: number): void {
  call("fchownat", path, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}
