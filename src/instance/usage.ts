/** What an instance has in the control groups right now. */
import { readFileSync } from "../kernel/fs.ts";
import { groupExists } from "../cgroup/groups-left.ts";
import { pathOf } from "../cgroup/v2-view.ts";
import { boxPaths } from "../box/box.ts";
import { resolveStateDir } from "../config/load.ts";
import { errno, errnoOf } from "../kernel/errno.ts";
import { readJournal } from "../state/journal.ts";
import { openStateDirectory } from "../state/state-dir.ts";
import type { StoreOptions } from "./options.ts";

/** Settings and counters that say what a group bounds and uses. */
const shownFiles = [
  "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max_usage_in_bytes", "cpu.shares", "cpuacct.usage", "pids.max", "pids.current", "cpuset.cpus", "freezer.state",
  "memory.max", "memory.current", "memory.peak", "memory.events", "pids.events", "cpu.weight", "cpu.stat",
];

/** Control groups of a box that exist now, each with its settings and counters as the kernel writes them. */
export function instanceUsage(id: string, options: StoreOptions): { directory: string; values: Record<string, string> }[] {
  const state = openStateDirectory(resolveStateDir(options.stateDir));
  try {
    return readJournal(boxPaths(state, id).home)
      .filter(groupExists)
      .map((directory) => ({ directory, values: valuesOf(directory) }));
  } finally {
    state.close();
  }
}

function valuesOf(directory: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of shownFiles) {
    try {
      values[name] = readFileSync(`${pathOf(directory)}/${name}`, "utf8").trim();
    } catch (error) {
      // Another controller's file, or the run has just ended.
      if (errnoOf(error) !== errno.ENOENT && errnoOf(error) !== errno.ENODEV) throw error;
    }
  }
  return values;
}
