import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outerLimits, outerLimitsOfV1, tightestOf } from "../../../src/cgroup/outer.ts";
import { outerWarnings, tighterOuterLimits } from "../../../src/executor/plan/outer.ts";
import { temporaryDirectory } from "../../helpers/temporary.ts";
import { noLimits, someLimits } from "../executor/samples.ts";

test("the tightest limit above counts, wherever it is; a group without the file bounds nothing", () => {
  using top = temporaryDirectory();
  const directory = join(top.path, "a/b");
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of [["memory.max", "4096000"], ["a/memory.max", "max"], ["a/b/memory.max", "8192000"], ["a/pids.max", "50"], ["a/cpu.max", "150000 100000"]] as const) {
    writeFileSync(join(top.path, file), `${text}\n`);
  }
  const place = { directory, controllers: new Set<never>(), top: top.path };
  expect(outerLimits(place)).toEqual({ memoryBytes: 4_096_000, processes: 50, processors: 1.5 });
  expect(outerLimits({ ...place, top: directory })).toEqual({ memoryBytes: 8_192_000, processes: null, processors: null });
});

test("version 1 has a tree for each controller, and writes no limit as -1 or as a number that no machine has", () => {
  using top = temporaryDirectory();
  const files = {
    "memory/memory.limit_in_bytes": "9223372036854771712", "memory/a/memory.limit_in_bytes": "4096000", "memory/a/b/memory.limit_in_bytes": "9223372036854771712",
    "pids/a/pids.max": "50", "pids/a/b/pids.max": "max",
    "cpu/a/cpu.cfs_quota_us": "150000", "cpu/a/cpu.cfs_period_us": "100000", "cpu/a/b/cpu.cfs_quota_us": "-1", "cpu/a/b/cpu.cfs_period_us": "100000",
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top.path, file)), { recursive: true });
    writeFileSync(join(top.path, file), `${text}\n`);
  }
  const parents = (below: string) => new Map((["memory", "pids", "cpu"] as const).map((controller) => [controller, join(top.path, controller, below)]));
  expect(outerLimitsOfV1(parents("a/b"))).toEqual({ memoryBytes: 4_096_000, processes: 50, processors: 1.5 });
  expect(outerLimitsOfV1(parents(""))).toEqual({ memoryBytes: null, processes: null, processors: null });
  expect(outerLimitsOfV1(new Map())).toEqual({ memoryBytes: null, processes: null, processors: null });
});

test("of two versions on one host the tighter limit counts", () => {
  expect(tightestOf({ memoryBytes: 5, processes: null, processors: 2 }, { memoryBytes: 7, processes: 3, processors: null })).toEqual({ memoryBytes: 5, processes: 3, processors: 2 });
});

test("a limit above is told only where it is below the run's own, a share of the processors always", () => {
  const none = { memoryBytes: null, processes: null, processors: null };
  expect(tighterOuterLimits(none, someLimits)).toBeNull();
  expect(tighterOuterLimits({ ...none, memoryBytes: someLimits.memoryBytes!, processes: 4 }, someLimits)).toBeNull();
  expect(tighterOuterLimits({ ...none, memoryBytes: someLimits.memoryBytes! - 1 }, someLimits)).toEqual({ memory: someLimits.memoryBytes! - 1, processes: null, cpus: null });
  expect(tighterOuterLimits({ ...none, processes: 3 }, noLimits)).toEqual({ memory: null, processes: 3, cpus: null });
  expect(tighterOuterLimits({ ...none, processors: 0.5 }, someLimits)).toEqual({ memory: null, processes: null, cpus: 0.5 });
});

test("the warnings name both figures", () => {
  expect(outerWarnings({ memory: 524_288, processes: 2, cpus: 0.5 }, someLimits)).toEqual([
    "a control group above the box allows 512 KB of memory in all, less than the memory limit of 1 MB",
    "a control group above the box allows 2 processes in all, less than the process limit of 4",
    "a control group above the box allows 0.5 of a processor in all: programs take longer on the clock",
  ]);
  expect(outerWarnings({ memory: null, processes: null, cpus: 2 }, someLimits)).toEqual([]);
});
