/** Apart from what needs subordinate ids, which is not loaded where nobody has any. */
import { SyscallError } from "../../kernel/errno.ts";

/** The caller's subordinate ids cannot be used here. */
export class SubordinateIdsRefused extends SyscallError {}
