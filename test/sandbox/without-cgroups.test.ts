// Root on a host without control groups: runs go on with what is left, and the result says what was enforced.
import { expect } from "bun:test";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, sandbox } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";

const claim = claimWith(...sandbox, commandsOfRoot, executable("/usr/bin/unshare"));

/** A mount namespace of its own, in which no hierarchy is mounted. */
const withoutCgroups = { through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'umount -a -t cgroup,cgroup2 && exec "$@"', "sh"] };

claim("a run succeeds, claims no control group, and warns of what is not enforced", async () => {
  await using state = openState();
  await boxWith(state, ["exit-with"]);
  const { result, stderr } = await state.json(["run", "--", "./exit-with", "0"], withoutCgroups);
  expect([result.status, result.stdout]).toEqual(["Success", "started\n"]);
  const { memory, cpu_time, processes } = result.enforced;
  expect([memory, cpu_time, processes].filter((how) => how.startsWith("cgroup"))).toEqual([]);
  expect(stderr.includes("Resource limits will not be enforced.")).toBe([memory, cpu_time, processes].includes("none"));
});

claim("memory is limited by looking at it, also what is in a memory file and in no mapping", async () => {
  await using state = openState();
  await boxWith(state, ["fill-memfd", "touch-memory"], { init: ["--fsize", "512"] });
  for (const [program, megabytes] of [["fill-memfd", "300"], ["touch-memory", "150"]] as const) {
    const { result } = await state.json(["run", "--max-memory", "64", "--max-time", "10", "--", `./${program}`, megabytes], withoutCgroups);
    expect([program, result.status, result.enforced.memory]).toEqual([program, "MemoryLimit", "sampling"]);
    expect(result.memory_peak).toBeGreaterThan(64 * 2 ** 20);
  }
});

claim("a memory file counts also when the first thread of its process has ended", async () => {
  await using state = openState();
  await boxWith(state, ["fill-memfd-after-main"], { init: ["--fsize", "512", "--processes", "2"] });
  const { result } = await state.json(["run", "--max-memory", "64", "--max-time", "10", "--", "./fill-memfd-after-main", "150", "1"], withoutCgroups);
  expect([result.status, result.enforced.memory]).toEqual(["MemoryLimit", "sampling"]);
});

claim("a peak that was not measured is null, never 0", async () => {
  await using state = openState();
  const { result } = await state.json(["run", "--", "/bin/true"], withoutCgroups);
  expect(result.memory_peak).not.toBe(0);
  const { result: never } = await state.json(["run", "--", "./missing"], withoutCgroups);
  expect([never.memory_peak, never.resource_usage.memory_peak]).toEqual([null, null]);
});

claim("the CPU limit holds, also for the children's time", async () => {
  // Whoever only looks from time to time looks late on a slow machine.
  const atMost = 0.4 + patience(0.2);
  await using state = openState();
  await boxWith(state, ["spin", "spin-in-children"], { init: ["--processes", "8"] });
  const alone = await state.json(["run", "--max-cpu", "0.4", "--max-time", "10", "--", "./spin"], withoutCgroups);
  expect(alone.result.status).toBe("TimeLimit");
  expect(alone.result.cpu_time).toBeGreaterThanOrEqual(0.4);
  expect(alone.result.cpu_time).toBeLessThan(atMost);
  const together = await state.json(["run", "--max-cpu", "0.4", "--max-time", "10", "--", "./spin-in-children", "2", "5"], withoutCgroups);
  expect(together.result.status).toBe("TimeLimit");
  expect(together.result.cpu_time).toBeGreaterThanOrEqual(0.4);
  expect(together.result.cpu_time).toBeLessThan(atMost);
  await expectNothingLeft(state);
});

claim("wall time, file size and output limits hold", async () => {
  await using state = openState();
  await boxWith(state, ["sleep-for", "write-file", "flood-stdout"], { init: ["--fsize", "2"] });
  const verdict = async (...args: string[]) => {
    const { result } = await state.json(["run", ...args], withoutCgroups);
    return [result.status, result.exit_code, result.signal, result.error_message];
  };
  expect(await verdict("--max-time", "0.3", "--", "./sleep-for", "60")).toEqual(["TimeLimit", null, 9, expect.stringContaining("wall")]);
  expect(await verdict("--", "./write-file", "3")).toEqual(["FileSizeLimit", null, 25, expect.stringContaining("SIGXFSZ")]);
  expect(await verdict("--", "./flood-stdout")).toEqual(["FileSizeLimit", null, 9, expect.stringContaining("output")]);
  await expectNothingLeft(state);
});

claim("a daemon of the program is killed with it", async () => {
  await using state = openState();
  await boxWith(state, ["double-fork-sleeper"], { init: ["--processes", "8"] });
  expect((await state.json(["run", "--", "./double-fork-sleeper"], withoutCgroups)).result.status).toBe("Success");
  await expectNothingLeft(state);
});

claim("--strict is an error before anything runs, and so is a box made with --strict", async () => {
  await using state = openState();
  await boxWith(state, ["exit-with"]);
  const flag = await state.mini(["run", "--strict", "--", "./exit-with", "0"], withoutCgroups);
  expect(flag.exitCode).not.toBe(0);
  expect(flag.stdout).not.toContain("started");
  expect(flag.stderr).toMatch(/cgroup/i);
  await boxWith(state, ["exit-with"], { id: "strict", init: ["--strict"] });
  expect((await state.mini(["run", "--box-id", "strict", "--", "./exit-with", "0"], withoutCgroups)).exitCode).not.toBe(0);
  expect((await state.mini(["run", "--box-id", "strict", "--", "./exit-with", "0"])).exitCode).toBe(0);
});

claim("files that a program reads or maps are not its memory", async () => {
  await using state = openState();
  await boxWith(state, ["use-memory"]);
  state.file("file", Buffer.alloc(100 * 2 ** 20, "0123456789abcdef\n"));
  for (const step of ["read", "map"]) {
    // Long enough for a look after all is mapped, also after one that took long: what no look has seen of a mapping is not taken off the peak.
    const steps = [step, "/data/file", "sleep", "1000"];
    const { result } = await state.json(["run", "--max-memory", "64", "--mount", `/data=${state.scratch}`, "--", "./use-memory", ...steps], withoutCgroups);
    expect([step, result.status, result.memory_peak_source, result.cgroup_memory_peak]).toEqual([step, "Success", "looks", null]);
    expect(result.memory_peak).toBeLessThan(8 * 2 ** 20);
  }
});
