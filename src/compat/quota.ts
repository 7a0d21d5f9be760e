/** `--quota`: a bound on what the user of a box may have on the file system of the box. */
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { closeDescriptor, openAt } from "../kernel/files.ts";
import { trySetQuota } from "../kernel/quota.ts";
import { errno } from "../kernel/errno.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";
import type { Place } from "./place.ts";

/** What file systems without quotas say; tmpfs, overlay and old kernels each in their way. */
const noQuotas: readonly number[] = [errno.ESRCH, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP];

/** @throws Failure */
export function setQuota({ work, uid, dialect }: Place, [blocks, inodes]: readonly [number, number]): void {
  if (blocks === 0) return;
  const directory = openAt(AT_FDCWD, work, O.RDONLY | O.DIRECTORY);
  const result = trySetQuota(directory, uid, blocks, inodes);
  closeDescriptor(directory);
  if (result >= 0) return;
  const missing = noQuotas.includes(-result);
  const reason = missing && dialect === 2 ? "quotas have not been enabled for this filesystem" : errorWords(missing ? errno.ESRCH : -result);
  throw fatal(`Cannot set disk quota: ${reason}`);
}
