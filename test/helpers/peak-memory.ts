/** The most memory that a process has had. */
import { readFileSync } from "node:fs";

/** Looks every so often until the process has ended: getrusage(2) would count what its parent had before execve(2) as well. @returns bytes */
export async function peakOf(child: Pick<Bun.Subprocess, "pid" | "exited">): Promise<number> {
  let peak = 0;
  let isOver = false;
  void child.exited.then(() => (isOver = true));
  while (!isOver) {
    try {
      peak = Math.max(peak, 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "latin1"))?.[1] ?? 0));
    } catch {
      // It has ended just now.
    }
    await Bun.sleep(10);
  }
  return peak;
}
