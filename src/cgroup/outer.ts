/** What the groups above the groups of runs allow in all. */
import { dirname } from "node:path";
import { attributeText } from "./attribute.ts";
import type { OuterLimits } from "./controller.ts";
import type { V1Controller } from "./detect.ts";
import type { V2Place } from "./v2-place.ts";

/** The tightest limits from the place of our groups up to the top of what we see. */
export function outerLimits({ directory, top }: V2Place): OuterLimits {
  let memoryBytes = Infinity;
  let processes = Infinity;
  let processors = Infinity;
  for (let at = directory; at.length >= top.length && at.startsWith(top); at = at.slice(0, at.lastIndexOf("/"))) {
    memoryBytes = Math.min(memoryBytes, limitIn(`${at}/memory.max`));
    processes = Math.min(processes, limitIn(`${at}/pids.max`));
    processors = Math.min(processors, limitIn(`${at}/cpu.max`));
  }
  const finite = (limit: number) => (limit === Infinity ? null : limit);
  return { memoryBytes: finite(memoryBytes), processes: finite(processes), processors: finite(processors) };
}

/** Version 1 writes "no limit" as a number that no machine has. */
const unlimitedBytes = 2 ** 62;

/** The same for version 1, where each controller has a tree of its own. @param parents the groups in which those of runs are made */
export function outerLimitsOfV1(parents: ReadonlyMap<V1Controller, string>): OuterLimits {
  const tightest = (controller: V1Controller, limitOf: (directory: string) => number | null) => {
    let least = Infinity;
    // Above the top of the tree there are no such files, nor are some of them at its top.
    for (let at = parents.get(controller) ?? "/"; at !== "/"; at = dirname(at)) {
      const limit = limitOf(at);
      if (limit === null) break;
      if (limit > 0 && limit < unlimitedBytes) least = Math.min(least, limit);
    }
    return least === Infinity ? null : least;
  };
  return {
    memoryBytes: tightest("memory", (at) => numberIn(`${at}/memory.limit_in_bytes`)),
    processes: tightest("pids", (at) => numberIn(`${at}/pids.max`)),
    processors: tightest("cpu", (at) => {
      const quota = numberIn(`${at}/cpu.cfs_quota_us`);
      return quota === null || quota <= 0 ? quota : quota / (numberIn(`${at}/cpu.cfs_period_us`) ?? Infinity);
    }),
  };
}

/** The tightest of both: some controllers of a hybrid host are of version 1, the others of version 2. */
export function tightestOf(one: OuterLimits, other: OuterLimits): OuterLimits {
  const smaller = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
  return { memoryBytes: smaller(one.memoryBytes, other.memoryBytes), processes: smaller(one.processes, other.processes), processors: smaller(one.processors, other.processors) };
}

/** @returns Infinity for `max`; null: there is no such file */
function numberIn(file: string): number | null {
  const text = attributeText(file);
  return text === null ? null : text === "max" ? Infinity : Number(text);
}

/** A number, or two of which the first is in units of the second; `max`: none. A group may not have the file: the root has none. */
function limitIn(file: string): number {
  const text = attributeText(file);
  // Most groups have no limit.
  if (text === null || text.startsWith("max")) return Infinity;
  const [amount, unit = "1"] = text.split(" ");
  return Number(amount) / Number(unit);
}
