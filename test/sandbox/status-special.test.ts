// The statuses that need more than a program and its flags: input, output limits, what cannot be executed, faults of ours.
import { expect } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, groupOfCommands, sandbox } from "../helpers/requires.ts";
import { patience } from "../helpers/slowness.ts";

const claim = claimWith(...sandbox);
const counted = claimWith(...sandbox, groupOfCommands);

claim("a program that waits for input is stopped by the wall-clock limit", async () => {
  await using state = openState();
  await boxWith(state, ["read-stdin-forever"]);
  const { result, exitCode } = await state.json(["run", "--max-time", "0.3", "--", "./read-stdin-forever"], { input: { open: true } });
  expect([result.status, result.stdout, exitCode]).toEqual(["TimeLimit", "started\n", 2]);
  await expectNothingLeft(state);
});

claim("a limit that is passed just before the end is found after the end", async () => {
  await using state = openState();
  await boxWith(state, ["spin", "sleep-for"]);
  const cpu = await state.json(["run", "--max-cpu", "0.1", "--max-time", "20", "--", "./spin", "0.104"]);
  expect([cpu.result.status, cpu.exitCode, cpu.result.cpu_time > 0.1]).toEqual(["TimeLimit", 2, true]);
  const wall = await state.json(["run", "--max-time", "0.1", "--", "./sleep-for", "0.101"]);
  expect([wall.result.status, wall.exitCode, wall.result.wall_time > 0.1]).toEqual(["TimeLimit", 2, true]);
});

claim("a child that was killed for memory is reported although the parent goes on to exit 0", async () => {
  await using state = openState();
  await boxWith(state, ["touch-memory-in-child"], { init: ["--processes", "4", "--mem", "32"] });
  const { result, exitCode } = await state.json(["run", "--", "./touch-memory-in-child", "64"]);
  expect([result.status, result.success, exitCode]).toEqual(["MemoryLimit", false, 3]);
  expect(result.stdout).toStartWith("started\n");
  // Which is first, the parent's own end or the kill that follows the kernel's, is a race that has no right answer.
  expect([[0, null], [null, 9]]).toContainEqual([result.exit_code, result.signal]);
  await expectNothingLeft(state);
});

claim("memory in several processes, each below the limit, counts together", async () => {
  await using state = openState();
  await boxWith(state, ["touch-memory-in-forks"], { init: ["--processes", "8", "--mem", "32"] });
  const { result } = await state.json(["run", "--max-time", "2", "--", "./touch-memory-in-forks", "4", "16"]);
  // The kernel picks the victim: the parent may be killed, or wait for a child that is gone until it is stopped.
  expect(result.status).toBe("MemoryLimit");
  expect(result.stdout).toBe("started\n");
  await expectNothingLeft(state);
});

for (const stream of ["stdout", "stderr"] as const) {
  claim(`${stream} of exactly the output limit succeeds, one byte more is a file size limit with the rest kept`, async () => {
    await using state = openState();
    await boxWith(state, [`write-${stream}`]);
    const limit = 8 * 1024 * 1024;
    const full = await state.json(["run", "--", `./write-${stream}`, String(limit)]);
    expect([full.result.status, full.result[stream].length, full.result[`${stream}_truncated`]]).toEqual(["Success", limit, false]);
    const over = await state.json(["run", "--", `./write-${stream}`, String(limit + 1)]);
    expect([over.result.status, over.result[stream].length, over.result[`${stream}_truncated`], over.exitCode]).toEqual(["FileSizeLimit", limit, true, 1]);
  });
}

claim("endless output is a file size limit, and what came first is kept", async () => {
  await using state = openState();
  await boxWith(state, ["flood-stdout"]);
  const { result, exitCode } = await state.json(["run", "--", "./flood-stdout"]);
  expect([result.status, result.stdout.length, result.stdout_truncated, exitCode]).toEqual(["FileSizeLimit", 8 * 1024 * 1024, true, 1]);
  await expectNothingLeft(state);
});

claim("what cannot be executed is exit code 127 with the reason, never an internal error", async () => {
  await using state = openState();
  const { directory } = await boxWith(state, ["exit-with"]);
  chmodSync(join(directory, "exit-with"), 0o644);
  writeFileSync(join(directory, "text"), "no program\n", { mode: 0o755 });
  writeFileSync(join(directory, "script"), "#!/no/such/interpreter\n", { mode: 0o755 });
  for (const name of ["text", "script"]) chmodSync(join(directory, name), 0o755);
  mkdirSync(join(directory, "folder"));
  for (const [name, reason] of [["absent", "ENOENT"], ["exit-with", "EACCES"], ["folder", "EACCES"], ["text", "ENOEXEC"], ["script", "ENOENT"]] as const) {
    const { result, exitCode } = await state.json(["run", "--", `./${name}`]);
    expect([name, result.status, result.exit_code, result.signal, exitCode]).toEqual([name, "RuntimeError", 127, null, 1]);
    expect(result.error_message).toContain(reason);
  }
  const { result } = await state.json(["run", "--", "no-such-command"]);
  expect([result.status, result.exit_code]).toEqual(["RuntimeError", 127]);
  await expectNothingLeft(state);
});

claim("a step of ours that fails is an internal error that names the step, and the program did not run", async () => {
  await using state = openState();
  await boxWith(state, ["exit-with"]);
  const { result, exitCode } = await state.json(["run", "--", "./exit-with", "0"], { through: ["bash", "-c", 'ulimit -t 3; exec "$@"', "bash"] });
  expect([result.status, result.exit_code, result.stdout, exitCode]).toEqual(["InternalError", null, "", 5]);
  expect(result.error_message).toStartWith("cannot set RLIMIT_CPU: ");
  await expectNothingLeft(state);
});

counted("nothing of one run is counted in the next one", async () => {
  await using state = openState();
  await boxWith(state, ["touch-memory", "exit-with", "spin"], { init: ["--mem", "32"] });
  expect((await state.json(["run", "--", "./touch-memory", "64"])).result.status).toBe("MemoryLimit");
  expect((await state.json(["run", "--max-cpu", "0.2", "--", "./spin"])).result.status).toBe("TimeLimit");
  const { result } = await state.json(["run", "--", "./exit-with", "0"]);
  expect(result.status).toBe("Success");
  expect(result.memory_peak).toBeLessThan(4 * 1024 * 1024);
  expect(result.cpu_time).toBeLessThan(patience(50) / 1000);
});
