/** Clocks of the kernel that JavaScript does not have. */
import { tryCall } from "./ffi.ts";

export const CLOCK_MONOTONIC = 1;
const CPUCLOCK_SCHED = 2;

/** Bytes of struct timespec. */
export const timespecBytes = 16;

/** What the launcher reports the clock in: longer than a timespec, so that no report has the length of another and a failure. */
export const clockReportBytes = 24;

/** struct timespec as milliseconds. */
export function timespecToMs(time: BigInt64Array): number {
  return Number(time[0]!) * 1000 + Number(time[1]!) / 1e6;
}

/** The monotonic clock of the kernel in milliseconds, the same in every process (clock_gettime(2)). */
export function monotonicMs(): number {
  const time = new BigInt64Array(2);
  tryCall("clock_gettime", CLOCK_MONOTONIC, time);
  return timespecToMs(time);
}

/**
 * CPU time that a process has used, all threads, without its children, in milliseconds; null when it is gone.
 * The clock id is made from the pid as in clock_getcpuclockid(3).
 */
export function processCpuTimeMs(pid: number): number | null {
  const time = new BigInt64Array(2);
  const clock = (~pid << 3) | CPUCLOCK_SCHED;
  if (tryCall("clock_gettime", clock, time) < 0) return null;
  return timespecToMs(time);
}
