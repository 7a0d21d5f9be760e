/** Landlock (landlock(7)): what a process and its children may do below which directories; needs no right, only no_new_privs. */
import { tryCall } from "./ffi.ts";

/** include/uapi/linux/landlock.h: bits of access to files, in the order of the versions that brought them. */
export const LANDLOCK = {
  CREATE_RULESET_VERSION: 1,
  RULE_PATH_BENEATH: 1,
  EXECUTE: 1 << 0,
  WRITE_FILE: 1 << 1,
  READ_FILE: 1 << 2,
  READ_DIR: 1 << 3,
  REMOVE_DIR: 1 << 4,
  REMOVE_FILE: 1 << 5,
  MAKE_CHAR: 1 << 6,
  MAKE_DIR: 1 << 7,
  MAKE_REG: 1 << 8,
  MAKE_SOCK: 1 << 9,
  MAKE_FIFO: 1 << 10,
  MAKE_BLOCK: 1 << 11,
  MAKE_SYM: 1 << 12,
  /** Version 2 (Linux 5.19): links and renames between directories; never before. */
  REFER: 1 << 13,
  /** Version 3 (6.2). */
  TRUNCATE: 1 << 14,
  /** Version 5 (6.10): ioctl(2) on devices. */
  IOCTL_DEV: 1 << 15,
} as const;
/** Version 4 (6.7): both kinds of access to TCP, bind(2) and connect(2). */
export const LANDLOCK_TCP = 1 | 2;
/** Version 6 (6.12): abstract sockets of others, and signals to others. */
export const LANDLOCK_SCOPE = { ABSTRACT_UNIX_SOCKET: 1, SIGNAL: 2 } as const;

let version: number | null = null;

/** The version of the kernel's interface, from 1 on; 0 where there is none, it is switched off (lsm=), or a filter refuses it. Asked once. */
export function landlockVersion(): number {
  return (version ??= Math.max(0, tryCall("landlock_create_ruleset", 0, 0, LANDLOCK.CREATE_RULESET_VERSION)));
}
