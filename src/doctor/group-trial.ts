/** The control group of a run, made as a run makes it, looked at, and removed. */
import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { noOuterLimits, type OuterLimits } from "../cgroup/controller.ts";
import { createGroup } from "../cgroup/group.ts";
import { defaultConfig } from "../config/defaults.ts";
import { cgroupParent, waysToManager } from "../config/load.ts";
import { effectiveLimits } from "../executor/plan/limits.ts";
import { messageOf } from "../model/errors.ts";

/** What the checks ask about; `cpus`: processors of one's own. */
export type GroupResource = "memory" | "cpu_time" | "processes" | "cpu" | "cpus";
const resources: readonly GroupResource[] = ["memory", "cpu_time", "processes", "cpu", "cpus"];

export interface GroupTrial {
  /** By which version each resource is bounded or counted; one that is not there, by none. */
  readonly mechanisms: Readonly<Partial<Record<GroupResource, string>>>;
  /** Where the groups of runs are. */
  readonly places: readonly string[];
  readonly problems: readonly { readonly resource: string; readonly reason: string; readonly hint?: string }[];
  /** Whether a group bounds swap as well; null: there is no group that bounds memory. */
  readonly boundsSwap: boolean | null;
  /** The kernel keeps no peak. */
  readonly samplesPeak: boolean;
  /** Limits of groups above ours; null: none. */
  readonly outer: OuterLimits;
}

export async function tryGroup(): Promise<GroupTrial> {
  const limits = effectiveLimits({ ...defaultConfig, instance_id: "doctor" }, {});
  const { group, problems } = await createGroup({ name: `mini-isolate-doctor-${process.pid}`, limits, cpus: someProcessor(), announce: () => {} }, cgroupParent(), waysToManager);
  try {
    // A name of version 2 may be one that only messages can use.
    const directories = [...group.directories.filter((name) => name.startsWith("/")), ...(group.birthplace === null ? [] : [dirname(group.birthplace.joinFile)])];
    const swapFiles = ["memory.memsw.limit_in_bytes", "memory.swap.max"];
    return {
      mechanisms: Object.fromEntries(resources.flatMap((resource) => (group.mechanismOf(resource) === null ? [] : [[resource, group.mechanismOf(resource)!]]))),
      places: group.directories.map((directory) => dirname(directory)),
      problems,
      boundsSwap: group.resources.has("memory") ? directories.some((directory) => swapFiles.some((file) => existsSync(`${directory}/${file}`))) : null,
      samplesPeak: group.samplesPeak,
      outer: group.outer,
    };
  } finally {
    group.remove();
  }
}

/** A processor that we may use, as cpuset(7) has it. */
function someProcessor(): string | null {
  try {
    return /^Cpus_allowed_list:\s*([0-9]+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** @returns a trial in which nothing could be had */
export function failedGroup(error: unknown): GroupTrial {
  return { mechanisms: {}, places: [], problems: [{ resource: "memory", reason: messageOf(error) }], boundsSwap: null, samplesPeak: false, outer: noOuterLimits };
}
