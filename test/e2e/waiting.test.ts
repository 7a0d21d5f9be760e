// `--wait` as a command: what it costs to wait among many, and how it ends.
import { describe, expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft, waitersFor } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const contained = claimWith(...sandbox, executable("/usr/bin/unshare"));
const many = 16;
const lockOf = (state: State) => join(state.directory, "locks/0");

/** A box in which a program runs until it is told to end. */
async function busyBox(state: State) {
  const { directory } = await boxWith(state, ["announce-and-sleep"]);
  const running = state.start(["run", "--max-time", "60", "--", "./announce-and-sleep", "60"], { timeoutMs: 60_000 });
  await until("the program runs", () => existsSync(join(directory, "ready")));
  return running;
}

async function endOf(running: Awaited<ReturnType<typeof busyBox>>): Promise<void> {
  running.kill("SIGTERM");
  await running.ended;
}

describe("--wait", () => {
  claim(`the longest wait of ${many} callers that come again and again is at most twice the fair share`, async () => {
    await using state = openState();
    await boxWith(state, ["be-alone"]);
    const rounds = 3;
    const waits: number[] = [];
    const begun = performance.now();
    await Promise.all(Array.from({ length: many }, async () => {
      for (let round = 0; round < rounds; round++) {
        const asked = performance.now();
        const { exitCode } = await state.mini(["run", "--wait", "--silent", "--", "./be-alone", "0.02"], { timeoutMs: 60_000 });
        waits.push(performance.now() - asked);
        expect(exitCode).toBe(0);
      }
    }));
    const fairShareMs = (performance.now() - begun) / rounds;
    expect(waits).toHaveLength(many * rounds);
    expect(Math.max(...waits) / fairShareMs).toBeLessThan(2);
  }, { timeout: 120_000 });

  claim("SIGTERM ends a command that waits at once, and those behind it still get the box", async () => {
    await using state = openState();
    const running = await busyBox(state);
    const first = state.start(["run", "--wait", "--", "/bin/true"]);
    await until("the first waits", () => waitersFor(lockOf(state)) === 1);
    const second = state.start(["run", "--wait", "--", "/bin/true"]);
    await until("the second waits", () => waitersFor(lockOf(state)) === 2);
    const begun = performance.now();
    first.kill("SIGTERM");
    expect(await first.ended).toEqual({ exitCode: 143, stdout: "", stderr: "" });
    expect(performance.now() - begun).toBeLessThan(2000);
    await until("the second has moved up", () => waitersFor(lockOf(state)) === 1);
    await endOf(running);
    expect((await second.ended).exitCode).toBe(0);
    await expectNothingLeft(state);
    expect(readdirSync(join(state.directory, "locks"))).toEqual(["0"]);
  });

  contained("a command that waits may be pid 1 of a namespace, and SIGTERM ends it all the same", async () => {
    await using state = openState();
    await boxWith(state, []);
    const lock = Bun.spawn(["flock", lockOf(state), "sh", "-c", "echo; read line"], { stdin: "pipe", stdout: "pipe" });
    await lock.stdout.getReader().read();
    const waiting = state.start(["run", "--wait", "--", "/bin/true"], { through: ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] });
    await until("it waits", () => waitersFor(lockOf(state)) === 1);
    process.kill(Number(readFileSync(`/proc/${waiting.pid}/task/${waiting.pid}/children`, "latin1")), "SIGTERM");
    expect(await waiting.ended).toEqual({ exitCode: 75, stdout: "", stderr: "mini-isolate: stopped by a signal while waiting for the box\n" });
    lock.stdin.end();
    await lock.exited;
  });

  claim("without it a command fails at once although others wait, and gets no place in the line", async () => {
    await using state = openState();
    const running = await busyBox(state);
    const waiting = state.start(["run", "--wait", "--", "/bin/true"]);
    await until("one waits", () => waitersFor(lockOf(state)) === 1);
    const begun = performance.now();
    const refused = await state.mini(["run", "--", "/bin/true"]);
    expect([refused.exitCode, refused.stdout]).toEqual([75, ""]);
    expect(refused.stderr).toContain(`box 0 is in use by another process (pid ${running.pid})`);
    expect(performance.now() - begun).toBeLessThan(2000);
    await endOf(running);
    expect((await waiting.ended).exitCode).toBe(0);
  });

  claim("a box that is removed while others wait for it ends their waiting with a sentence", async () => {
    await using state = openState();
    const running = await busyBox(state);
    const cleanup = state.start(["cleanup", "--wait", "--box-id", "0"]);
    await until("the cleanup waits", () => waitersFor(lockOf(state)) === 1);
    const waiting = state.start(["run", "--wait", "--", "/bin/true"]);
    await until("a run waits behind it", () => waitersFor(lockOf(state)) === 2);
    await endOf(running);
    expect((await cleanup.ended).exitCode).toBe(0);
    const outcome = await waiting.ended;
    expect([outcome.exitCode, outcome.stdout]).toEqual([64, ""]);
    expect(outcome.stderr).toContain("there is no such box");
    expect(readdirSync(join(state.directory, "locks"))).toEqual([]);
  });
});
