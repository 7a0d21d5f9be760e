/** Who we are when a box is asked whose it is. */
import { readFileSync, statSync } from "node:fs";

let known: { readonly effective: number; readonly caller: number } | null = null;

/**
 * The uid that boxes made by this process belong to: our effective uid, but without the disguise of
 * `unshare --map-root-user`, in which an ordinary user looks like root to itself. There the same user
 * must find its boxes again from outside, so the uid outside counts (user_namespaces(7), /proc/PID/uid_map).
 */
export function callerUid(): number {
  const effective = process.geteuid!();
  if (known?.effective !== effective) known = { effective, caller: effective === 0 ? outsideOfOwnMap() : effective };
  return known.caller;
}

/** Only a map of exactly one uid is that disguise; a container's map of many uids is the world its boxes live in. */
function outsideOfOwnMap(): number {
  let map: string;
  try {
    map = readFileSync("/proc/self/uid_map", "latin1");
  } catch {
    return 0; // A kernel without user namespaces.
  }
  const [inside, outside, count, ...more] = map.trim().split(/\s+/).map(Number);
  return more.length === 0 && inside === 0 && count === 1 && outside !== undefined ? outside : 0;
}

/** Inode of our pid namespace, which tells pids of different namespaces apart; 0 without a /proc to say it. */
export function ownPidNamespace(): number {
  return statSync("/proc/self/ns/pid", { throwIfNoEntry: false })?.ino ?? 0;
}
