// A state directory with thousands of boxes: what costs time there, and what does not.
import { expect } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { addBoxes, removeBoxes } from "../helpers/many-boxes.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { workerEnvironment } from "../helpers/worker.ts";

const claim = claimWith(...sandbox);
const strace = "/usr/bin/strace";
const claimTraced = claimWith(...sandbox, executable(strace));
const many = 16_000;
const few = 10;

/** Runs the binary once. @returns CPU time of it and its children, which other processes of the machine do not change as they do wall time */
async function cpuSeconds(state: State, ...args: string[]): Promise<number> {
  const child = Bun.spawn([binaryPath, ...args], {
    env: { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment }, stdin: "ignore", stdout: "ignore", stderr: "inherit", cwd: "/",
  });
  expect(await child.exited).toBe(0);
  return Number(child.resourceUsage()!.cpuTime.total) / 1e6;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A state directory with one box that was made and many that are written directly; box 0 is not there. */
async function crowded(count: number) {
  const state = openState();
  await boxWith(state, [], { id: "used" });
  addBoxes(state.directory, count);
  const dispose = async () => {
    removeBoxes(state.directory, count);
    await state[Symbol.asyncDispose]();
  };
  return { state, [Symbol.asyncDispose]: dispose };
}

claim(`list of ${many} boxes takes less than a second of CPU time, and a run among them what it takes among ${few}`, async () => {
  await using full = await crowded(many);
  await using spare = await crowded(few);
  const lists = [await cpuSeconds(full.state, "list"), await cpuSeconds(full.state, "list", "--json"), await cpuSeconds(full.state, "list")];
  expect(Math.min(...lists)).toBeLessThan(1);

  for (const box of [[], ["--box-id", "used"]]) {
    const times: [number[], number[]] = [[], []];
    // In turns, so that what the machine does meanwhile meets both alike.
    for (let round = 0; round < 9; round++) {
      for (const [at, { state }] of [spare, full].entries()) times[at]!.push(await cpuSeconds(state, "run", ...box, "--silent", "--", "/bin/true"));
    }
    // One reading of all records alone would double it.
    expect(median(times[1]) / median(times[0])).toBeLessThan(1.5);
  }
}, { timeout: 180_000 });

claim("among many boxes a run notes its time without writing the records, and list and info show it", async () => {
  await using full = await crowded(200);
  const { state } = full;
  const records = join(state.directory, "instances.json");
  const { result: before } = await state.json<{ last_used: string; created_at: string }>(["info", "--box-id", "used"]);
  const { ino } = statSync(records);
  expect((await state.mini(["run", "--box-id", "used", "--", "/bin/true"])).exitCode).toBe(0);
  expect(statSync(records).ino).toBe(ino);
  const { result: after } = await state.json<{ last_used: string; created_at: string }>(["info", "--box-id", "used"]);
  expect(after.created_at).toBe(before.created_at);
  expect(after.last_used > before.last_used).toBe(true);
  const { result: list } = await state.json<{ box_id: string; last_used: string }[]>(["list"]);
  expect(list).toHaveLength(201);
  expect(list.find(({ box_id }) => box_id === "used")!.last_used).toBe(after.last_used);
  expect((await state.mini(["init", "--box-id", "another"])).exitCode).toBe(0);
  const stored = (await Bun.file(records).json()) as Record<string, { last_used: string }>;
  expect(stored["used"]!.last_used).toBe(after.last_used);
});

/** Runs the binary once. @returns the system calls of its main thread, by name */
async function callsOf(state: State, ...args: string[]): Promise<Map<string, number>> {
  const trace = join(state.scratch, "trace");
  expect((await state.mini(args, { through: [strace, "-qq", "-e", "signal=none", "-o", trace], timeoutMs: 60_000 })).exitCode).toBe(0);
  const counts = new Map<string, number>();
  for (const [, name] of readFileSync(trace, "utf8").matchAll(/^(\w+)\(/gm)) counts.set(name!, (counts.get(name!) ?? 0) + 1);
  return counts;
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

claimTraced("to make a box takes as many calls among thousands of boxes as among a thousand", async () => {
  await using some = await crowded(1000);
  await using full = await crowded(3000);
  const [less, more] = [await callsOf(some.state, "init", "--box-id", "new"), await callsOf(full.state, "init", "--box-id", "new")];
  expect(more.get("renameat2")).toBe(less.get("renameat2")!);
  expect(total(more) / total(less)).toBeLessThan(1.2);
}, { timeout: 60_000 });

claimTraced("to remove all boxes takes as many calls for each, however many there are, and seldom writes the records", async () => {
  const per = await Promise.all([64, 256].map(async (count) => {
    await using all = await crowded(count);
    const calls = await callsOf(all.state, "cleanup", "--all");
    expect((await all.state.json<unknown[]>(["list"])).result).toEqual([]);
    // The records and their index.
    expect(calls.get("renameat2")).toBeLessThan(count / 8);
    return total(calls) / count;
  }));
  expect(per[1]! / per[0]!).toBeLessThan(1.2);
}, { timeout: 60_000 });
