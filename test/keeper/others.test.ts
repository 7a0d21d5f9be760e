// What one client is or does, and what that is to the others and to the keeper.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readlinkSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState } from "../helpers/binary.ts";
import { groupAbove, needed } from "../helpers/group-above.ts";
import { openKeeper, shell } from "../helpers/keeper.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";

const claim = claimWith(...sandbox);
const env = { PATH: "/usr/bin:/bin" };

describe("others are served while a client", () => {
  for (const flag of ["--output", "--meta"]) {
    claim(`has its result written to a pipe that nobody reads: ${flag} /dev/stdout`, async () => {
      await using keeper = await openKeeper(["--jobs", "1"]);
      const state = join(keeper.socket, "../state");
      // More than a pipe holds, in the one or the other file.
      const command = `${keeper.client} run --silent ${flag} /dev/stdout --processes 8 -- /bin/sh -c 'head -c 200000 /dev/zero | tr "\\0" x' | (sleep 1; wc -c)`;
      const slow = start(["/bin/sh", "-c", command], { env: { ...env, MINI_ISOLATE_STATE_DIR: state } });
      await keeper.answers();
      expect(Number((await slow.ended).stdout)).toBeGreaterThan(flag === "--output" ? 200_000 : 50);
    });
  }

  claim("has few descriptors left for all of them", async () => {
    await using state = openState();
    const [socket, client] = [join(state.scratch, "socket"), join(state.scratch, "client")];
    await state.mini(["client", "install", client, "--socket", socket]);
    const script = `ulimit -n 256; ${binaryPath} keeper --socket ${socket} --jobs 2 2>/dev/null & while [ ! -S ${socket} ]; do sleep 0.05; done
      i=0; while [ $i -lt 100 ]; do ${client} run --silent --passthrough --open-files 64 -- /bin/echo $i >> out & pids="$pids $!"; i=$((i+1)); done; wait $pids; sort -n out | uniq | wc -l; ${binaryPath} keeper status --socket ${socket} | grep done; ${binaryPath} keeper stop --socket ${socket}; wait`;
    const { stdout, stderr } = await start(["/bin/sh", "-c", script], { env: { ...env, MINI_ISOLATE_STATE_DIR: state.directory }, cwd: state.scratch, timeoutMs: 60_000 }).ended;
    expect([stdout.split(/\s+/).filter((word) => word !== ""), stderr]).toEqual([["100", "done", "100"], ""]);
  });
});

describe("a client", () => {
  claim("whose working directory goes while its program runs gets its result", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    const directory = join(state.scratch, "gone");
    mkdirSync(directory);
    const run = keeper.run(["run", "--json", ...shell("sleep 0.5; echo done")], { env: {}, cwd: directory });
    await keeper.reports({ running: 1 });
    rmdirSync(directory);
    const ended = await run.ended;
    expect(ended.stderr).toBe("");
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: "Success", stdout: "done\n" });
    expect((await keeper.status())["done"]).toBe(1);
  });

  claim("that finds its box in use is told so as without a keeper", async () => {
    await using keeper = await openKeeper();
    expect((await keeper.run(["init", "--box-id", "b", "--processes", "8"]).ended).exitCode).toBe(0);
    const first = keeper.run(["run", "--box-id", "b", "--silent", "--", "/bin/sleep", "1.5"]);
    await keeper.reports({ running: 1 });
    const second = await keeper.run(["run", "--box-id", "b", "--json", "--", "/bin/true"]).ended;
    const alone = await start([binaryPath, "run", "--box-id", "b", "--json", "--", "/bin/true"], { env: { ...env, MINI_ISOLATE_STATE_DIR: join(keeper.socket, "../state") } }).ended;
    expect([second.exitCode, second.stdout, second.stderr]).toEqual([alone.exitCode, alone.stdout, alone.stderr]);
    expect(second.stderr).toContain("is in use by another process");
    await first.ended;
  });

  claim("that waits for the box of another has it afterwards", async () => {
    await using keeper = await openKeeper();
    expect((await keeper.run(["init", "--box-id", "b", "--processes", "8"]).ended).exitCode).toBe(0);
    const first = keeper.run(["run", "--box-id", "b", "--silent", "--", "/bin/sleep", "1"]);
    await keeper.reports({ running: 1 });
    const { stdout } = await keeper.run(["run", "--box-id", "b", "--wait", "--json", "--", "/bin/echo", "mine"]).ended;
    expect(JSON.parse(stdout)).toMatchObject({ status: "Success", stdout: "mine\n" });
    expect((await first.ended).exitCode).toBe(0);
  });

  claim("that is killed before its turn is not counted as one that ended twice", async () => {
    await using keeper = await openKeeper(["--jobs", "1"]);
    const first = keeper.run(["run", "--silent", ...shell("sleep 1")]);
    await keeper.reports({ running: 1 });
    const second = keeper.run(["init", "--box-id", "never"]);
    await keeper.reports({ waiting: 1 });
    second.kill("SIGKILL");
    await first.ended;
    await keeper.reports({ waiting: 0 });
    expect(await keeper.status()).toMatchObject({ running: 0, done: 1 });
  });

  claim("that waits for its turn when the keeper is stopped executes the program itself", async () => {
    await using keeper = await openKeeper(["--jobs", "1"]);
    const first = keeper.run(["run", "--silent", ...shell("sleep 20")]);
    await keeper.reports({ running: 1 });
    const second = keeper.run(["run", "--json", "--", "/bin/echo", "said"]);
    await keeper.reports({ waiting: 1 });
    keeper.running.kill("SIGTERM");
    expect((await first.ended).exitCode).toBe(5);
    expect(JSON.parse((await second.ended).stdout)).toMatchObject({ status: "Success", stdout: "said\n" });
  });

  claimWith(...sandbox, needed)("in a control group with limits of its own executes the program itself, in one without it does not", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    for (const [limits, done] of [[{ memoryBytes: 2 ** 62 + 2 ** 61 }, 1], [{ memoryBytes: 2 ** 30 }, 1], [{ processes: 500 }, 1]] as const) {
      await using above = groupAbove(limits);
      const { stdout } = await start([...above.through, keeper.client, "run", "--json", "--", "/bin/echo", "said"], { env: { ...env, MINI_ISOLATE_STATE_DIR: state.directory } }).ended;
      expect(JSON.parse(stdout)).toMatchObject({ status: "Success", stdout: "said\n" });
      expect((await keeper.status())["done"]).toBe(done);
    }
  });

  claim("that names a group of version 2 of its own executes the program itself", async () => {
    await using keeper = await openKeeper();
    await keeper.run(["run", "--silent", "--", "/bin/true"], { env: { MINI_ISOLATE_CGROUP: "/sys/fs/cgroup/none" } }).ended;
    expect((await keeper.status())["done"]).toBe(0);
  });
});

describe("the keeper", () => {
  claim("ends when it is told to, though a client that is stopped does not take its result", async () => {
    await using keeper = await openKeeper();
    const run = keeper.run(["run", "--json", ...shell("sleep 0.3; head -c 900000 /dev/zero | tr '\\0' x")]);
    await keeper.reports({ running: 1 });
    run.kill("SIGSTOP");
    await keeper.reports({ running: 0 });
    keeper.running.kill("SIGTERM");
    expect((await keeper.running.ended).exitCode).toBe(0);
    run.kill("SIGCONT");
    expect((await run.ended).exitCode).toBe(5);
  });

  claim("stays in no directory of its clients", async () => {
    await using keeper = await openKeeper();
    await using state = openState();
    await keeper.run(["run", "--silent", "--", "/bin/true"], { env: {}, cwd: state.scratch }).ended;
    expect((await keeper.status())["done"]).toBe(1);
    expect(readlinkSync(`/proc/${keeper.running.pid}/cwd`)).toBe("/");
  });

  claim("ends when the name of its socket no longer leads to it, and leaves what is there now", async () => {
    await using keeper = await openKeeper();
    // It knows the name's file once it answers.
    await keeper.answers();
    const aside = `${keeper.socket}.aside`;
    renameSync(keeper.socket, aside);
    writeFileSync(keeper.socket, "another's");
    expect((await keeper.running.ended).exitCode).toBe(0);
    expect(existsSync(keeper.socket)).toBeTrue();
    unlinkSync(keeper.socket);
  });
});
