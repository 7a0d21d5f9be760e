// Children that a program makes for the supervisor (clone with CLONE_PARENT): they end with the run, at once, and leave no zombie. The filter,
// which may refuse the call, is left out: this is the layer below it.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { type MiniOptions, openState, plainPath, type State } from "../helpers/binary.ts";
import { expectNothingLeft, processesOf } from "../helpers/host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";
import { patience } from "../helpers/slowness.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";
import { workerEnvironment } from "../helpers/worker.ts";
import { stracePath } from "./strace.ts";
import { leaveOutVariable, weakenedBinary } from "./weakened.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"));
const claimTraced = claimWith(...sandbox, executable(stracePath));
const withoutFilter = { [leaveOutVariable]: "install the seccomp filter" };
/** Far below the 30 s that init is given, far above what a run takes on a machine that is busy with other tests. */
const promptMs = 4000;

/** How many siblings, what they do, and the signal for their end. */
const families: readonly (readonly [what: string, words: readonly string[]])[] = [
  ["one that ends at once", ["1", "exit"]],
  ["fifty that end at once", ["50", "exit"]],
  ["one that sleeps", ["1", "sleep"]],
  ["fifty that sleep", ["50", "sleep"]],
  ["fifty in sessions of their own", ["50", "leave"]],
  ["one that ends at once, without a signal", ["1", "exit", "0"]],
  ["fifty that sleep, without a signal at their end", ["50", "sleep", "0"]],
];

/** Nobody else's, also while another copy of these tests runs on the same machine. */
const user = 1_000_000 + process.pid;

/** A binary that other users can reach too. */
let reachable = "";
let directory = "";
beforeAll(async () => {
  directory = makeTestDirectory("siblings");
  chmodSync(directory, 0o755);
  reachable = join(directory, "mini-isolate");
  copyFileSync(await weakenedBinary(), reachable);
  chmodSync(reachable, 0o755);
  for (const name of ["attacks/siblings", "callers/no-user-namespaces"]) {
    copyFileSync(await program(name), join(directory, basename(name)));
    chmodSync(join(directory, basename(name)), 0o755);
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function expectPrompt(state: State, words: readonly string[], options: MiniOptions, flags: readonly string[] = []): Promise<ExecutionResult> {
  const begun = performance.now();
  const { result, exitCode, stderr } = await state.json(["run", "--max-time", "10", ...flags, "--", "./siblings", ...words], { ...options, timeoutMs: 20_000 });
  const elapsedMs = performance.now() - begun;
  expect([result.status, result.error_message, result.stdout, exitCode]).toEqual(["Success", null, `done\nmade ${words[0]}\n`, 0]);
  expect(stderr).not.toContain("internal error");
  expect(elapsedMs).toBeLessThan(patience(promptMs) + result.wall_time * 1000);
  return result;
}

describe("as root", () => {
  for (const [what, words] of families) {
    claim(`a program that makes siblings, ${what}: the run ends at once with its own status, and nothing is left`, async () => {
      await using state = openState({ binary: await weakenedBinary() });
      await boxWith(state, ["attacks/siblings"], { init: ["--processes", "100"] });
      await expectPrompt(state, words, { env: withoutFilter });
      await expectNothingLeft(state);
    });
  }

  claim("with the filter on, a program that asks for siblings leaves nothing and does not hold up the run", async () => {
    await using state = openState();
    await boxWith(state, ["attacks/siblings"], { init: ["--processes", "100"] });
    const begun = performance.now();
    const { result } = await state.json(["run", "--max-time", "10", "--", "./siblings", "50", "leave"], { timeoutMs: 20_000 });
    // Whether the filter lets the call through is not this layer's affair.
    expect(["Success", "SecurityViolation"]).toContain(result.status);
    expect(performance.now() - begun).toBeLessThan(patience(promptMs));
    await expectNothingLeft(state);
  });

  claimTraced("when the supervision itself fails in the middle of the run, the siblings end with the rest of the box, and the error comes at once", async () => {
    await using state = openState({ binary: await weakenedBinary() });
    await boxWith(state, ["attacks/siblings"], { init: ["--processes", "100"] });
    const trace = join(state.scratch, "trace");
    const through = [stracePath, "-qq", "-e", "trace=ppoll", "-e", "signal=none", "-e", "inject=ppoll:error=ENOMEM:when=4", "-o", trace];
    const begun = performance.now();
    const { exitCode, stderr } = await state.mini(["run", "--json", "--box-id", "0", "--", "./siblings", "20", "spin"], { env: withoutFilter, through, timeoutMs: 20_000 });
    expect(readFileSync(trace, "utf8")).toContain("(INJECTED)");
    expect([exitCode, stderr]).toEqual([5, expect.stringMatching(/ppoll.*ENOMEM/)]);
    expect(performance.now() - begun).toBeLessThan(patience(promptMs));
    await expectNothingLeft(state);
  });

  claimWith(...sandbox, commandsOfRoot)("without control groups, the CPU time of siblings in other sessions counts, and the limit ends them", async () => {
    await using state = openState({ binary: await weakenedBinary() });
    await boxWith(state, ["attacks/siblings"], { init: ["--processes", "100"] });
    const options = { env: withoutFilter, through: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'umount -a -t cgroup,cgroup2 && exec "$@"', "sh"] };
    const { cpu_time } = await expectPrompt(state, ["2", "spin"], options);
    expect(cpu_time).toBeGreaterThan(0.95);
    expect(cpu_time).toBeLessThan(patience(1.3));
    const { result } = await state.json(["run", "--max-time", "10", "--max-cpu", "0.4", "--", "./siblings", "2", "spin"], options);
    expect(result.status).toBe("TimeLimit");
    await expectNothingLeft(state);
  });
});

/** Runs as an ordinary user; `walled`: in a user namespace, else without any, as on a host that allows none. */
function asUser(state: State, walled: boolean, args: readonly string[], through: readonly string[] = []) {
  const refused = walled ? [] : [join(directory, "no-user-namespaces")];
  const become = ["/usr/bin/setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups"];
  return start([...become, ...refused, ...through, reachable, ...args], {
    env: { PATH: plainPath, LANG: "C.UTF-8", HOME: state.scratch, MINI_ISOLATE_STATE_DIR: state.directory, ...workerEnvironment, ...withoutFilter }, timeoutMs: 20_000,
  }).ended;
}

async function expectNoProcess(): Promise<void> {
  await until("no process of the user is left", () => processesOf(new Set([user])).length === 0, 3000);
}

describe.each([["in a user namespace", true], ["without namespaces", false]] as const)("as an ordinary user, %s", (_, walled) => {
  for (const [what, words] of families) {
    claim(`a program that makes siblings, ${what}: the run ends at once with its own status, and nothing is left`, async () => {
      await using state = openState({ uid: user, binary: reachable });
      const box = await boxWith(state, ["attacks/siblings"], { init: ["--processes", "200"] });
      const begun = performance.now();
      const { stdout, exitCode } = await asUser(state, walled, ["run", "--json", "--box-id", box.id, "--", "./siblings", ...words]);
      const result = JSON.parse(stdout) as ExecutionResult;
      expect(result.enforced.filesystem === "pivot_root").toBe(walled);
      expect([result.status, result.error_message, result.stdout, exitCode]).toEqual(["Success", null, `done\nmade ${words[0]}\n`, 0]);
      expect(performance.now() - begun).toBeLessThan(patience(promptMs));
      await expectNoProcess();
    });
  }

  claim("children that the caller had before it became mini-isolate are not touched, whatever their session", async () => {
    await using state = openState({ uid: user, binary: reachable });
    await boxWith(state, ["attacks/siblings"], { init: ["--processes", "200"] });
    const ids = join(state.scratch, "ids");
    const line = `setsid sleep 98 >/dev/null 2>&1 & echo $! >${ids}; sleep 98 >/dev/null 2>&1 & echo $! >>${ids}; exec "$0" "$@"`;
    const { stdout } = await asUser(state, walled, ["run", "--json", "--box-id", "0", "--", "./siblings", "50", "leave"], ["/bin/sh", "-c", line]);
    expect((JSON.parse(stdout) as ExecutionResult).status).toBe("Success");
    // The first is the one that setsid has become, as it leads no group.
    const pids = readFileSync(ids, "utf8").trim().split("\n").map(Number);
    expect(pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"))).toEqual(["sleep\x0098\0", "sleep\x0098\0"]);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await expectNoProcess();
  });

  claim("nor is one that begins a session of its own while the program runs", async () => {
    await using state = openState({ uid: user, binary: reachable });
    const [id, begin] = [join(state.scratch, "id"), join(state.scratch, "begin")];
    const line = `(until [ -e ${begin} ]; do sleep 0.01; done; exec setsid sleep 98) >/dev/null 2>&1 & echo $! >${id}; exec "$0" "$@"`;
    const running = asUser(state, walled, ["run", "--json", "--max-time", "30", "--processes", "8", "--", "/bin/sh", "-c", "sleep 3"], ["/bin/sh", "-c", line]);
    await until("the program runs", () => Bun.spawnSync(["pgrep", "--uid", String(user), "--full", "--exact", "sleep 3"]).exitCode === 0);
    writeFileSync(begin, "");
    expect((JSON.parse((await running).stdout) as ExecutionResult).status).toBe("Success");
    const pid = Number(readFileSync(id, "utf8"));
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toBe("sleep\x0098\0");
    process.kill(pid, "SIGKILL");
    await expectNoProcess();
  });

  claim("the CPU time of siblings in other sessions counts, and the limit ends them", async () => {
    await using state = openState({ uid: user, binary: reachable });
    await boxWith(state, ["attacks/siblings"], { init: ["--processes", "200"] });
    const used = JSON.parse((await asUser(state, walled, ["run", "--json", "--max-time", "10", "--", "./siblings", "2", "spin"])).stdout) as ExecutionResult;
    expect(used.cpu_time).toBeGreaterThan(0.95);
    const over = JSON.parse((await asUser(state, walled, ["run", "--json", "--max-time", "10", "--max-cpu", "0.4", "--", "./siblings", "2", "spin"])).stdout) as ExecutionResult;
    expect(over.status).toBe("TimeLimit");
    await expectNoProcess();
  });
});

describe("in the library, with two boxes at once and children of the caller's own", () => {
  const fixture = join(import.meta.dir, "../fixtures/executor/run-beside-own-children.ts");
  const run = async (stateDir: string, through: readonly string[], sources: string, words: readonly string[]) => {
    const { stdout, stderr } = await start([...through, process.execPath, "--define", "TEST_BUILD=true", fixture, sources, ...words], {
      env: { PATH: plainPath, HOME: directory, MINI_ISOLATE_STATE_DIR: stateDir, ...workerEnvironment, ...withoutFilter }, timeoutMs: 20_000,
    }).ended;
    expect(stderr).toBe("");
    return JSON.parse(stdout) as { statuses: string[]; outputs: string[]; elapsedMs: number; ownAlive: number; ended: number; strangers: number[] };
  };

  for (const [what, words] of families) {
    claim(`siblings, ${what}: both runs end at once, nothing is left, and the caller's children are untouched`, async () => {
      const said = await run(join(directory, `library-${words.join("-")}`), [], join(directory, "siblings"), words);
      expect(said).toMatchObject({ statuses: ["Success", "Success"], outputs: [`done\nmade ${words[0]}\n`, `done\nmade ${words[0]}\n`], ownAlive: 2, ended: 7, strangers: [] });
      expect(said.elapsedMs).toBeLessThan(patience(promptMs));
    });
  }

  claim("without namespaces, siblings that stay in the program's session end with the run, and the caller's children are untouched", async () => {
    const home = join(directory, "of-the-user");
    mkdirSync(home);
    chownSync(home, user, user);
    const become = ["/usr/bin/setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups"];
    const said = await run(join(home, "state"), become, join(directory, "siblings"), ["50", "sleep"]);
    expect(said).toMatchObject({ statuses: ["Success", "Success"], ownAlive: 2, ended: 7, strangers: [] });
    expect(said.elapsedMs).toBeLessThan(patience(promptMs));
    await expectNoProcess();
  });
});
