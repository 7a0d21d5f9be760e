import { afterEach, describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupRequest, RunGroup } from "../../../src/cgroup/controller.ts";
import { detectCgroups, type CgroupMap, type V1Controller } from "../../../src/cgroup/detect.ts";
import { processesIn, removeGroups } from "../../../src/cgroup/groups-left.ts";
import { createV1Group } from "../../../src/cgroup/v1.ts";
import type { RunLimits } from "../../../src/model/run-limits.ts";
import { program } from "../../helpers/programs.ts";
import { cgroupV1, claimWith, executable, root } from "../../helpers/requires.ts";
import { until } from "../../helpers/until.ts";
import { noLimits, someLimits } from "../executor/samples.ts";
import { errorOf, temporaryDirectory } from "../../helpers/temporary.ts";

const claim = claimWith(root, cgroupV1("memory", "cpu", "cpuacct", "pids", "cpuset", "freezer"));
const compiled = claimWith(root, cgroupV1("cpuacct"), executable("/usr/bin/gcc"));
const name = `mini-isolate-test-${process.pid}`;
const groups: RunGroup[] = [];

function create(limits: Partial<RunLimits> = {}, request: Partial<CgroupRequest> = {}, map: Pick<CgroupMap, "v1"> = detectCgroups()) {
  const made = createV1Group(map, { name, limits: { ...someLimits, ...limits }, cpus: null, announce: () => {}, ...request });
  groups.push(made.group);
  return made;
}

afterEach(() => {
  for (const group of groups.splice(0)) group.remove();
  expect(leftOver()).toEqual([]);
});

/** Directories of this name in any hierarchy. */
function leftOver(): string[] {
  return [...detectCgroups().v1.values()].map((parent) => join(parent, name)).filter((path) => existsSync(path));
}

function directoryOf(controller: V1Controller): string {
  return join(detectCgroups().v1.get(controller)!, name);
}

function setting(controller: V1Controller, file: string): string {
  return readFileSync(join(directoryOf(controller), file), "utf8").trim();
}

/** Runs a shell command whose shell joins the groups first; @returns when it has ended. */
async function runIn(group: RunGroup, command: string): Promise<void> {
  await startIn(group, command).exited;
}

function startIn(group: RunGroup, command: string) {
  const joining = group.joinFiles.map((file) => `echo 0 >'${file}'`).join(" && ");
  return Bun.spawn(["/bin/sh", "-c", `${joining} && ${command}`], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
}

describe("the groups of a run", () => {
  claim("have its limits", () => {
    const { group, problems } = create();
    expect(problems).toEqual([]);
    expect([...group.resources].toSorted()).toEqual(["cpu", "cpu_time", "freezer", "memory", "processes"]);
    expect(setting("memory", "memory.limit_in_bytes")).toBe(String(someLimits.memoryBytes));
    expect(setting("memory", "memory.swappiness")).toBe("0");
    expect(setting("pids", "pids.max")).toBe("4");
    expect(setting("cpu", "cpu.shares")).toBe("1024");
    if (existsSync(join(directoryOf("memory"), "memory.memsw.limit_in_bytes"))) {
      expect(setting("memory", "memory.memsw.limit_in_bytes")).toBe(String(someLimits.memoryBytes));
    }
  });

  claim("bound the part of a processor that the run has, where it has a bound", () => {
    const { problems } = create({ cpuRate: 1500 });
    expect(problems).toEqual([]);
    expect([setting("cpu", "cpu.cfs_quota_us"), setting("cpu", "cpu.cfs_period_us")]).toEqual(["150000", "100000"]);
  });

  claim("have no limit where the run has none", () => {
    create(noLimits);
    expect(Number(setting("memory", "memory.limit_in_bytes"))).toBeGreaterThan(2 ** 60);
    expect(setting("pids", "pids.max")).toBe("max");
  });

  claim("are announced before they are made", () => {
    const announced: string[] = [];
    const { group } = create({}, {
      announce: (directories) => {
        announced.push(...directories);
        expect(directories.filter((path) => existsSync(path))).toEqual([]);
      },
    });
    expect(announced.toSorted()).toEqual([...group.directories].toSorted());
    for (const directory of announced) expect(existsSync(directory)).toBe(true);
  });

  claim("are joined by one thread through 'tasks', what charges the program for our own work at the end", () => {
    const { joinFiles } = create().group;
    expect(joinFiles.every((file) => file.endsWith("/tasks"))).toBe(true);
    expect(joinFiles.slice(-2)).toEqual([`${directoryOf("memory")}/tasks`, `${directoryOf("cpuacct")}/tasks`]);
  });

  claim("hold the run to its processors when it has some, with the memory nodes of the parent", () => {
    expect(create({}, { cpus: "0" }).group.resources).toContain("cpus");
    expect(setting("cpuset", "cpuset.cpus")).toBe("0");
    expect(setting("cpuset", "cpuset.mems")).not.toBe("");
  });

  claim("that share a hierarchy are one directory, joined once", () => {
    using parent = temporaryDirectory();
    const map = { v1: new Map<V1Controller, string>([["cpuacct", parent.path], ["freezer", parent.path]]) };
    const { group } = create({}, {}, map);
    expect(group.directories).toEqual([join(parent.path, name)]);
    expect(group.joinFiles).toHaveLength(1);
    expect([...group.resources].toSorted()).toEqual(["cpu_time", "freezer"]);
    group.remove();
    expect(readdirSync(parent.path)).toEqual([]);
  });

  claim("have no huge pages, where the controller for these is mounted", async () => {
    using directory = temporaryDirectory("/tmp");
    const fixture = join(import.meta.dir, "../../fixtures/cgroup/huge-pages.ts");
    const script = `mount -t cgroup -o hugetlb none '${directory.path}' && exec '${process.execPath}' '${fixture}' '${name}-huge'`;
    const child = Bun.spawn(["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [said, complaint] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    expect(complaint).toBe("");
    const seen = JSON.parse(said) as { problems: unknown[]; resources: string[]; limits: Record<string, string> };
    expect(seen.problems).toEqual([]);
    expect(seen.resources).toContain("huge_pages");
    expect(Object.keys(seen.limits).length).toBeGreaterThan(0);
    expect(new Set(Object.values(seen.limits))).toEqual(new Set(["0"]));
  });

  claim("are gone after the removal, which works twice", () => {
    const { group } = create();
    expect(leftOver()).toHaveLength(5);
    group.remove();
    expect(leftOver()).toEqual([]);
    group.remove();
  });
});

describe("what was used", () => {
  claim("is nothing before the start", () => {
    const { group } = create();
    expect([group.cpuTimeMs(), group.memoryPeakBytes(), group.oomKills(), group.deniedForks()]).toEqual([0, 0, 0, 0]);
    expect(group.reachedOwnMemoryLimit()).toBeFalse();
  });

  compiled("is the CPU time of all processes, those that have ended as well", async () => {
    const { group } = create({ memoryBytes: null, processes: null });
    const spin = await program("spin");
    await runIn(group, `${spin} 0.1; ${spin} 0.05 & ${spin} 0.05; wait`);
    expect(group.cpuTimeMs()).toBeWithin(200, 260);
  });

  claim("is the peak of memory, not what is left at the end", async () => {
    const { group } = create({ memoryBytes: null });
    await runIn(group, "dd if=/dev/zero of=/dev/null bs=8M count=2");
    expect(group.memoryPeakBytes()).toBeWithin(8 * 2 ** 20, 12 * 2 ** 20);
  });

  claim("counts what the kernel killed for memory", async () => {
    const { group } = create({ memoryBytes: 4 * 2 ** 20 });
    await runIn(group, "dd if=/dev/zero of=/dev/null bs=32M count=1");
    expect(group.oomKills()).toBe(1);
    expect(group.reachedOwnMemoryLimit()).toBeTrue();
    expect(group.memoryPeakBytes()).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  claim("tells what was killed for the memory of a group above from what was killed for its own", async () => {
    const above = join(detectCgroups().v1.get("memory")!, `${name}-above`);
    mkdirSync(above);
    try {
      writeFileSync(join(above, "memory.limit_in_bytes"), String(8 * 2 ** 20));
      const { group } = create({ memoryBytes: 64 * 2 ** 20 }, {}, { v1: new Map([["memory", above]]) });
      await runIn(group, "dd if=/dev/zero of=/dev/null bs=32M count=1");
      expect([group.oomKills(), group.reachedOwnMemoryLimit()]).toEqual([1, false]);
      group.remove();
    } finally {
      rmdirSync(above);
    }
  });

  claim("counts the forks that were refused", async () => {
    const { group } = create({ processes: 1, memoryBytes: null });
    await runIn(group, "/bin/true; exit 0");
    expect(group.deniedForks()).toBeGreaterThanOrEqual(1);
  });

  claim("does not pass from one run to the next of the same name", async () => {
    const first = create({ processes: 1, memoryBytes: null }).group;
    await runIn(first, "/bin/true; exit 0");
    first.remove();
    const { group } = create();
    expect([group.cpuTimeMs(), group.memoryPeakBytes(), group.deniedForks()]).toEqual([0, 0, 0]);
  });

  claim("is null where no group counts it", () => {
    const { group } = create({}, {}, { v1: new Map([["pids", detectCgroups().v1.get("pids")!]]) });
    expect([group.cpuTimeMs(), group.memoryPeakBytes(), group.oomKills(), group.reachedOwnMemoryLimit()]).toEqual([null, null, 0, false]);
  });
});

describe("what cannot be had", () => {
  claim("is reported for a controller that is not mounted, and the rest is made", () => {
    const v1 = new Map(detectCgroups().v1);
    v1.delete("pids");
    const { group, problems } = create({}, {}, { v1 });
    expect(problems).toEqual([{ resource: "processes", reason: "controller pids is not mounted", hint: "mount the cgroup controllers" }]);
    expect(group.resources).not.toContain("processes");
    expect(group.resources).toContain("memory");
  });

  claim("is reported for a group that is there already, and that group is left as it is", () => {
    const foreign = directoryOf("memory");
    mkdirSync(foreign);
    try {
      const { group, problems } = create();
      expect(problems).toEqual([{ resource: "memory", reason: `cannot create cgroup ${foreign}: EEXIST (file already exists)` }]);
      expect(group.directories).not.toContain(foreign);
      group.remove();
      expect(leftOver()).toEqual([foreign]);
      expect(Number(setting("memory", "memory.limit_in_bytes"))).toBeGreaterThan(2 ** 60);
    } finally {
      rmdirSync(foreign);
    }
  });

  claim("is reported for a setting that the kernel refuses, and its group is not left behind", () => {
    const { group, problems } = create({}, { cpus: "4000" });
    expect(problems).toEqual([{ resource: "cpus", reason: expect.stringMatching(/: (ERANGE|EINVAL) \([a-z ]+\)$/) }]);
    expect(existsSync(directoryOf("cpuset"))).toBe(false);
    expect(group.resources).toContain("memory");
  });

  claim("is everything for an ordinary user, with the reason, and nothing is left behind", async () => {
    const fixture = join(import.meta.dir, "../../fixtures/cgroup/create-group.ts");
    const child = Bun.spawn([process.execPath, fixture, "61235", name], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    const seen = JSON.parse(await new Response(child.stdout).text()) as { problems: unknown[]; directories: string[]; resources: string[] };
    expect(seen.directories).toEqual([]);
    expect(seen.resources).toEqual([]);
    expect(seen.problems).toContainEqual({ resource: "memory", reason: `cannot create cgroup ${directoryOf("memory")}: EACCES (permission denied)` });
    expect(seen.problems).toHaveLength(5);
  });
});

describe("a removal", () => {
  claim("waits for processes that are about to end", async () => {
    const { group } = create({ memoryBytes: null });
    const child = startIn(group, "exec sleep 0.3");
    await until("the process is in its groups", () => processesIn(group.directories).includes(child.pid));
    group.remove();
    expect(leftOver()).toEqual([]);
    await child.exited;
  });

  claim("that fails names the directory, and how to see who is in there", () => {
    using parent = temporaryDirectory();
    const stuck = join(parent.path, "stuck");
    mkdirSync(stuck);
    writeFileSync(join(stuck, "file"), "");
    const error = errorOf(() => removeGroups([stuck]));
    expect(error.kind).toBe("Cgroup");
    expect(error.message).toBe(`cannot remove cgroup ${stuck}: ENOTEMPTY (directory not empty)`);
    expect(error.hint).toBe(`see which processes are in it: cat ${stuck}/cgroup.procs`);
    rmSync(stuck, { recursive: true });
  });
});

describe("the processes in groups", () => {
  claim("are each named once, however many groups they are in", async () => {
    const { group } = create({ memoryBytes: null });
    const child = startIn(group, "exec sleep 60");
    await until("the process is in all groups", () => group.directories.every((directory) => processesIn([directory]).length === 1));
    expect(processesIn(group.directories)).toEqual([child.pid]);
    child.kill("SIGKILL");
    await child.exited;
  });

  claim("are none when the groups are gone", () => {
    expect(processesIn([`/sys/fs/cgroup/memory/${name}-missing`])).toEqual([]);
  });
});
