/** Control groups of version 1 (Documentation/admin-guide/cgroup-v1). */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "../kernel/fs.ts";
import { reasonOf } from "../kernel/errno.ts";
import { type CgroupMechanism, type CgroupProblem, type CgroupRequest, type CgroupResource, type MadeGroup, type OuterLimits, type RunGroup } from "./controller.ts";
import type { CgroupMap, V1Controller } from "./detect.ts";
import { peakOfProcesses, wasFull } from "./full.ts";
import { removeGroups } from "./groups-left.ts";
import { cpuPeriodUs, quotaUs } from "./cpu-quota.ts";
import { MemoryFiles, namesOfV1, type MemoryLook } from "./memory-files.ts";
import { outerLimitsOfV1 } from "./outer.ts";

/** In the order in which the launcher joins: what charges the program for our own work comes last. */
const controllersOf: readonly (readonly [CgroupResource, V1Controller])[] = [
  ["freezer", "freezer"],
  ["cpus", "cpuset"],
  ["cpu", "cpu"],
  ["huge_pages", "hugetlb"],
  ["processes", "pids"],
  ["memory", "memory"],
  ["cpu_time", "cpuacct"],
];

/** The kernel kills for pieces of up to eight pages (PAGE_ALLOC_COSTLY_ORDER); what is larger is tried in smaller pieces. */
const largestChargeBytes = 32 * 1024;

function write(directory: string, file: string, value: string | number): void {
  writeFileSync(`${directory}/${file}`, String(value));
}

function configure(controller: V1Controller, directory: string, parent: string, request: CgroupRequest): void {
  const { limits } = request;
  switch (controller) {
    case "memory": {
      const bytes = limits.memoryBytes ?? -1;
      write(directory, "memory.swappiness", 0);
      write(directory, "memory.limit_in_bytes", bytes);
      // Absent without swap accounting; must not be below the plain limit, so it comes second.
      if (existsSync(`${directory}/memory.memsw.limit_in_bytes`)) write(directory, "memory.memsw.limit_in_bytes", bytes);
      return;
    }
    case "cpu":
      write(directory, "cpu.shares", limits.cpuShares);
      if (limits.cpuRate === undefined) return;
      write(directory, "cpu.cfs_period_us", cpuPeriodUs);
      return write(directory, "cpu.cfs_quota_us", quotaUs(limits.cpuRate));
    case "pids":
      return write(directory, "pids.max", limits.processes ?? "max");
    case "cpuset":
      write(directory, "cpuset.cpus", request.cpus ?? readFileSync(`${parent}/cpuset.cpus`, "utf8"));
      // A group without memory nodes takes no task (cpusets.rst).
      return write(directory, "cpuset.mems", readFileSync(`${parent}/cpuset.mems`, "utf8"));
    case "hugetlb":
      // None, of any size: they come from a pool of the machine, and the memory controller does not count them (hugetlb.rst).
      for (const file of readdirSync(directory).filter((name) => /^hugetlb\..*limit_in_bytes$/.test(name))) write(directory, file, 0);
      return;
    case "cpuacct":
    case "freezer":
      return;
  }
}

/** Makes the group of one run below our own groups. What cannot be had is in `problems`; nothing else is left behind. */
export function createV1Group(map: Pick<CgroupMap, "v1">, request: CgroupRequest): MadeGroup {
  const problems: CgroupProblem[] = [];
  const directoryOf = new Map<V1Controller, string>();
  const wanted = controllersOf.filter(([resource, controller]) => {
    if (resource === "cpus") return request.cpus !== null;
    if (request.only !== undefined) return request.only.includes(resource);
    // Hardly any host has huge pages, and the filter refuses them as well. Nothing of ours depends on the freezer.
    return (resource !== "huge_pages" && resource !== "freezer") || map.v1.has(controller);
  });
  for (const [resource, controller] of wanted) {
    const parent = map.v1.get(controller);
    if (parent === undefined) problems.push({ resource, reason: `controller ${controller} is not mounted`, hint: "mount the cgroup controllers" });
    else directoryOf.set(controller, `${parent}/${request.name}`);
  }
  if (directoryOf.size > 0) request.announce([...new Set(directoryOf.values())]);
  const made = new Set<string>();
  for (const [resource, controller] of wanted) {
    const directory = directoryOf.get(controller);
    if (directory === undefined) continue;
    try {
      if (!made.has(directory)) {
        mkdirSync(directory, 0o755);
        made.add(directory);
      }
      configure(controller, directory, map.v1.get(controller)!, request);
    } catch (error) {
      problems.push({ resource, reason: `cannot create cgroup ${directory}: ${reasonOf(error)}` });
      directoryOf.delete(controller);
    }
  }
  // A directory that no controller of ours could be configured in is of no use.
  const used = new Set(directoryOf.values());
  for (const directory of made) if (!used.has(directory)) rmdirSync(directory);
  const resources = new Set(wanted.filter(([, controller]) => directoryOf.has(controller)).map(([resource]) => resource));
  return { group: new V1Group(directoryOf, resources, outerLimitsOfV1(map.v1)), problems };
}

class V1Group implements RunGroup {
  readonly resources: ReadonlySet<CgroupResource>;
  readonly directories: readonly string[];
  readonly birthplace = null;
  readonly alarms: readonly number[] = [];
  readonly samplesPeak = false;
  readonly outer: OuterLimits;
  readonly #directoryOf: ReadonlyMap<V1Controller, string>;
  readonly #memory: MemoryFiles | null;

  constructor(directoryOf: ReadonlyMap<V1Controller, string>, resources: ReadonlySet<CgroupResource>, outer: OuterLimits) {
    this.#directoryOf = directoryOf;
    this.outer = outer;
    this.resources = resources;
    this.directories = [...new Set(directoryOf.values())];
    const memory = directoryOf.get("memory");
    this.#memory = memory === undefined ? null : new MemoryFiles(memory, namesOfV1);
  }

  mechanismOf(resource: CgroupResource): CgroupMechanism | null {
    return this.resources.has(resource) ? "cgroup-v1" : null;
  }

  /** `tasks` and not `cgroup.procs`: one thread joins without the kernel's global thread-group lock (design facts). */
  get joinFiles(): readonly string[] {
    return this.directories.map((directory) => `${directory}/tasks`);
  }

  #read(controller: V1Controller, file: string): string | null {
    const directory = this.#directoryOf.get(controller);
    return directory === undefined ? null : readFileSync(`${directory}/${file}`, "utf8");
  }

  cpuTimeMs(): number | null {
    const nanoseconds = this.#read("cpuacct", "cpuacct.usage");
    return nanoseconds === null ? null : Number(nanoseconds) / 1e6;
  }

  memoryPeakBytes(): number | null {
    return this.#memory?.peakBytes() ?? null;
  }

  lookAtMemory(ended: boolean): MemoryLook | null {
    return this.#memory?.look(ended) ?? null;
  }

  oomKills(): number {
    return counter(this.#read("memory", "memory.oom_control"), "oom_kill");
  }

  /**
   * A failcnt counts for the group whose limit was in the way, and for none above or below it. Newer kernels (6.18) do not count for the limit
   * of memory and swap, which comes first where there is one; but then the peak is at the limit.
   */
  reachedOwnMemoryLimit(): boolean {
    const directory = this.#directoryOf.get("memory");
    if (directory === undefined) return false;
    const value = (file: string) => Number(readFileSync(`${directory}/${file}`, "utf8"));
    // The peak of memory and swap may have begun anew since.
    const peak = (kind: string) => (kind === "memory" ? value("memory.max_usage_in_bytes") : Math.max(value(`${kind}.max_usage_in_bytes`), this.#memory?.highestBytes ?? 0));
    return ["memory", "memory.memsw"]
      .filter((kind) => existsSync(`${directory}/${kind}.limit_in_bytes`))
      .some((kind) => value(`${kind}.failcnt`) > 0 || peak(kind) + largestChargeBytes >= value(`${kind}.limit_in_bytes`));
  }

  deniedForks(): number {
    return counter(this.#read("pids", "pids.events"), "max");
  }

  reachedOwnProcessLimit(): boolean {
    const directory = this.#directoryOf.get("pids");
    return directory === undefined || wasFull(directory);
  }

  processesPeak(): number | null {
    const directory = this.#directoryOf.get("pids");
    return directory === undefined ? null : peakOfProcesses(directory);
  }

  /** Version 1 cannot: the end of init is the end of all others. */
  kill(): void {}

  remove(): void {
    this.#memory?.close();
    removeGroups(this.directories);
  }
}

/** `name value` lines. */
function counter(text: string | null, name: string): number {
  const line = text?.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
