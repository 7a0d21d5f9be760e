/** The process that probing.ts measures. */
import { readFileSync } from "node:fs";
import { detectCgroups } from "../../src/cgroup/detect.ts";
import { findPlace } from "../../src/cgroup/v2-place.ts";
import { means } from "../../src/executor/plan/means.ts";
import { closeDescriptor } from "../../src/kernel/files.ts";

// A command has read files and made system calls by then.
readFileSync("/proc/self/stat", "utf8");
closeDescriptor(-1);
const times: Record<string, number> = {};

function timed<T>(name: string, probe: () => T): T {
  const begun = performance.now();
  const result = probe();
  times[name] = performance.now() - begun;
  return result;
}

const map = timed("mounted control groups, and ours", detectCgroups);
timed("capabilities and uids", means);
// Only hosts without version 1 ask for it.
timed("a place in version 2", () => findPlace(null, map.v2, map.ownV2));
console.log(JSON.stringify(times));
