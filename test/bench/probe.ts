/** The process that probing.ts measures. Arguments: a directory that looks like a tree of version 2, and the path of our own group below it. */
import { detectCgroups } from "../../src/cgroup/detect.ts";
import { outerLimits } from "../../src/cgroup/outer.ts";
import { findPlace } from "../../src/cgroup/v2-place.ts";
import { means } from "../../src/executor/plan/means.ts";
import { lstatSync, readFileSync } from "../../src/kernel/fs.ts";

const [, , top = "", own = ""] = process.argv;
// A command has read files and used what the language has by then. The first use of each costs more than the probe.
readFileSync("/proc/self/stat", "utf8");
lstatSync("/").uid;
const words = new Set("one two".trim().split(" ").filter((word) => ["one"].includes(word)));
["one"].every((word) => words.has(word));
const times: Record<string, number> = {};

function timed<T>(name: string, probe: () => T): T {
  const begun = performance.now();
  const result = probe();
  times[name] = performance.now() - begun;
  return result;
}

timed("mounted control groups, and ours", detectCgroups);
timed("capabilities and uids", means);
// Only hosts without version 1 ask for it.
const place = timed("a place in version 2", () => findPlace(null, { top, own, readOnly: false }, `/${own}`));
if ("reason" in place) throw new Error(place.reason);
timed("limits above that place", () => outerLimits(place));
console.log(JSON.stringify(times));
