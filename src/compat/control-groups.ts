/** The control groups of compatible runs: fresh ones for each run, where mini-isolate makes its groups. */
import { detectCgroups } from "../cgroup/detect.ts";
import { createGroup } from "../cgroup/group.ts";
import type { RunGroup } from "../cgroup/controller.ts";
import { removeGroups } from "../cgroup/groups-left.ts";
import { pathOf } from "../cgroup/v2-view.ts";
import { cgroupParent, waysToManager } from "../config/load.ts";
import { existsSync, readFileSync, writeFileSync } from "../kernel/fs.ts";
import { fatal } from "./failure.ts";
import type { CompatConfig } from "./config.ts";
import type { Dialect } from "./numbers.ts";
import type { Place } from "./place.ts";

const needed = ["memory", "cpuacct"] as const;

/** How long what was found counts: a keeper lives long. */
const freshMs = 1000;
let found: { readonly dialect: Dialect; readonly atMs: number } | null = null;

/** The dialect of the host: that of the version which has its controllers. */
export function dialectOfHost(): Dialect {
  if (found !== null && performance.now() - found.atMs < freshMs) return found.dialect;
  const { v1 } = detectCgroups();
  found = { dialect: needed.every((controller) => v1.has(controller)) ? 1 : 2, atMs: performance.now() };
  return found.dialect;
}

/** Of version 1, where nothing else has the controllers. @throws Failure */
export function requireGroups({ config, dialect }: Place): void {
  // Where nobody chose the dialect, it is that of a host which has them.
  if (dialect === 2 || config.dialect === null || dialectOfHost() === 1) return;
  const { v1 } = detectCgroups();
  if (v1.size === 0) return;
  const missing = needed.find((controller) => !v1.has(controller));
  throw fatal(`Control group filesystem at ${cgRootOf(config)}/${missing} not mounted`);
}

/** As messages and `--print-cg-root` name it. @throws Failure */
export function cgRootOf(config: CompatConfig): string {
  if (!config.cgRoot.startsWith("auto:")) return config.cgRoot === "" ? "/sys/fs/cgroup" : config.cgRoot;
  const file = config.cgRoot.slice("auto:".length);
  // The keeper of isolate writes it; where there is none we find a place ourselves.
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "/sys/fs/cgroup";
}

/** Where a host has version 2 alone, a directory that somebody chose. */
function placeOfV2(config: CompatConfig): string | null {
  if (config.cgRoot === "" || dialectOfHost() === 1) return cgroupParent();
  const path = cgRootOf(config);
  return path === "/sys/fs/cgroup" ? cgroupParent() : path;
}

/** The same for every run in one box, so that what a killed keeper left is found. */
function nameOf({ config, id }: Place): string {
  let hash = 0x811c_9dc5;
  for (const byte of Buffer.from(config.boxRoot)) hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  return `isolate-${hash.toString(16)}-${id}`;
}

/** How long the group of a killed run may take to become empty. */
const patienceMs = 2000;

/** Processes are bounded by their user alone. */
const counted = ["memory", "cpu_time"] as const;

/** @param memoryBytes null: no limit @param cpus as in cpuset(7) @throws Failure when this host cannot count */
export async function makeGroup(place: Place, memoryBytes: number | null, cpus: string | null): Promise<RunGroup> {
  const limits = {
    cpuTimeMs: null, wallTimeMs: null, memoryBytes, processes: null, fileSizeBytes: null, stackBytes: null, coreBytes: null, openFiles: 0, outputBytes: Infinity,
    diskBytes: null, cpuShares: 1024,
  };
  const announce = (directories: readonly string[]) => removeGroups(directories, patienceMs);
  const { group, problems } = await createGroup({ name: nameOf(place), limits, cpus, only: counted, announce }, placeOfV2(place.config), waysToManager);
  const problem = problems.find(({ resource }) => resource === "memory" || resource === "cpu_time");
  if (problem !== undefined) {
    group.remove();
    throw fatal(`Cannot use control groups: ${problem.reason}`);
  }
  letOthersLive(group);
  return group;
}

/** With version 2 a group of ours ends as a whole when its memory is used up; here the rest goes on. */
function letOthersLive({ directories }: RunGroup): void {
  for (const directory of directories) {
    const file = `${pathOf(directory)}/memory.oom.group`;
    if (existsSync(file)) writeFileSync(file, "0");
  }
}
