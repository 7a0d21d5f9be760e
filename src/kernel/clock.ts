/** Clocks of the kernel that JavaScript does not have. */
import { tryCall } from "./ffi.ts";

const CPUCLOCK_SCHED = 2;

/**
 * CPU time that a process has used, all threads, without its children, in milliseconds; null when it is gone.
 * The clock id is made from the pid as in clock_getcpuclockid(3).
 */
export function processCpuTimeMs(pid: number): number | null {
  const time = new BigInt64Array(2);
  const clock = (~pid << 3) | CPUCLOCK_SCHED;
  if (tryCall("clock_gettime", clock, time) < 0) return null;
  return Number(time[0]!) * 1000 + Number(time[1]!) / 1e6;
}
