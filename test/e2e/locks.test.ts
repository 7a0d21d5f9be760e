// Many processes at once on one state directory, and what is left of those that died.
import { describe, expect } from "bun:test";
import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft, processesOf } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const many = 16;
const ids = Array.from({ length: many }, (_, number) => `box-${number}`);
const patient = { timeoutMs: 60_000 };

function records(state: State): Record<string, unknown> {
  return JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8")) as Record<string, unknown>;
}

describe("many processes at once", () => {
  claim(`${many} processes that make different boxes on an empty state directory lose no record`, async () => {
    await using state = openState();
    const made = await Promise.all(ids.map((id) => state.mini(["init", "--box-id", id], patient)));
    expect(made.map((outcome) => [outcome.exitCode, outcome.stderr])).toEqual(ids.map(() => [0, ""]));
    expect(Object.keys(records(state)).toSorted()).toEqual(ids.toSorted());
    expect(new Set(made.map((outcome) => outcome.stdout)).size).toBe(many);
  });

  claim("boxes that are made, used and removed at the same time leave exactly those that should be there", async () => {
    await using state = openState();
    for (const id of ids.slice(0, 8)) await boxWith(state, [], { id });
    const fresh = ids.slice(8);
    const outcomes = await Promise.all([
      ...ids.slice(0, 4).map((id) => state.mini(["cleanup", "--box-id", id], patient)),
      ...ids.slice(4, 8).map((id) => state.mini(["run", "--box-id", id, "--", "/bin/true"], patient)),
      ...fresh.map((id) => state.mini(["init", "--box-id", id], patient)),
    ]);
    expect(outcomes.map((outcome) => [outcome.exitCode, outcome.stderr])).toEqual(outcomes.map(() => [0, ""]));
    expect(Object.keys(records(state)).toSorted()).toEqual(ids.slice(4).toSorted());
  });

  claim("instances.json is a whole document at every moment while processes write it", async () => {
    await using state = openState();
    await boxWith(state, [], { id: "first" });
    let done = false;
    const writers = Promise.all(ids.map((id) => state.mini(["init", "--box-id", id], patient))).finally(() => (done = true));
    while (!done) {
      expect(records(state)).toHaveProperty("first");
      await Bun.sleep(1);
    }
    await writers;
  });

  claim(`of ${many} processes that make the same box exactly one succeeds`, async () => {
    await using state = openState();
    const outcomes = await Promise.all(ids.map(() => state.mini(["init", "--box-id", "same"], patient)));
    expect(outcomes.filter((outcome) => outcome.exitCode === 0)).toHaveLength(1);
    for (const outcome of outcomes.filter(({ exitCode }) => exitCode !== 0)) {
      expect([64, 75]).toContain(outcome.exitCode);
      expect(outcome.stdout).toBe("");
      expect(outcome.stderr).toMatch(/box same (exists already|is in use by another process)/);
    }
    expect(Object.keys(records(state))).toEqual(["same"]);
  });

  claim(`of ${many} runs in one box never two are in it: each succeeds or gets LockBusy at once`, async () => {
    await using state = openState();
    await boxWith(state, ["be-alone"]);
    const outcomes = await Promise.all(ids.map(() => state.mini(["run", "--", "./be-alone", "1"], patient)));
    const succeeded = outcomes.filter((outcome) => outcome.exitCode === 0);
    expect(succeeded.length).toBeGreaterThanOrEqual(1);
    for (const outcome of outcomes.filter(({ exitCode }) => exitCode !== 0)) {
      expect(outcome.exitCode).toBe(75);
      expect(outcome.stdout).toBe("");
      expect(outcome.stderr).toMatch(/box 0 is in use by another process \(pid [0-9]+\)/);
    }
    await expectNothingLeft(state);
  });

  claim(`with --wait all of ${many} runs in one box succeed, one after the other`, async () => {
    await using state = openState();
    await boxWith(state, ["be-alone"]);
    const outcomes = await Promise.all(ids.map(() => state.mini(["run", "--wait", "--", "./be-alone", "0.02"], patient)));
    expect(outcomes.map((outcome) => [outcome.exitCode, outcome.stderr])).toEqual(ids.map(() => [0, ""]));
  });

  claim("LockBusy names the process that runs in the box, and comes at once", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep"]);
    const running = state.start(["run", "--", "./announce-and-sleep", "60"]);
    await until("the program runs", () => existsSync(join(directory, "ready")));
    for (const command of [["run", "--", "/bin/true"], ["cleanup", "--box-id", "0"], ["init", "--force"]]) {
      const before = performance.now();
      const refused = await state.mini(command);
      expect([command[0], refused.exitCode]).toEqual([command[0], 75]);
      expect(refused.stderr).toContain(`box 0 is in use by another process (pid ${running.pid})`);
      expect(performance.now() - before).toBeLessThan(1000);
    }
    running.kill("SIGTERM");
    await running.ended;
    expect((await state.mini(["run", "--", "/bin/true"])).exitCode).toBe(0);
  });

  claim("a run in one box does not hinder a run in another", async () => {
    await using state = openState();
    for (const id of ["a", "b"]) await boxWith(state, ["exit-with"], { id });
    const outcomes = await Promise.all(["a", "b"].map((id) => state.mini(["run", "--box-id", id, "--", "./exit-with", "0"])));
    expect(outcomes.map((outcome) => outcome.exitCode)).toEqual([0, 0]);
  });
});

describe("a supervisor that dies", () => {
  claim("after SIGKILL to the supervisor no process of the box lives, and the next run works", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep", "exit-with"], { init: ["--processes", "8"] });
    const user = (await state.json(["run", "--", "./exit-with", "0"])).result.enforced.user;
    const running = state.start(["run", "--", "./announce-and-sleep", "60", "3"]);
    await until("the program runs", () => existsSync(join(directory, "ready")));
    expect(processesOf(new Set([user])).length).toBeGreaterThanOrEqual(4);
    running.kill("SIGKILL");
    expect((await running.ended).exitCode).toBe(137);
    await until("every process of the box is gone", () => processesOf(new Set([user])).length === 0, 1000);
    const next = await state.json(["run", "--", "./exit-with", "0"]);
    expect([next.result.status, next.exitCode]).toEqual(["Success", 0]);
    await expectNothingLeft(state);
  });

  claim("a box whose supervisor was killed can be made anew and be removed", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep"]);
    for (const command of [["init", "--force"], ["cleanup", "--box-id", "0"]]) {
      unlinkIfThere(join(directory, "ready"));
      await boxWith(state, ["announce-and-sleep"], { init: ["--force"] });
      const running = state.start(["run", "--", "./announce-and-sleep", "60"]);
      await until("the program runs", () => existsSync(join(directory, "ready")));
      running.kill("SIGKILL");
      await running.ended;
      expect([command, (await state.mini(command)).exitCode]).toEqual([command, 0]);
      await expectNothingLeft(state);
    }
    expect(existsSync(directory)).toBe(false);
  });

  claim("SIGTERM to the supervisor ends the box, says so, and leaves nothing", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep"]);
    const running = state.start(["run", "--", "./announce-and-sleep", "60"]);
    await until("the program runs", () => existsSync(join(directory, "ready")));
    running.kill("SIGTERM");
    const outcome = await running.ended;
    expect(outcome.exitCode).not.toBe(0);
    expect(outcome.stdout + outcome.stderr).not.toBe("");
    await expectNothingLeft(state);
  });
});

function unlinkIfThere(path: string): void {
  if (existsSync(path)) unlinkSync(path);
}
