/** How much of the kernel this process has: decides the shape of a run. */
import { readFileSync } from "node:fs";
import type { Isolation } from "./plan/spec.ts";

/** All ids of the host: the map of the initial user namespace (user_namespaces(7)). */
const everyId = 4_294_967_295;

/**
 * - `full`: root whose ids are not just a few mapped ones
 * - `userns`: root of a user namespace that maps little more than the caller
 * - `none`: an ordinary user
 */
export function detectIsolation(): Isolation {
  if (process.geteuid?.() !== 0) return "none";
  const ids = readFileSync("/proc/self/uid_map", "latin1")
    .trim()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
  // A container's root with the usual 65536 ids can have an own uid for each box.
  return ids === everyId || ids >= 65_536 ? "full" : "userns";
}
