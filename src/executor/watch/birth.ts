/** Whether a launcher can be born in its control group here; found out by trying, as nothing else tells. */
import { errno, SyscallError } from "../../kernel/errno.ts";

let refused = false;

/** True until one was refused: what refuses it, a kernel or a filter above us, does not go away. */
export function birthsWork(): boolean {
  return !refused;
}

/**
 * Whether a start failed since no process can be born in a group: clone3 is kept from us (ENOSYS, EPERM: container engines), is too old
 * (E2BIG, EINVAL: before Linux 5.7), or the group lies where only a write may move a process. Remembered.
 */
export function birthRefused(error: unknown): boolean {
  const here = error instanceof SyscallError && error.call === "clone3" && error.errno !== errno.EAGAIN && error.errno !== errno.ENOMEM;
  refused ||= here;
  return here;
}
