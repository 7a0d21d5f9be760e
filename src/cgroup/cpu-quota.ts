/** How much of the processors a group has, as both versions want it (sched-bwc.rst): time in each period. */

/** The kernel's own. */
export const cpuPeriodUs = 100_000;

/** The kernel takes no less. */
const leastUs = 1000;

/** @param rate thousandths of a processor */
export function quotaUs(rate: number): number {
  return Math.max(leastUs, Math.round((rate * cpuPeriodUs) / 1000));
}
