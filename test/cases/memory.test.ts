// The memory figures are those of the program: what it allocated, and not the page cache of files that it read or wrote.
// These are measurements on a machine that others use too: they may be taken again (retry: 2).
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, disk, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const claimOnDisk = claimWith(...sandbox, disk);
const measurement = { retry: 2 };
const mebibyte = 2 ** 20;

/** A file of `megabytes` that a box sees at /data/file; and whether its pages are in the page cache. */
function dataFile(state: State, megabytes: number, cache: "warm" | "cold"): { readonly mount: string; readonly bytes: number } {
  const bytes = megabytes * mebibyte;
  const path = state.file("file", Buffer.alloc(bytes, "0123456789abcdef\n"));
  const run = (...command: string[]) => expect(Bun.spawnSync(command).exitCode).toBe(0);
  if (cache === "warm") run("cat", path);
  else {
    run("sync", path);
    // Gives the pages of this file back to the kernel (posix_fadvise), and of no other.
    run("dd", `if=${path}`, "iflag=nocache", "count=0", "status=none");
  }
  return { mount: `/data=${state.scratch}`, bytes };
}

async function use(state: State, steps: readonly (string | number)[], flags: readonly string[] = []): Promise<ExecutionResult> {
  const { result } = await state.json(["run", "--max-memory", "256", ...flags, "--", "./use-memory", ...steps.map(String)]);
  expect([result.status, result.stderr]).toEqual(["Success", ""]);
  expect(result.memory_peak!).toBeLessThanOrEqual(result.cgroup_memory_peak!);
  return result;
}

/** Within 5 %, and what any program has: its stack, its own data, and pages that the kernel charges in advance. */
function expectMegabytes(result: ExecutionResult, megabytes: number): void {
  expect(result.memory_peak! / mebibyte).toBeGreaterThanOrEqual(megabytes * 0.95);
  expect(result.memory_peak! / mebibyte).toBeLessThanOrEqual(megabytes * 1.05 + 1.5);
  expect(result.resource_usage.memory_peak).toBe(result.memory_peak);
}

/** `source`: where somebody reported that it is otherwise elsewhere. */
const reading: readonly { cache: "warm" | "cold"; limit: number; source: string }[] = [
  { cache: "cold", limit: 64, source: "https://github.com/ioi/isolate/issues/185" },
  { cache: "cold", limit: 256, source: "https://github.com/pzread/judge/issues/4" },
  { cache: "warm", limit: 64, source: "https://github.com/ioi/isolate/issues/185" },
];

for (const { cache, limit, source } of reading) {
  claim(`md5sum of a ${cache} file of 100 MB under a limit of ${limit} MB takes less than 5 MB, on both figures (${source})`, async () => {
    await using state = openState();
    const { mount } = dataFile(state, 100, cache);
    const meta = join(state.scratch, "meta");
    const { result } = await state.json(["run", "--max-memory", String(limit), "--mount", mount, "--meta", meta, "--", "/usr/bin/md5sum", "/data/file"]);
    expect(result.status).toBe("Success");
    expect(result.memory_peak).toBeGreaterThan(0.05 * mebibyte);
    expect(result.memory_peak).toBeLessThan(5 * mebibyte);
    const lines = new Map(readFileSync(meta, "utf8").trimEnd().split("\n").map((line) => line.split(":") as [string, string]));
    expect(lines.get("max-rss")).toBe(String(Math.round(result.memory_peak! / 1024)));
    expect(lines.get("cg-mem")).toBe(String(Math.round(result.cgroup_memory_peak! / 1024)));
  }, measurement);
}

claimOnDisk("what the group was charged for in all stands beside it, page cache as well", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  const { mount } = dataFile(state, 100, "cold");
  const result = await use(state, ["read", "/data/file"], ["--mount", mount]);
  expect(result.memory_peak).toBeLessThan(5 * mebibyte);
  expect(result.cgroup_memory_peak).toBeGreaterThan(90 * mebibyte);
}, measurement);

const alone: readonly { title: string; steps: readonly (string | number)[]; megabytes: number }[] = [
  { title: "touched, in a program that ends at once", steps: ["touch", 50], megabytes: 50 },
  { title: "touched and given back", steps: ["touch", 50, "free", 0], megabytes: 50 },
  { title: "touched and given back long before the end", steps: ["touch", 50, "free", 0, "sleep", 150], megabytes: 50 },
  { title: "touched and given back between two rests", steps: ["sleep", 150, "touch", 50, "free", 0, "sleep", 150], megabytes: 50 },
  { title: "touched twice, given back in between", steps: ["touch", 50, "free", 0, "touch", 50], megabytes: 50 },
  { title: "shared and anonymous", steps: ["shared", 50], megabytes: 50 },
  { title: "in a file in /tmp", steps: ["tmpfs", 30], megabytes: 30 },
  { title: "in a memory file", steps: ["memfd", 30], megabytes: 30 },
  { title: "in a memory file and in pages", steps: ["memfd", 30, "touch", 20], megabytes: 50 },
];

for (const { title, steps, megabytes } of alone) {
  claim(`${megabytes} MB ${title} are ${megabytes} MB`, async () => {
    await using state = openState();
    await boxWith(state, ["use-memory"]);
    expectMegabytes(await use(state, steps), megabytes);
  }, measurement);
}

claim("children with 20 MB each at the same time have 80 MB together", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"], { init: ["--processes", "8"] });
  expectMegabytes(await use(state, ["children", "4x20"]), 80);
}, measurement);

claim("40 MB of a grandchild that is gone before the main process ends are 40 MB", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"], { init: ["--processes", "4"] });
  expectMegabytes(await use(state, ["below", 40, "sleep", 50]), 40);
}, measurement);

const beside: readonly { title: string; steps: readonly (string | number)[]; megabytes: number; onDisk?: true }[] = [
  { title: "a moment before a file of 100 MB is read", steps: ["touch", 50, "free", 0, "sleep", 50, "read", "/data/file"], megabytes: 50 },
  { title: "after a file of 100 MB was read", steps: ["read", "/data/file", "touch", 50], megabytes: 50 },
  { title: "beside a file of 100 MB that is mapped", steps: ["touch", 50, "map", "/data/file"], megabytes: 50 },
  { title: "beside a file of the box of 60 MB, removed before the end", steps: ["disk", 60, "sleep", 100, "touch", 50, "remove", 0, "sleep", 50], megabytes: 50, onDisk: true },
];

for (const { title, steps, megabytes, onDisk } of beside) {
  for (const cache of ["cold", "warm"] as const) {
    (onDisk ? claimOnDisk : claim)(`${megabytes} MB touched ${title} (${cache}) are ${megabytes} MB`, async () => {
      await using state = openState();
      await boxWith(state, ["use-memory"]);
      const { mount } = dataFile(state, 100, cache);
      expectMegabytes(await use(state, steps, ["--mount", mount]), megabytes);
    }, measurement);
  }
}

claim("what is given back and read at once between two looks is missing in the figure, and no more", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  const { mount } = dataFile(state, 100, "cold");
  const { memory_peak } = await use(state, ["touch", 50, "free", 0, "read", "/data/file"], ["--mount", mount]);
  expect(memory_peak).toBeGreaterThan(30 * mebibyte);
  expect(memory_peak).toBeLessThan(54 * mebibyte);
}, measurement);

claim("50 MB touched where page cache had filled the box up to its limit are 50 MB", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  const { mount } = dataFile(state, 150, "cold");
  const { result } = await state.json(["run", "--max-memory", "100", "--mount", mount, "--", "./use-memory", "read", "/data/file", "touch", "50", "sleep", "100"]);
  expect(result.status).toBe("Success");
  expectMegabytes(result, 50);
}, measurement);

claim("pages of a file that is mapped are not the program's", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  const { mount } = dataFile(state, 100, "cold");
  const result = await use(state, ["map", "/data/file", "sleep", 100], ["--mount", mount]);
  expect(result.memory_peak).toBeLessThan(5 * mebibyte);
}, measurement);

claim("several runs of one program have one figure, whatever the first of them left in the page cache", async () => {
  await using state = openState();
  const { mount } = dataFile(state, 100, "cold");
  const { result } = await state.json(["run", "--repeat", "3", "--mount", mount, "--", "/usr/bin/md5sum", "/data/file"]);
  expect(result.repeat).toMatchObject({ runs: 3, statuses: { Success: 3 } });
  expect(result.repeat!.memory_peak!.max).toBeLessThan(5 * mebibyte);
  expect(result.repeat!.memory_peak!.spread).toBeLessThan(2 * mebibyte);
}, measurement);

claim("a program is out of memory when the kernel says so, page cache or not (https://github.com/cms-dev/cms/issues/685)", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  const { mount } = dataFile(state, 100, "cold");
  const flags = ["run", "--max-memory", "32", "--mount", mount, "--", "./use-memory", "read", "/data/file"];
  expect((await state.json(flags)).result.status).toBe("Success");
  const { result } = await state.json([...flags, "touch", "64"]);
  expect(result.status).toBe("MemoryLimit");
  expect(result.memory_peak).toBeGreaterThan(25 * mebibyte);
  expect(result.memory_peak).toBeLessThanOrEqual(32 * mebibyte);
}, measurement);

claim("memory that a program gave back before it wrote a file is in the figure of the group at least, whenever we looked", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  const result = await use(state, ["sleep", 150, "touch", 50, "free", 0, "disk", 60]);
  expect(result.cgroup_memory_peak).toBeGreaterThanOrEqual(50 * mebibyte);
}, measurement);

claim("the result says what the figure was found out from", async () => {
  await using state = openState();
  const { result } = await state.json(["run", "--", "/bin/true"]);
  expect(["peaks between looks", "peak of the run", "looks"]).toContain(result.memory_peak_source!);
  const never = (await state.json(["run", "--", "./missing"])).result;
  expect([never.memory_peak, never.memory_peak_source, never.cgroup_memory_peak]).toEqual([null, null, null]);
});

claimWith(...sandbox, executable("/usr/bin/python3"))("200,000 lists of one number in Python take what the process has without the files that it has mapped", async () => {
  await using state = openState();
  const code = "a=[[i] for i in range(200000)]\nprint(*[l.split()[1] for l in open('/proc/self/status') if l.startswith('RssAnon')])";
  const { result } = await state.json(["run", "--max-memory", "256", "--", "/usr/bin/python3", "-c", code]);
  expect(result.status).toBe("Success");
  expectMegabytes(result, Number(result.stdout) / 1024);
}, measurement);
