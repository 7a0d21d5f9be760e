// How exact the figures are. These are measurements on a machine that others use too: they may be taken again (retry: 2).
import { expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const measurement = { retry: 2 };
const mebibyte = 1024 * 1024;

for (const processes of [1, 2, 4]) {
  for (const seconds of [0.2, 0.5, 1, 2]) {
    claim(`CPU time of ${seconds} s of work in ${processes} processes is within 3 % or 5 ms of what getrusage says`, async () => {
      await using state = openState();
      await boxWith(state, ["measure-cpu"], { init: ["--processes", "8"] });
      const { result } = await state.json(["run", "--", "./measure-cpu", String(processes), String(seconds)]);
      expect(result.status).toBe("Success");
      const said = Number(result.stdout) / 1e6;
      expect(said).toBeGreaterThanOrEqual(seconds);
      expect(Math.abs(result.cpu_time - said)).toBeLessThanOrEqual(Math.max(0.005, said * 0.03));
      expect(result.resource_usage.cpu_time).toBe(result.cpu_time);
    }, measurement);
  }
}

for (const megabytes of [1, 16, 100]) {
  claim(`the memory peak of a program that touches ${megabytes} MB is from ${megabytes} to ${megabytes + 3} MB`, async () => {
    await using state = openState();
    await boxWith(state, ["touch-memory"]);
    const { result } = await state.json(["run", "--", "./touch-memory", String(megabytes)]);
    expect(result.status).toBe("Success");
    expect(result.memory_peak).toBeGreaterThanOrEqual(megabytes * mebibyte);
    expect(result.memory_peak).toBeLessThanOrEqual((megabytes + 3) * mebibyte);
    expect(result.resource_usage.memory_peak).toBe(result.memory_peak);
    // The group was charged for that, and for a little page cache and memory of the kernel.
    expect(result.cgroup_memory_peak).toBeGreaterThanOrEqual(result.memory_peak!);
    expect(result.cgroup_memory_peak).toBeLessThanOrEqual((megabytes + 3) * mebibyte);
  }, measurement);
}

claim("the memory peak at the limit is the limit", async () => {
  await using state = openState();
  await boxWith(state, ["touch-memory"]);
  const { result } = await state.json(["run", "--max-memory", "32", "--", "./touch-memory", "64"]);
  expect(result.status).toBe("MemoryLimit");
  expect(result.memory_peak).toBeGreaterThan(30 * mebibyte);
  expect(result.memory_peak).toBeLessThanOrEqual(32 * mebibyte);
}, measurement);

for (const [program, args] of [["spin", []], ["spin-in-threads", ["4", "60"]], ["spin-in-children", ["4", "60"]]] as const) {
  claim(`a CPU limit of 1 s stops ${program} before 1.05 s of CPU time`, async () => {
    await using state = openState();
    await boxWith(state, [program], { init: ["--processes", "8"] });
    const { result } = await state.json(["run", "--max-cpu", "1", "--max-time", "10", "--", `./${program}`, ...args]);
    expect(result.status).toBe("TimeLimit");
    expect(result.cpu_time).toBeGreaterThanOrEqual(1);
    expect(result.cpu_time).toBeLessThan(1.05);
  }, measurement);
}

claim("the wall time of a sleep of 0.2 s is from 0.2 to 0.26 s", async () => {
  await using state = openState();
  await boxWith(state, ["sleep-for"]);
  const { result } = await state.json(["run", "--", "./sleep-for", "0.2"]);
  expect(result.wall_time).toBeGreaterThanOrEqual(0.2);
  expect(result.wall_time).toBeLessThan(0.26);
  expect(result.cpu_time).toBeLessThan(0.01);
  expect(result.resource_usage.wall_time).toBe(result.wall_time);
}, measurement);

claim("the wall time agrees with the program's own clock", async () => {
  await using state = openState();
  await boxWith(state, ["measure-clock"]);
  const { result } = await state.json(["run", "--", "./measure-clock", "0.5"]);
  const said = Number(result.stdout) / 1e6;
  expect(result.wall_time).toBeGreaterThanOrEqual(said);
  expect(result.wall_time - said).toBeLessThan(0.02);
}, measurement);

claim("the wall time of a program that exits at once is below 20 ms: our own start is not in it", async () => {
  await using state = openState();
  await boxWith(state, ["exit-with"]);
  const { result } = await state.json(["run", "--", "./exit-with", "0"]);
  expect(result.wall_time).toBeGreaterThan(0);
  expect(result.wall_time).toBeLessThan(0.02);
  expect(result.cpu_time).toBeLessThan(0.02);
}, measurement);

claim("a wall-clock limit of 0.5 s stops a sleeping program before 0.6 s", async () => {
  await using state = openState();
  await boxWith(state, ["sleep-for"]);
  const { result } = await state.json(["run", "--max-time", "0.5", "--", "./sleep-for", "60"]);
  expect(result.status).toBe("TimeLimit");
  expect(result.wall_time).toBeGreaterThanOrEqual(0.5);
  expect(result.wall_time).toBeLessThan(0.6);
}, measurement);

claim("a page fault and a context switch of the program are counted", async () => {
  await using state = openState();
  await boxWith(state, ["touch-memory", "sleep-for"]);
  const touching = (await state.json(["run", "--", "./touch-memory", "16"])).result.resource_usage;
  expect(touching.page_faults).toBeGreaterThan(0);
  const sleeping = (await state.json(["run", "--", "./sleep-for", "0.05"])).result.resource_usage;
  expect(sleeping.context_switches).toBeGreaterThan(0);
}, measurement);
