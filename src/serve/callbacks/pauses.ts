/** When a callback that did not arrive is tried again. */

/** Seconds after the first tries; then always the last one. */
const pauses: readonly number[] = [2, 10, 60, 300, 900, 1800, 3600];

/** Pauses differ by up to this part, so that what failed together is not tried together. */
const spread = 0.1;

const pauseAfter = (attempt: number) => pauses[Math.min(attempt, pauses.length) - 1]!;

/**
 * @param attempt the one that failed, from 1 on
 * @param sinceEndMs milliseconds since the end of the job
 * @param giveUp seconds after the end of the job after which it is not tried again
 * @param random from 0 to 1
 * @returns milliseconds; null: it is given up
 */
export function pauseMs(attempt: number, sinceEndMs: number, giveUp: number, random: number): number | null {
  const pause = pauseAfter(attempt) * 1000;
  return sinceEndMs + pause > giveUp * 1000 ? null : Math.round(pause * (1 + spread * random));
}

/** How often one is sent at most. @param giveUp seconds */
export function tries(giveUp: number): number {
  let attempt = 1;
  for (let sum = pauseAfter(attempt); sum <= giveUp; sum += pauseAfter(attempt)) attempt++;
  return attempt;
}
