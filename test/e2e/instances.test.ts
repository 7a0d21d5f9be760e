// Boxes as records: init, list, info, what is kept, what one run changes and what it does not.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { IsolateConfig } from "../../src/config/config.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const isoTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;
const mebibyte = 1024 * 1024;

interface StoredRecord {
  readonly config: IsolateConfig;
  readonly created_at: string;
  readonly last_used: string;
}

function recordOf(state: State, id = "0"): StoredRecord {
  const text = readFileSync(join(state.directory, "instances.json"), "utf8");
  const record = (JSON.parse(text) as Record<string, StoredRecord>)[id];
  if (record === undefined) throw new Error(`no record of box ${id} in ${text}`);
  return record;
}

describe("init", () => {
  claim("it prints the working directory, one line, and the directory is there", async () => {
    await using state = openState();
    const outcome = await state.mini(["init"]);
    expect([outcome.exitCode, outcome.stderr]).toEqual([0, ""]);
    expect(outcome.stdout).toMatch(/^\/[^\n]+\n$/);
    expect(statSync(outcome.stdout.trimEnd()).isDirectory()).toBe(true);
  });

  claim("the record has the defaults of the documentation and both times", async () => {
    await using state = openState();
    await boxWith(state, []);
    const { config, created_at, last_used } = recordOf(state);
    expect(created_at).toMatch(isoTime);
    expect(last_used).toMatch(isoTime);
    expect(config).toMatchObject({
      instance_id: "0", chroot_dir: null, memory_limit: 134217728, time_limit: 10, cpu_time_limit: 10, wall_time_limit: 20, process_limit: 1,
      file_size_limit: 67108864, stack_limit: 8 * mebibyte, core_limit: 0, disk_limit: 1024 * mebibyte, disk_quota: null, enable_network: false, environment: [], seccomp: "default", allowed_syscalls: null,
      cpu_shares: 1024, mounts: [], strict: false,
    });
    expect(readFileSync(join(state.directory, "instances.json"), "utf8")).toContain('\n  "0": {\n');
    expect(readdirSync(state.directory).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  claim("every flag is kept in the record under its name and in its unit", async () => {
    await using state = openState();
    const flags = "--mem 64 --time 1.5 --processes 7 --fsize 3 --stack 4 --core 2 --disk-limit 5 --env A=1 --env B= --mount /usr/share --share-net --cpus 0 --strict";
    await boxWith(state, [], { id: "kept", init: flags.split(" ") });
    expect(recordOf(state, "kept").config).toMatchObject({
      instance_id: "kept", memory_limit: 64 * mebibyte, time_limit: 1.5, cpu_time_limit: 1.5, wall_time_limit: 3, process_limit: 7, file_size_limit: 3 * mebibyte,
      stack_limit: 4 * mebibyte, core_limit: 2 * mebibyte, disk_limit: 5 * mebibyte, environment: [["A", "1"], ["B", ""]], mounts: ["/usr/share"], enable_network: true, cpus: "0", strict: true,
    });
  });

  claim("`unlimited` lifts a limit", async () => {
    await using state = openState();
    await boxWith(state, [], { init: "--mem unlimited --time unlimited --wall-time unlimited --processes unlimited --fsize unlimited".split(" ") });
    expect(recordOf(state).config).toMatchObject({ memory_limit: null, time_limit: null, wall_time_limit: null, process_limit: null, file_size_limit: null });
    expect((await state.json(["run", "--", "/bin/true"])).result.status).toBe("Success");
  });

  claim("a box that exists is not made twice; with --force it is made anew, empty", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    writeFileSync(join(directory, "old"), "");
    const twice = await state.mini(["init", "--mem", "64"]);
    expect([twice.exitCode, twice.stdout]).toEqual([64, ""]);
    expect(twice.stderr).toMatch(/box 0 exists already[\s\S]*--force/);
    expect(recordOf(state).config.memory_limit).toBe(128 * mebibyte);
    expect(existsSync(join(directory, "old"))).toBe(true);
    const again = await state.mini(["init", "--mem", "64", "--force"]);
    expect([again.exitCode, again.stdout]).toEqual([0, `${directory}\n`]);
    expect(recordOf(state).config.memory_limit).toBe(64 * mebibyte);
    expect(readdirSync(directory)).toEqual([]);
  });

  claim("--state-dir stands before the environment", async () => {
    await using state = openState();
    const other = join(state.scratch, "other");
    expect((await state.mini(["init", "--state-dir", other])).stdout).toStartWith(other);
    expect(existsSync(state.directory)).toBe(false);
    expect((await state.mini(["cleanup", "--all", "--state-dir", other])).exitCode).toBe(0);
  });

  claim("an init that fails leaves no directory, record or lock", async () => {
    await using state = openState();
    const file = state.file("file", "");
    expect((await state.mini(["init", "--dir", file])).exitCode).toBe(64);
    expect((await state.mini(["init", "--chroot", "/no/such/root"])).exitCode).toBe(64);
    expect(existsSync(state.directory) ? readdirSync(state.directory).filter((name) => name === "0") : []).toEqual([]);
    expect((await state.mini(["init"])).exitCode).toBe(0);
  });
});

describe("list and info", () => {
  claim("list names every box, and nothing when there is none", async () => {
    await using state = openState();
    expect(await state.json<unknown>(["list"])).toMatchObject({ exitCode: 0, result: [] });
    for (const id of ["b", "a"]) await boxWith(state, [], { id });
    const { result } = await state.json<{ box_id: string }[]>(["list"]);
    expect(result.map((box) => box.box_id).toSorted()).toEqual(["a", "b"]);
    const text = await state.mini(["list"]);
    expect(text.stdout.split("\n").filter((line) => /^[ab]\b/.test(line))).toHaveLength(2);
  });

  claim("info shows record, working directory and configuration", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { id: "x", init: ["--mem", "64"] });
    const { result } = await state.json<{ box_id: string; workdir: string; config: IsolateConfig; created_at: string }>(["info", "--box-id", "x"]);
    expect(result).toMatchObject({ box_id: "x", workdir: directory, created_at: recordOf(state, "x").created_at });
    expect(result.config).toEqual(recordOf(state, "x").config);
    const text = await state.mini(["info", "--box-id", "x"]);
    for (const part of [directory, "memory_limit", String(64 * mebibyte)]) expect(text.stdout).toContain(part);
  });

  claim("info --cgroups shows the groups of a box while something runs in it, and none afterwards", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, ["announce-and-sleep"]);
    const running = state.start(["run", "--", "./announce-and-sleep", "60"]);
    await until("the program runs", () => existsSync(join(directory, "ready")));
    const during = await state.mini(["info", "--cgroups", "--json"]);
    expect(during.exitCode).toBe(0);
    for (const controller of ["memory", "cpuacct", "pids"]) expect(during.stdout).toContain(controller);
    running.kill("SIGTERM");
    await running.ended;
    expect((await state.mini(["info", "--cgroups"])).exitCode).toBe(0);
    await expectNothingLeft(state);
  });

  claim("a box whose directory is gone is no box any more", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { id: "gone" });
    rmSync(directory, { recursive: true });
    expect((await state.json<unknown[]>(["list"])).result).toEqual([]);
    expect((await state.mini(["run", "--box-id", "gone", "--", "/bin/true"])).exitCode).toBe(64);
  });
});

describe("one run", () => {
  claim("it changes last_used and nothing else that is known of the box, whatever limits it was given", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--mem", "64"] });
    const before = recordOf(state);
    await until("the clock has moved on", () => new Date().toISOString() > before.last_used);
    await state.json(["run", "--max-memory", "32", "--max-cpu", "1", "--max-time", "2", "--env", "A=1", "--mount", "/usr/share", "--", "/bin/false"]);
    expect(recordOf(state)).toEqual(before);
    const { result: after } = await state.json<{ last_used: string; created_at: string }>(["info", "--box-id", "0"]);
    expect([after.created_at, after.last_used > before.last_used]).toEqual([before.created_at, true]);
    // Whoever reads the file finds it there after the next init or cleanup.
    await boxWith(state, [], { id: "another" });
    expect(recordOf(state)).toEqual({ ...before, last_used: after.last_used });
  });

  claim("without --box-id box 0 is used when it exists", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    await state.json(["run", "--", "/usr/bin/touch", "here"]);
    expect(readdirSync(directory)).toEqual(["here"]);
  });

  claim("without --box-id and without box 0 a temporary box is made and removed", async () => {
    await using state = openState();
    await boxWith(state, [], { id: "other" });
    const before = { names: readdirSync(state.directory).toSorted(), locks: readdirSync(join(state.directory, "locks")).toSorted() };
    const { result } = await state.json(["run", "--", "/usr/bin/touch", "here"]);
    expect(result.status).toBe("Success");
    expect({ names: readdirSync(state.directory).toSorted(), locks: readdirSync(join(state.directory, "locks")).toSorted() }).toEqual(before);
    expect(Object.keys(JSON.parse(readFileSync(join(state.directory, "instances.json"), "utf8")) as object)).toEqual(["other"]);
    await expectNothingLeft(state);
  });

  claim("a box keeps the caller's own directory when it was given one", async () => {
    await using state = openState();
    const given = join(state.scratch, "given");
    mkdirSync(given);
    await boxWith(state, [], { init: ["--dir", given] });
    expect(recordOf(state).config.workdir).toBe(given);
    await state.json(["run", "--", "/usr/bin/touch", "here"]);
    expect(readdirSync(given)).toEqual(["here"]);
  });
});
