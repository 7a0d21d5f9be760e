// cleanup: what it removes, what it survives, what it says.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);

describe("cleanup --box-id", () => {
  claim("it removes directory, record and lock, and nothing of the box is left", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["exit-with"]);
    await state.json(["run", "--", "./exit-with", "0"]);
    const outcome = await state.mini(["cleanup", "--box-id", "0"]);
    expect(outcome.exitCode).toBe(0);
    expect(existsSync(directory)).toBe(false);
    expect(JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8"))).toEqual({});
    expect(readdirSync(join(state.directory, "locks"))).toEqual([]);
    expect(readdirSync(state.directory)).not.toContain("0");
    await expectNothingLeft(state);
  });

  claim("twice is no error, and neither is a box that never was", async () => {
    await using state = openState();
    await boxWith(state, []);
    for (const id of ["0", "0", "never"]) expect([id, (await state.mini(["cleanup", "--box-id", id])).exitCode]).toEqual([id, 0]);
  });

  claim("it works when the box's directory is already gone", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    rmSync(directory, { recursive: true });
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    expect((await state.mini(["init"])).exitCode).toBe(0);
  });

  claim("it removes what a program made, however deep, and follows no link out of the box", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--processes", "4"] });
    const outside = join(state.scratch, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "canary"), "alive");
    symlinkSync(outside, join(directory, "link"));
    const script = "i=0; while [ $i -lt 300 ]; do mkdir d && cd d && i=$((i+1)); done; mkfifo pipe; ln -s / root; chmod 000 /box/d";
    expect((await state.json(["run", "--", "/bin/bash", "-c", script])).result.status).toBe("Success");
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    expect(existsSync(directory)).toBe(false);
    expect(readFileSync(join(outside, "canary"), "utf8")).toBe("alive");
  });

  claim("a work directory that the caller gave is used, and stays when the box goes", async () => {
    await using state = openState();
    const given = join(state.scratch, "given");
    mkdirSync(given);
    const made = await state.mini(["init", "--dir", given]);
    expect([made.exitCode, made.stdout]).toEqual([0, `${given}\n`]);
    expect((await state.json(["run", "--", "/usr/bin/touch", "x"])).result.status).toBe("Success");
    expect(readdirSync(given)).toEqual(["x"]);
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    expect(existsSync(given)).toBe(true);
  });

  claim("with --wait it waits for the run that uses the box", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep"]);
    const running = state.start(["run", "--", "./announce-and-sleep", "0.5"]);
    await until("the program runs", () => existsSync(join(directory, "ready")));
    expect((await state.mini(["cleanup", "--box-id", "0", "--wait"])).exitCode).toBe(0);
    expect((await running.ended).exitCode).toBe(0);
    expect(existsSync(directory)).toBe(false);
  });
});

describe("cleanup --all", () => {
  claim("it removes every box, and works on an empty or missing state directory", async () => {
    await using state = openState();
    expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
    const boxes = [];
    for (const id of ["a", "b", "c"]) boxes.push(await boxWith(state, [], { id }));
    expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
    expect(boxes.filter((box) => existsSync(box.directory))).toEqual([]);
    expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
  });

  claim("one box that cannot be removed does not stop the others, and is reported", async () => {
    await using state = openState();
    const busy = await boxWith(state, ["announce-and-sleep"], { id: "b" });
    const others = [await boxWith(state, [], { id: "a" }), await boxWith(state, [], { id: "c" })];
    const running = state.start(["run", "--box-id", "b", "--", "./announce-and-sleep", "60"]);
    await until("the program runs", () => existsSync(join(busy.directory, "ready")));
    const outcome = await state.mini(["cleanup", "--all"]);
    expect(outcome.exitCode).not.toBe(0);
    expect(outcome.stderr).toContain(`box b is in use by another process (pid ${running.pid})`);
    expect(others.filter((box) => existsSync(box.directory))).toEqual([]);
    expect(existsSync(busy.directory)).toBe(true);
    running.kill("SIGTERM");
    await running.ended;
    expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
    expect(existsSync(busy.directory)).toBe(false);
  });

  claim("a killed supervisor's leftovers are removed with it", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep"]);
    const running = state.start(["run", "--", "./announce-and-sleep", "60"]);
    await until("the program runs", () => existsSync(join(directory, "ready")));
    running.kill("SIGKILL");
    await running.ended;
    expect((await state.mini(["cleanup", "--all"])).exitCode).toBe(0);
    await expectNothingLeft(state);
  });
});
