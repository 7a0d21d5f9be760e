/** What the groups above the groups of runs allow in all (version 2). */
import { readFileSync } from "node:fs";
import type { OuterLimits } from "./controller.ts";
import type { V2Place } from "./v2-place.ts";

/** The tightest limits from the place of our groups up to the top of what we see. */
export function outerLimits({ directory, top }: V2Place): OuterLimits {
  let [memoryBytes, processes, processors] = [Infinity, Infinity, Infinity];
  for (let at = directory; at.length >= top.length && at.startsWith(top); at = at.slice(0, at.lastIndexOf("/"))) {
    memoryBytes = Math.min(memoryBytes, limitIn(`${at}/memory.max`));
    processes = Math.min(processes, limitIn(`${at}/pids.max`));
    processors = Math.min(processors, limitIn(`${at}/cpu.max`));
  }
  const finite = (limit: number) => (limit === Infinity ? null : limit);
  return { memoryBytes: finite(memoryBytes), processes: finite(processes), processors: finite(processors) };
}

/** A number, or two of which the first is in units of the second; `max`: none. A group may not have the file: the root has none. */
function limitIn(file: string): number {
  try {
    const [amount, unit = "1"] = readFileSync(file, "latin1").trim().split(" ");
    return amount === "max" ? Infinity : Number(amount) / Number(unit);
  } catch {
    return Infinity;
  }
}
