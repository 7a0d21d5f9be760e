/** Disk quotas of users (quotactl(2)). */
import { tryCall } from "./ffi.ts";

const Q_SETQUOTA = 0x80_0008;
const USRQUOTA = 0;
/** Of struct if_dqblk: the limits on blocks and on inodes count. */
const QIF_LIMITS = 5;
const bytes = 72;

/**
 * Bounds what a user may have on the file system of an open directory (quotactl_fd(2), Linux 5.14).
 * @param blocks of 1 KB @returns 0 or the negated errno
 */
export function trySetQuota(directory: number, uid: number, blocks: number, inodes: number): number {
  const block = new Uint8Array(bytes);
  const view = new DataView(block.buffer);
  // Hard and soft limit on blocks, what is used; the same for inodes; two times; what is valid.
  for (const [index, value] of [blocks, blocks, 0, inodes, inodes].entries()) view.setBigUint64(index * 8, BigInt(value), true);
  view.setUint32(64, QIF_LIMITS, true);
  return tryCall("quotactl_fd", directory, Q_SETQUOTA << 8 | USRQUOTA, uid, block);
}
