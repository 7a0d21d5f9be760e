/** Whether another process of this host would make its groups under the same bounds as we do ours. */
import { readFileSync } from "../kernel/fs.ts";
import type { OuterLimits } from "./controller.ts";
import { mapCgroups, type CgroupMap, type V1Controller } from "./detect.ts";
import { outerLimits, outerLimitsOfV1 } from "./outer.ts";
import { directoryFor } from "./v2-place.ts";

/** The controller of version 1 whose tree has a limit. */
const controllerOf: Readonly<Record<keyof OuterLimits, V1Controller>> = { memoryBytes: "memory", processes: "pids", processors: "cpu" };

/**
 * True where neither has limits above its groups, or both have them by the same groups.
 * @param pid a process in our mount and cgroup namespace
 * @throws SyscallError when it is gone
 */
export function isBoundedLikeUs(pid: number): boolean {
  const [ours, theirs] = [readFileSync("/proc/self/cgroup", "utf8"), readFileSync(`/proc/${pid}/cgroup`, "utf8")];
  if (ours === theirs) return true;
  const mountinfo = readFileSync("/proc/self/mountinfo", "utf8");
  return haveSameBounds(mapCgroups(mountinfo, ours), mapCgroups(mountinfo, theirs));
}

function haveSameBounds(one: CgroupMap, other: CgroupMap): boolean {
  const [a, b] = [outerLimitsOfV1(one.v1), outerLimitsOfV1(other.v1)];
  const places = [one, other].map(({ v2 }) => (v2 === null ? null : directoryFor(v2)));
  const kinds = Object.keys(controllerOf) as (keyof OuterLimits)[];
  return (
    [...one.v1.keys()].every((controller) => other.v1.has(controller)) &&
    kinds.every((kind) => (a[kind] === null && b[kind] === null) || one.v1.get(controllerOf[kind]) === other.v1.get(controllerOf[kind])) &&
    (places[0] === places[1] || [one, other].every(({ v2 }, index) => isUnbounded(v2?.top, places[index])))
  );
}

/** @param directory null: none is there for us */
function isUnbounded(top: string | undefined, directory: string | null | undefined): boolean {
  // An ordinary user's service manager gives one to whoever asks, all below the same group.
  if (top === undefined || directory == null) return process.geteuid!() !== 0;
  return Object.values(outerLimits({ directory, top, controllers: new Set() })).every((limit) => limit === null);
}
