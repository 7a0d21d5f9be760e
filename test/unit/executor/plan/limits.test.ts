import { describe, expect, test } from "bun:test";
import { configFor, type IsolateConfigInput } from "../../../../src/config/config.ts";
import { effectiveLimits } from "../../../../src/executor/plan/limits.ts";
import type { Overrides } from "../../../../src/model/request.ts";

function limitsOf(config: IsolateConfigInput, overrides: Overrides = {}) {
  return effectiveLimits(configFor("0", config), overrides);
}

describe("the limits of a run", () => {
  test("are the documented defaults, in milliseconds and bytes", () => {
    expect(limitsOf({})).toEqual({
      cpuTimeMs: 10_000,
      wallTimeMs: 20_000,
      memoryBytes: 134_217_728,
      processes: 1,
      fileSizeBytes: 67_108_864,
      stackBytes: 8_388_608,
      coreBytes: 0,
      openFiles: 1024,
      outputBytes: 8_388_608,
      diskBytes: 1_073_741_824,
      cpuShares: 1024,
    });
  });

  test("are those of the instance", () => {
    const config = {
      memory_limit: 2 ** 24, wall_time_limit: 3, process_limit: 5, file_size_limit: 6, stack_limit: 2 ** 17, core_limit: 8,
      open_files_limit: 9, output_limit: 10, disk_limit: 2 ** 20, cpu_shares: 11,
    };
    expect(limitsOf(config)).toEqual({
      cpuTimeMs: 10_000, wallTimeMs: 3000, memoryBytes: 2 ** 24, processes: 5, fileSizeBytes: 6, stackBytes: 2 ** 17, coreBytes: 8,
      openFiles: 9, outputBytes: 10, diskBytes: 2 ** 20, cpuShares: 11,
    });
  });

  test.each([
    { time: 2, cpu: 5, cpuTimeMs: 2000 },
    { time: 5, cpu: 2, cpuTimeMs: 2000 },
    { time: null, cpu: 2, cpuTimeMs: 2000 },
    { time: 2, cpu: null, cpuTimeMs: 2000 },
    { time: null, cpu: null, cpuTimeMs: null },
  ])("take the smaller of time_limit $time and cpu_time_limit $cpu", ({ time, cpu, cpuTimeMs }) => {
    expect(limitsOf({ time_limit: time, cpu_time_limit: cpu }).cpuTimeMs).toBe(cpuTimeMs);
  });

  test("leave the disk to the quota of a box that has one", () => {
    expect(limitsOf({ disk_quota: 2 ** 31, disk_limit: 2 ** 20 }).diskBytes).toBeNull();
    expect(limitsOf({ disk_limit: null }).diskBytes).toBeNull();
  });

  test("are not rounded to none: the smallest time is a whole millisecond", () => {
    expect(limitsOf({}, { maxCpu: 0.0004, maxTime: 0.0011 })).toMatchObject({ cpuTimeMs: 1, wallTimeMs: 2 });
  });
});

describe("an override", () => {
  test("replaces the instance's limit, also by a larger one", () => {
    const config = { time_limit: 1, cpu_time_limit: 2, wall_time_limit: 3, memory_limit: 2 ** 20 };
    const overrides = { maxCpu: 30, maxTime: 40, maxMemory: 2 ** 30 };
    expect(limitsOf(config, overrides)).toMatchObject({ cpuTimeMs: 30_000, wallTimeMs: 40_000, memoryBytes: 2 ** 30 });
  });

  test("of null lifts the limit", () => {
    expect(limitsOf({}, { maxCpu: null, maxTime: null, maxMemory: null })).toMatchObject({ cpuTimeMs: null, wallTimeMs: null, memoryBytes: null });
  });

  test("of the CPU time brings twice as much wall time, as init does", () => {
    expect(limitsOf({}, { maxCpu: 1 })).toMatchObject({ cpuTimeMs: 1000, wallTimeMs: 2000 });
    expect(limitsOf({}, { maxCpu: 60 }).wallTimeMs).toBe(120_000);
    expect(limitsOf({}, { maxCpu: 2_592_000 }).wallTimeMs).toBe(2_592_000_000);
    expect(limitsOf({ time_limit: 3, cpu_time_limit: 3, wall_time_limit: 6 }, { maxCpu: 1 }).wallTimeMs).toBe(2000);
    expect(limitsOf({ time_limit: null, cpu_time_limit: null, wall_time_limit: null }, { maxCpu: 1 }).wallTimeMs).toBe(2000);
  });

  test("of the CPU time leaves a wall time that was chosen for the box, and the one of the run", () => {
    expect(limitsOf({ wall_time_limit: 0.3 }, { maxCpu: 1 }).wallTimeMs).toBe(300);
    expect(limitsOf({ wall_time_limit: null }, { maxCpu: 1 }).wallTimeMs).toBeNull();
    expect(limitsOf({}, { maxCpu: 1, maxTime: 9 }).wallTimeMs).toBe(9000);
    expect(limitsOf({}, { maxCpu: 1, maxTime: null }).wallTimeMs).toBeNull();
  });

  test("that lifts the CPU time leaves the wall time", () => {
    expect(limitsOf({}, { maxCpu: null })).toMatchObject({ cpuTimeMs: null, wallTimeMs: 20_000 });
  });

  test("of one limit leaves the others", () => {
    expect(limitsOf({ wall_time_limit: 7 }, { maxCpu: 1 })).toMatchObject({ cpuTimeMs: 1000, wallTimeMs: 7000, memoryBytes: 134_217_728 });
  });
});
