// On the tree of version 2 that this host has mounted. It may have no controllers: what needs them is shown where version 2 is alone.
import { afterEach, describe, expect, test } from "bun:test";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noOuterLimits, type CgroupResource, type RunGroup } from "../../../src/cgroup/controller.ts";
import { detectCgroups } from "../../../src/cgroup/detect.ts";
import { createV2Group, openGroup } from "../../../src/cgroup/v2.ts";
import type { V2Place } from "../../../src/cgroup/v2-place.ts";
import { prepareBirth } from "../../../src/kernel/birth.ts";
import { closeDescriptor } from "../../../src/kernel/files.ts";
import { pollReadable, reap, type ChildEnd } from "../../../src/kernel/process.ts";
import { bear } from "../../../src/kernel/spawn.ts";
import { cgroupV2, claimWith, root } from "../../helpers/requires.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";
import { until } from "../../helpers/until.ts";
import { someLimits } from "../executor/samples.ts";

const claim = claimWith(root, cgroupV2());
const name = `mini-isolate-test-${process.pid}-v2`;
const groups: RunGroup[] = [];
const running = new Set<number>();

function placeHere(): V2Place {
  const { top } = detectCgroups().v2!;
  return { directory: top, controllers: new Set(), top };
}

function create(wanted: readonly CgroupResource[] = ["cpu_time"], announce: (directories: readonly string[]) => void = () => {}) {
  const made = createV2Group(placeHere(), { name, limits: someLimits, cpus: null, announce }, new Set(wanted));
  if (made.group !== null) groups.push(made.group);
  return made;
}

function directory(): string {
  return join(placeHere().directory, name);
}

/** A shell that is born in the group. */
function start(group: RunGroup, command: string): number {
  const birth = prepareBirth("/bin/sh", ["sh", "-c", command], [], group.birthplace!.descriptor);
  const pid = bear(birth);
  running.add(pid);
  return pid;
}

async function end(pid: number): Promise<ChildEnd> {
  const seen = await until(`the end of ${pid}`, () => reap(pid));
  running.delete(pid);
  return seen;
}

afterEach(async () => {
  for (const group of groups) if (existsSync(directory())) group.kill();
  for (const pid of running) await end(pid);
  for (const group of groups.splice(0)) group.remove();
  expect(existsSync(directory())).toBeFalse();
});

describe("what the files of a group say", () => {
  const eventsBefore = "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n";
  /** A directory with the files of a group that this host may not have. */
  function open(files: Readonly<Record<string, string>>) {
    const made = temporaryDirectory();
    const write = (name: string, text: string) => writeFileSync(join(made.path, name), text);
    for (const [name, text] of Object.entries({ "cpu.stat": "usage_usec 0\n", "memory.events": eventsBefore, "memory.current": "0\n", ...files })) write(name, text);
    const group = openGroup(made.path, made.path, new Set(["memory", "cpu_time", "processes"]), noOuterLimits);
    return { group, write, [Symbol.dispose]: () => { group.alarms.concat(group.birthplace!.descriptor).forEach(closeDescriptor); made[Symbol.dispose](); } };
  }

  test("is the peak of memory that the kernel keeps", () => {
    using opened = open({ "memory.peak": "1048576\n" });
    expect([opened.group.samplesPeak, opened.group.memoryPeakBytes()]).toEqual([false, 1_048_576]);
  });

  test("is the highest use of all looks, where the kernel keeps no peak (before Linux 5.19)", () => {
    using opened = open({});
    expect(opened.group.samplesPeak).toBeTrue();
    for (const [now, peak] of [[100, 100], [300, 300], [200, 300]] as const) {
      opened.write("memory.current", `${now}\n`);
      expect(opened.group.memoryPeakBytes()).toBe(peak);
    }
  });

  test("is whether it was the group's own limit that a process was killed for", () => {
    using opened = open({ "memory.peak": "0\n" });
    expect([opened.group.oomKills(), opened.group.reachedOwnMemoryLimit()]).toEqual([0, false]);
    opened.write("memory.events", eventsBefore.replace("oom_kill 0", "oom_kill 1"));
    expect([opened.group.oomKills(), opened.group.reachedOwnMemoryLimit()]).toEqual([1, false]);
    opened.write("memory.events", eventsBefore.replace("oom 0", "oom 1").replace("oom_kill 0", "oom_kill 3"));
    expect([opened.group.oomKills(), opened.group.reachedOwnMemoryLimit()]).toEqual([3, true]);
  });

  test("is how many forks were refused, and the time of the processors", () => {
    using opened = open({ "pids.events": "max 7\n", "cpu.stat": "usage_usec 1500250\nuser_usec 1500000\nsystem_usec 250\n", "memory.peak": "0\n" });
    expect([opened.group.deniedForks(), opened.group.cpuTimeMs()]).toEqual([7, 1500.25]);
  });
});

describe("a group of version 2", () => {
  claim("is announced before it is made, under the name that it has", () => {
    const announced: string[] = [];
    const { group } = create(["cpu_time"], (directories) => {
      announced.push(...directories);
      expect(existsSync(directory())).toBeFalse();
    });
    expect(announced).toEqual([directory()]);
    expect(group!.directories).toEqual(announced);
    expect(existsSync(directory())).toBeTrue();
  });

  claim("has whoever is born in it from the first instruction on", async () => {
    const { group } = create();
    const pid = start(group!, "exec sleep 60");
    expect(readFileSync(join(directory(), "cgroup.procs"), "utf8")).toBe(`${pid}\n`);
    group!.kill();
    expect(await end(pid)).toMatchObject({ signal: 9 });
  });

  claim("counts the CPU time of all its processes, those that have ended as well", async () => {
    const { group } = create();
    expect(group!.cpuTimeMs()).toBe(0);
    const { usage } = await end(start(group!, "i=0; (while [ $i -lt 50000 ]; do i=$((i+1)); done); exit 3"));
    const counted = group!.cpuTimeMs()!;
    expect(counted).toBeGreaterThan(0);
    // Two accounts of one and the same time.
    expect(Math.abs(counted - usage.cpuTimeMs)).toBeLessThan(Math.max(1, usage.cpuTimeMs / 50));
  });

  claim("ends with one write, however many processes are in it and whatever they do", async () => {
    const { group } = create();
    const pid = start(group!, "for i in 1 2 3 4 5 6 7 8 9; do (trap '' TERM; while :; do sleep 60 & wait; done) & done; wait");
    await until("ten processes and more", () => readFileSync(join(directory(), "cgroup.procs"), "utf8").split("\n").length > 10);
    group!.kill();
    expect(await end(pid)).toMatchObject({ signal: 9 });
    group!.remove();
    expect(existsSync(directory())).toBeFalse();
  });

  claim("says which controllers it cannot have, and is made all the same", () => {
    const { group, problems } = create(["memory", "processes", "cpu_time"]);
    expect(problems.map(({ resource }) => resource)).toEqual(["memory", "processes"]);
    for (const { reason } of problems) expect(reason).toContain("is not handed down to");
    expect([...group!.resources]).toEqual(["cpu_time"]);
    expect([group!.mechanismOf("cpu_time"), group!.mechanismOf("memory")]).toEqual(["cgroup-v2", null]);
    expect([group!.memoryPeakBytes(), group!.oomKills(), group!.deniedForks(), group!.reachedOwnMemoryLimit()]).toEqual([null, 0, 0, false]);
  });

  claim("that is there already is left as it is", () => {
    mkdirSync(directory());
    try {
      const { group, problems } = create();
      expect(group).toBeNull();
      expect(problems).toEqual([{ resource: "cpu_time", reason: `cannot create cgroup ${directory()}: EEXIST (file already exists)` }]);
    } finally {
      rmdirSync(directory());
    }
  });

  claim("can be removed twice", () => {
    const { group } = create();
    group!.remove();
    group!.remove();
  });

  claim("tells what is urgent through its events: a poll wakes when the group becomes empty", async () => {
    const { group } = create();
    const pid = start(group!, "exit 0");
    const fd = openSync(join(directory(), "cgroup.events"), "r");
    try {
      readSync(fd, new Uint8Array(128), 0, 128, 0);
      await end(pid);
      await until("the event", () => pollReadable([], 100, [], [fd]).ready.includes(fd) || null);
    } finally {
      closeSync(fd);
    }
  });
});
