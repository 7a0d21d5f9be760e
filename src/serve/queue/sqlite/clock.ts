/**
 * The clock of the store: milliseconds since 1970 that go on at the pace of the monotonic clock, and never back. The wall clock is asked
 * once, when the store is opened: one that jumps afterwards ends no job and no result before its time.
 */
export interface StoreClock {
  /** Whole milliseconds since 1970. */
  now(): number;
  /** Milliseconds of the monotonic clock, for leases. */
  monotonic(): number;
}

export interface HostClocks {
  wall(): number;
  monotonic(): number;
}

export const hostClocks: HostClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** @param latest what the store has seen last: a wall clock that was set back meanwhile does not count */
export function storeClock(latest: number, { wall, monotonic }: HostClocks = hostClocks): StoreClock {
  const base = Math.max(wall(), latest) - monotonic();
  return { now: () => Math.floor(base + monotonic()), monotonic };
}
