/** Where groups of version 2 are made: found, or for an ordinary user asked for. */
import { readFileSync } from "../kernel/fs.ts";
import { callerUid } from "../kernel/caller.ts";
import type { Way } from "./bus.ts";
import { detectCgroups, type CgroupMap } from "./detect.ts";
import { findPlace, type NoPlace, type V2Place } from "./v2-place.ts";

const managerHint = "log in by a session of systemd, or as root: loginctl enable-linger USER";

/**
 * To be called once for each process: it may move us into another group.
 * @param ways to the user's service manager
 */
export async function choosePlace(configured: string | null, map: CgroupMap, ways: () => readonly Way[]): Promise<V2Place | NoPlace> {
  const found = findPlace(configured, map.v2, map.ownV2);
  if (!("reason" in found) || configured !== null || callerUid() === 0 || map.v2 === null || !canBoundMemory(map.v2.top)) return found;
  const { enterUserScope } = await import("./user-scope.ts");
  const entered = enterUserScope(ways());
  if ("reason" in entered) return { reason: `${found.reason}, and ${entered.reason}`, hint: managerHint };
  const now = detectCgroups();
  return findPlace(null, now.v2, now.ownV2);
}

/** On a host with version 1 beside it, version 2 has no controllers, and a group in it is of no use. */
function canBoundMemory(top: string): boolean {
  try {
    return readFileSync(`${top}/cgroup.controllers`, "latin1").trim().split(" ").includes("memory");
  } catch {
    return false;
  }
}
