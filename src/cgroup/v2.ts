/** The group of one run in version 2 (Documentation/admin-guide/cgroup-v2.rst). */
import { existsSync, mkdirSync, readFileSync, readSync, rmdirSync, writeFileSync } from "../kernel/fs.ts";
import { AT_FDCWD, O } from "../kernel/constants.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";
import { closeDescriptor, openAt } from "../kernel/files.ts";
import { type Birthplace, type CgroupMechanism, type CgroupProblem, type CgroupRequest, type CgroupResource, type OuterLimits, type RunGroup } from "./controller.ts";
import { cpuPeriodUs, quotaUs } from "./cpu-quota.ts";
import { peakOfProcesses, wasFull } from "./full.ts";
import { removeGroups } from "./groups-left.ts";
import { MemoryFiles, namesOfV2, type MemoryLook } from "./memory-files.ts";
import { outerLimits } from "./outer.ts";
import type { V2Controller, V2Place } from "./v2-place.ts";
import { lastingName } from "./v2-view.ts";

/** By what a resource is bounded; the CPU time of a group is counted without any controller. */
const controllerOf: Partial<Record<CgroupResource, V2Controller>> = { memory: "memory", processes: "pids", cpu: "cpu", cpus: "cpuset" };

/** The usual weight, as 1024 is for the shares of version 1. */
const usualWeight = 100;
const usualShares = 1024;

function write(directory: string, file: string, value: string | number): void {
  writeFileSync(`${directory}/${file}`, String(value));
}

function configure(controller: V2Controller, directory: string, { limits, cpus }: CgroupRequest): void {
  switch (controller) {
    case "memory":
      write(directory, "memory.max", limits.memoryBytes ?? "max");
      // Not there without CONFIG_SWAP, or where swap is not accounted.
      if (limits.memoryBytes !== null && existsSync(`${directory}/memory.swap.max`)) write(directory, "memory.swap.max", 0);
      // All or nothing: a program that lost one of its processes is not to go on.
      return write(directory, "memory.oom.group", 1);
    case "pids":
      return write(directory, "pids.max", limits.processes ?? "max");
    case "cpu":
      if (limits.cpuRate !== undefined) write(directory, "cpu.max", `${quotaUs(limits.cpuRate)} ${cpuPeriodUs}`);
      return write(directory, "cpu.weight", Math.min(10_000, Math.max(1, Math.round((limits.cpuShares * usualWeight) / usualShares))));
    case "cpuset":
      return write(directory, "cpuset.cpus", cpus!);
  }
}

/** @param wanted what no other version bounds. @returns null when nothing of it can be had; nothing is left behind then */
export function createV2Group(place: V2Place, request: CgroupRequest, wanted: ReadonlySet<CgroupResource>): { group: RunGroup | null; problems: CgroupProblem[] } {
  const problems: CgroupProblem[] = [];
  const directory = `${place.directory}/${request.name}`;
  const name = lastingName(directory);
  const resources = new Set<CgroupResource>();
  request.announce([name]);
  try {
    mkdirSync(directory, 0o755);
  } catch (error) {
    return { group: null, problems: [...wanted].map((resource) => ({ resource, reason: `cannot create cgroup ${name}: ${reasonOf(error)}` })) };
  }
  for (const resource of wanted) {
    const controller = controllerOf[resource];
    if (controller === undefined) {
      if (resource === "cpu_time") resources.add(resource);
      continue;
    }
    try {
      if (!place.controllers.has(controller)) {
        problems.push({ resource, reason: `cgroup controller ${controller} is not handed down to ${lastingName(place.directory)}`, hint: `see ${lastingName(place.directory)}/cgroup.controllers` });
        continue;
      }
      configure(controller, directory, request);
      resources.add(resource);
    } catch (error) {
      problems.push({ resource, reason: `cannot set up controller ${controller} of cgroup ${name}: ${reasonOf(error)}` });
    }
  }
  try {
    return { group: openGroup(directory, name, resources, outerLimits(place)), problems };
  } catch (error) {
    rmdirSync(directory);
    return { group: null, problems: [...wanted].map((resource) => ({ resource, reason: `cannot open cgroup ${name}: ${reasonOf(error)}` })) };
  }
}

/** A group that has been made and set up. @throws SyscallError */
export function openGroup(directory: string, name: string, resources: ReadonlySet<CgroupResource>, outer: OuterLimits): RunGroup {
  return new V2Group(directory, name, resources, outer);
}

/** Long enough for memory.events and the beginning of cpu.stat. */
const readBytes = 512;

class V2Group implements RunGroup {
  readonly resources: ReadonlySet<CgroupResource>;
  readonly directories: readonly string[];
  readonly birthplace: Birthplace;
  readonly alarms: readonly number[];
  readonly samplesPeak: boolean;
  readonly outer: OuterLimits;
  readonly joinFiles: readonly string[] = [];
  readonly #directory: string;
  readonly #cpuStat: number;
  readonly #memoryEvents: number | null;
  readonly #memory: MemoryFiles | null;
  readonly #open: number[] = [];
  #sampledPeakBytes = 0;

  constructor(directory: string, name: string, resources: ReadonlySet<CgroupResource>, outer: OuterLimits) {
    this.#directory = directory;
    this.directories = [name];
    this.resources = resources;
    this.outer = outer;
    this.samplesPeak = resources.has("memory") && !existsSync(`${directory}/memory.peak`);
    const open = (path: string, flags: number) => {
      const fd = openAt(AT_FDCWD, path, flags);
      this.#open.push(fd);
      return fd;
    };
    this.birthplace = { descriptor: open(directory, O.RDONLY | O.DIRECTORY), joinFile: `${directory}/cgroup.procs` };
    this.#cpuStat = open(`${directory}/cpu.stat`, O.RDONLY);
    this.#memoryEvents = resources.has("memory") ? open(`${directory}/memory.events`, O.RDONLY) : null;
    this.#memory = resources.has("memory") ? new MemoryFiles(directory, namesOfV2) : null;
    this.alarms = this.#memoryEvents === null ? [] : [this.#memoryEvents];
    // poll(2) tells of what comes after a look.
    this.oomKills();
  }

  mechanismOf(resource: CgroupResource): CgroupMechanism | null {
    return this.resources.has(resource) ? "cgroup-v2" : null;
  }

  cpuTimeMs(): number | null {
    return this.resources.has("cpu_time") ? counter(readAt(this.#cpuStat), "usage_usec") / 1000 : null;
  }

  memoryPeakBytes(): number | null {
    if (this.#memory === null) return null;
    return this.#memory.peakBytes() ?? (this.#sampledPeakBytes = Math.max(this.#sampledPeakBytes, this.#memory.usageBytes()));
  }

  lookAtMemory(ended: boolean): MemoryLook | null {
    return this.#memory?.look(ended) ?? null;
  }

  oomKills(): number {
    return this.#memoryEvents === null ? 0 : counter(readAt(this.#memoryEvents), "oom_kill");
  }

  /** `oom` counts where the limit was hit; a kill for a group above, or for the host, is in `oom_kill` alone. */
  reachedOwnMemoryLimit(): boolean {
    return this.#memoryEvents !== null && counter(readAt(this.#memoryEvents), "oom") > 0;
  }

  deniedForks(): number {
    return this.resources.has("processes") ? counter(this.#read("pids.events"), "max") : 0;
  }

  reachedOwnProcessLimit(): boolean {
    return !this.resources.has("processes") || wasFull(this.#directory);
  }

  processesPeak(): number | null {
    return this.resources.has("processes") ? peakOfProcesses(this.#directory) : null;
  }

  kill(): void {
    try {
      write(this.#directory, "cgroup.kill", 1);
    } catch (error) {
      // Before Linux 5.14: init's end is the end of all others.
      if (errnoOf(error) !== errno.ENOENT && errnoOf(error) !== errno.EOPNOTSUPP) throw error;
    }
  }

  remove(): void {
    this.#memory?.close();
    for (const fd of this.#open.splice(0)) closeDescriptor(fd);
    removeGroups(this.directories);
  }

  #read(file: string): string {
    return readFileSync(`${this.#directory}/${file}`, "latin1");
  }
}

function readAt(fd: number): string {
  const bytes = Buffer.allocUnsafe(readBytes);
  return bytes.toString("latin1", 0, readSync(fd, bytes, 0, readBytes, 0));
}

/** `name value` lines. */
function counter(text: string, name: string): number {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
