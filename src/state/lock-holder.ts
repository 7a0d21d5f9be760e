/** Who has a lock, for messages. */
import { readFileSync } from "../kernel/fs.ts";

/**
 * Pid of a process that has a file locked with flock(2) (proc_locks(5)); null when that cannot be found out. For a message only:
 * who opens /proc/locks stops all locking of the machine, and waits 5 to 20 ms for that (measured on 6.18).
 */
export function flockHolder(inode: bigint): number | null {
  let text: string;
  try {
    text = readFileSync("/proc/locks", "latin1");
  } catch {
    return null;
  }
  const line = text.split("\n").find((held) => held.includes(": FLOCK") && held.includes(`:${inode} `));
  const pid = Number(line?.split(/\s+/)[4] ?? 0);
  return pid > 0 ? pid : null;
}
