/**
 * What this kernel can do, found out by calls that change nothing: either their arguments are wrong in a way that only a kernel with the
 * feature notices, or what they make is closed at once. A version number would not do: distributions add features to old kernels, and
 * containers refuse what the kernel has.
 */
import { AT_EMPTY_PATH, AT_FDCWD, CLOSE_RANGE_CLOEXEC, O, RESOLVE, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_RET, SECCOMP_SET_MODE_FILTER } from "./constants.ts";
import { errno } from "./errno.ts";
import { tryCall } from "./ffi.ts";
import { closeDescriptor } from "./files.ts";
import { LANDLOCK } from "./landlock.ts";

/** include/uapi/linux/seccomp.h, sched.h */
const SECCOMP_GET_ACTION_AVAIL = 2;
const CLONE_INTO_CGROUP = 2n ** 33n;
const cloneArgumentsBytes = 88;

/** No process has so many descriptors. */
const noDescriptor = 0x7fff_fff0;

/** @returns what a call gave, where one of the errors means that the feature is there */
function unless(expected: number, result: number): number {
  return result === -expected ? 0 : result;
}

/** Closes what was opened. */
function opened(fd: number): number {
  if (fd >= 0) closeDescriptor(fd);
  return Math.min(fd, 0);
}

function actionAvailable(action: number): number {
  return tryCall("seccomp", SECCOMP_GET_ACTION_AVAIL, 0, new Int32Array([action]));
}

/** struct clone_args (clone3(2)): a child that would be born in the group of a descriptor that is not open. It is never made. */
function cloneIntoCgroup(): number {
  const words = new BigUint64Array(cloneArgumentsBytes / 8);
  words[0] = CLONE_INTO_CGROUP;
  words[4] = 17n; // exit signal: SIGCHLD
  words[10] = BigInt(noDescriptor);
  const result = tryCall("clone3", words, cloneArgumentsBytes);
  // Something that is no Linux made a child all the same: this is the child.
  if (result === 0) tryCall("exit_group", 0);
  return unless(errno.EBADF, result);
}

const probes = {
  seccompFilter: () => unless(errno.EFAULT, tryCall("seccomp", SECCOMP_SET_MODE_FILTER, 0, 0)) || actionAvailable(SECCOMP_RET.ERRNO) || actionAvailable(SECCOMP_RET.KILL_PROCESS),
  seccompListener: () => unless(errno.EFAULT, tryCall("seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0)) || actionAvailable(SECCOMP_RET.USER_NOTIF),
  pidfd: () => opened(tryCall("pidfd_open", process.pid, 0)),
  cloneIntoCgroup,
  openat2: () => opened(tryCall("openat2", AT_FDCWD, "/", new BigUint64Array([BigInt(O.PATH | O.CLOEXEC), 0n, BigInt(RESOLVE.NO_MAGICLINKS)]), 24)),
  closeRange: () => tryCall("close_range", noDescriptor, noDescriptor, CLOSE_RANGE_CLOEXEC),
  /** Nothing to set and nothing to clear; who may not mount gets EPERM. */
  mountSetattr: () => tryCall("mount_setattr", -1, "", AT_EMPTY_PATH, new BigUint64Array(4), 32),
  /** The version of its interface, from 1 on. */
  landlock: () => tryCall("landlock_create_ruleset", 0, 0, LANDLOCK.CREATE_RULESET_VERSION),
} as const;

export type KernelFeature = keyof typeof probes;

/** @returns 0, or a version above it, where the feature is there; the negated error number where it is not */
export function askKernel(feature: KernelFeature): number {
  return probes[feature]();
}
