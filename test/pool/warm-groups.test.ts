// Control groups that are made before their runs: each is used once, for the limits that it was made with.
import { describe, expect } from "bun:test";
import { existsSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Isolate, plainRun } from "../../src/index.ts";
import { cgroupDirectories } from "../helpers/host.ts";
import { cgroupV1, claimWith, sandbox } from "../helpers/requires.ts";
import { taken, warmBox, warmth } from "./warm.ts";

const claim = claimWith(...sandbox, cgroupV1("memory", "pids", "cpu", "cpuacct"));
const MiB = 2 ** 20;

const groups = (trace: readonly string[]) => ({
  made: trace.flatMap((line) => /^created cgroup (.*)$/.exec(line)?.[1] ?? []),
  taken: trace.flatMap((line) => /^takes cgroup (.*)$/.exec(line)?.[1] ?? []),
});

describe("a run", () => {
  claim("takes groups that nobody had", async () => {
    using warm = warmBox();
    using _ = warmth();
    const first = groups((await warm.run(["/bin/true"])).trace);
    const second = groups((await warm.run(["/bin/true"])).trace);
    const third = groups((await warm.run(["/bin/true"])).trace);
    expect([first.taken, second.made, third.made]).toEqual([[], [], []]);
    expect(second.taken.length).toBe(first.made.length);
    const all = [...first.made, ...second.taken, ...third.taken];
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((directory) => existsSync(directory))).toEqual([]);
  });

  claim("has nothing of the account of the run before", async () => {
    using warm = warmBox({ process_limit: 8 });
    using _ = warmth();
    const memory = await warm.bring("touch-memory");
    const children = await warm.bring("fork-children");
    expect((await warm.run([memory, "200"])).result.status).toBe("MemoryLimit");
    expect((await warm.run([children, "20"])).result.status).toBe("ProcessLimit");
    const { result, trace } = await warm.run(["/bin/true"]);
    expect(groups(trace).made).toEqual([]);
    expect([result.status, result.memory_peak! < 8 * MiB, result.cpu_time < 0.1]).toEqual(["Success", true, true]);
  });

  claim("with other limits has other groups, with these limits", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const memory = await warm.bring("touch-memory");
    for (const maxMemory of [32 * MiB, 64 * MiB]) {
      for (const expected of ["made", "taken"] as const) {
        const { result, trace } = await warm.run([memory, "48"], { overrides: { maxMemory } });
        expect([maxMemory, groups(trace)[expected].length > 0, result.status]).toEqual([maxMemory, true, maxMemory < 48 * MiB ? "MemoryLimit" : "Success"]);
      }
    }
  });

  claim("of a source has groups and launchers for both steps", async () => {
    using warm = warmBox();
    using _ = warmth(2);
    const source = join(warm.base, "a.c");
    const trace: string[] = [];
    for (const number of [1, 2, 3]) {
      writeFileSync(source, `#include <stdio.h>\nint main(void) { printf("%d\\n", ${number}); }\n`);
      trace.length = 0;
      const { stdout } = await warm.box.runSource({ path: source, language: null, packs: [] }, { kind: "empty" }, { ...plainRun, trace: (line) => void trace.push(line) });
      expect(stdout).toBe(`${number}\n`);
    }
    expect([groups(trace).made, trace.filter((line) => line === taken).length]).toEqual([[], 2]);
  });

  claim("makes groups where those that were made for it are gone", async () => {
    using warm = warmBox();
    using _ = warmth();
    await warm.run(["/bin/true"]);
    const ready = cgroupDirectories().filter((path) => path.includes(warm.box.id));
    expect(ready.length).toBeGreaterThan(3);
    rmdirSync(ready[0]!);
    const { result, trace } = await warm.run(["/bin/true"]);
    expect([result.status, groups(trace).taken]).toEqual(["Success", []]);
  });
});

describe("groups that wait", () => {
  claim("stand in the journal of their box, those for other limits too", async () => {
    using warm = warmBox();
    using _ = warmth();
    for (const maxMemory of [20, 30, 20, 20]) await warm.run(["/bin/true"], { overrides: { maxMemory: maxMemory * MiB } });
    const journal = readFileSync(join(warm.box.workdir, "../cgroups"), "utf8").split("\n");
    for (const directory of cgroupDirectories().filter((path) => path.includes(warm.box.id))) expect(journal).toContain(directory);
  });

  claim("go with their box", async () => {
    using _ = warmth();
    using warm = warmBox();
    await warm.run(["/bin/true"]);
    warm.box.cleanup();
    expect(cgroupDirectories().filter((path) => path.includes(warm.box.id))).toEqual([]);
  });

  claim("are made for boxes that nobody else can use, and for no others", async () => {
    using warm = warmBox();
    using _ = warmth();
    const named = Isolate.new({ instance_id: "named" }, { stateDir: join(warm.base, "state") });
    for (let run = 0; run < 2; run++) {
      const trace: string[] = [];
      await named.run(["/bin/true"], { kind: "empty" }, { ...plainRun, trace: (line) => void trace.push(line) });
      expect(groups(trace).taken).toEqual([]);
    }
    expect(cgroupDirectories().filter((path) => path.includes("mini-isolate-named-"))).toEqual([]);
    named.cleanup();
  });

  claim("are no more than launchers may be, twice", async () => {
    using warm = warmBox();
    using _ = warmth();
    for (const maxMemory of [20, 30, 40, 50]) await warm.run(["/bin/true"], { overrides: { maxMemory: maxMemory * MiB } });
    const waiting = new Set(cgroupDirectories().filter((path) => path.includes(warm.box.id)).map((path) => path.slice(path.lastIndexOf("/"))));
    expect(waiting.size).toBe(2);
  });
});
