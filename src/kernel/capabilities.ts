/** Capabilities of this process (capabilities(7)). */
import { PR } from "./constants.ts";
import { tryCall } from "./ffi.ts";

/** include/uapi/linux/capability.h */
export const CAP = { CHOWN: 0, KILL: 5, SETGID: 6, SETUID: 7, SETPCAP: 8, NET_ADMIN: 12, SYS_CHROOT: 18, SYS_ADMIN: 21, MKNOD: 27 } as const;

/** Version 3 of capget(2): two 32-bit words each for effective, permitted, inheritable; those of the upper half follow. */
const version3 = 0x2008_0522;

/** One bit for each of the first 32 capabilities, when it is effective in the calling thread; none when the kernel does not say. */
export function effectiveCapabilities(): number {
  const sets = new Int32Array(6);
  if (tryCall("capget", new Int32Array([version3, 0]), sets) < 0) return 0;
  return sets[0]!;
}

/** Number of the last capability that the kernel knows, asked for one by one (prctl(2), PR_CAPBSET_READ). */
export function lastKnownCapability(): number {
  let last = 0;
  while (tryCall("prctl", PR.CAPBSET_READ, last + 1, 0, 0, 0) >= 0) last++;
  return last;
}
