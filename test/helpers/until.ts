/** Waiting for a condition, with a deadline: what tests use instead of sleeping. */

import { patience } from "./slowness.ts";

/** Milliseconds between two looks at the condition. */
const intervalMs = 10;

/**
 * Looks again and again until `look` gives something other than null, undefined or false.
 * @param what the awaited condition in words, for the error
 * @returns what `look` gave
 * @throws Error when `timeoutMs` have passed
 */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 5000): Promise<NonNullable<T>> {
  const deadline = performance.now() + patience(timeoutMs);
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`not within ${patience(timeoutMs)} ms: ${what}`);
    await Bun.sleep(intervalMs);
  }
}
