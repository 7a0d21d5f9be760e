/** Which version of cgroups has the memory controller on this machine. */
import { readFileSync } from "node:fs";
import type { CgroupVersion } from "./situation.ts";

let version: CgroupVersion | null = null;

/** v1 also on a hybrid machine whose controllers are all on version 1. */
export function cgroupVersion(): CgroupVersion {
  return (version ??= / cgroup .*\bmemory\b/.test(readFileSync("/proc/self/mounts", "latin1")) ? "v1" : "v2");
}
