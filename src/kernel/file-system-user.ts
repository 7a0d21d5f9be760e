/** Looking at files with the rights of another user, in this thread alone (setfsuid(2)). */
import { PR } from "./constants.ts";
import { tryCall } from "./ffi.ts";

/**
 * Only for root, who may come back. The kernel forgets the signal that we get when our parent dies, so it is asked for before and set again.
 * @param look must not wait: whatever this thread does meanwhile it does with these rights
 */
export function asFileSystemUser<T>(uid: number, gid: number, look: () => T): T {
  const signal = new Int32Array(1);
  tryCall("prctl", PR.GET_PDEATHSIG, signal, 0, 0, 0);
  tryCall("setfsgid", gid);
  tryCall("setfsuid", uid);
  try {
    return look();
  } finally {
    tryCall("setfsuid", process.geteuid!());
    tryCall("setfsgid", process.getegid!());
    if (signal[0] !== 0) tryCall("prctl", PR.SET_PDEATHSIG, signal[0]!, 0, 0, 0);
  }
}
