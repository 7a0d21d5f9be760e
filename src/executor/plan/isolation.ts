/** How much of the kernel this process has: decides the shape of a run. */
import { uidMap } from "../../kernel/caller.ts";
import type { Isolation } from "./spec.ts";

/** A container's root with the usual 65536 ids can have an own uid for each box; the initial user namespace has more. */
const enoughIds = 65_536;

/**
 * - `full`: root whose ids are not just a few mapped ones
 * - `userns`: root of a user namespace that maps little more than the caller
 * - `none`: an ordinary user
 */
export function detectIsolation(): Isolation {
  if (process.geteuid?.() !== 0) return "none";
  return uidMap().reduce((sum, { count }) => sum + count, 0) >= enoughIds ? "full" : "userns";
}
