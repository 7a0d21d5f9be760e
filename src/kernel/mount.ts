/** Mounts that last beyond a run: everything else is mounted by a launcher, in its own namespace. */
import { call } from "./ffi.ts";
import { MNT_DETACH, MS } from "./constants.ts";

const UMOUNT_NOFOLLOW = 8;

/** mount(2) of a new tmpfs, nosuid and nodev. @param data options as in tmpfs(5) @throws SyscallError */
export function mountTmpfs(path: string, data: string): void {
  call("mount", path, "tmpfs", path, "tmpfs", MS.NOSUID | MS.NODEV, data);
}

/** umount2(2) of what is mounted at a path, at once and without following a link. @throws SyscallError */
export function unmount(path: string): void {
  call("umount2", path, path, MNT_DETACH | UMOUNT_NOFOLLOW);
}
