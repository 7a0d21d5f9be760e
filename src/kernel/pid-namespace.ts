/** Which pid namespace a process lives in (pid_namespaces(7)). */
import { statSync } from "./fs.ts";
import { tryCall } from "./ffi.ts";
import { AT_FDCWD, O } from "./constants.ts";
import { closeDescriptor, openAt } from "./files.ts";

/** include/uapi/linux/nsfs.h */
const NS_GET_PARENT = 0xb702;
/** The kernel nests no deeper (pid_namespaces(7)). */
const deepest = 32;

/** What tells one namespace from another as long as it exists; null when the process is reaped or closed to us. A zombie still has its own. */
export function pidNamespaceOf(pid: number): string | null {
  return identityOf(`/proc/${pid}/ns/pid`);
}

/** Whether a process lives in this namespace, or in one that was made inside it. False when it cannot be told. */
export function livesInside(pid: number, namespace: string): boolean {
  const own = pidNamespaceOf(pid);
  if (own === namespace) return true;
  if (own === null || own === pidNamespaceOf(process.pid)) return false;
  let at: number;
  try {
    at = openAt(AT_FDCWD, `/proc/${pid}/ns/pid`, O.RDONLY);
  } catch {
    return false;
  }
  try {
    for (let depth = 0; depth < deepest; depth++) {
      if (identityOf(`/proc/self/fd/${at}`) === namespace) return true;
      // EPERM above our own namespace, which is where all this ends.
      const parent = tryCall("ioctl", at, NS_GET_PARENT, 0);
      if (parent < 0) return false;
      closeDescriptor(at);
      at = parent;
    }
    return false;
  } finally {
    closeDescriptor(at);
  }
}

function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}
