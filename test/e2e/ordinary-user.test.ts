// An ordinary user: every command works, verdicts that need no privilege stay exact, and the result says what was enforced.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { processesOf } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, root } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";
import { makeTestDirectory, ordinaryUid } from "../helpers/test-directory.ts";

const uid = ordinaryUid;
const claim = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/gcc"));

// The checkout may lie where other users cannot reach it.
let directory = "";
let binary = "";
beforeAll(() => {
  directory = makeTestDirectory("user");
  binary = join(directory, "mini-isolate");
  copyFileSync(binaryPath, binary);
  chmodSync(directory, 0o755);
  chmodSync(binary, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const openUserState = (): State => openState({ uid, binary });

/** Nothing of the user's may go on, whatever the mode of isolation. */
async function expectNoProcess(): Promise<void> {
  await until("no process of the user is left", () => processesOf(new Set([uid])).length === 0, 3000);
}

describe("every command works", () => {
  claim("init, run, list, info and cleanup", async () => {
    await using state = openUserState();
    const box = await boxWith(state, ["exit-with"]);
    const { result, exitCode, stderr } = await state.json(["run", "--box-id", "0", "--", "./exit-with", "0"]);
    expect([result.error_message, result.status, result.stdout, exitCode]).toEqual([null, "Success", "started\n", 0]);
    expect(stderr).not.toContain("EPERM");
    expect((await state.json<{ box_id: string }[]>(["list"])).result.map((entry) => entry.box_id)).toEqual(["0"]);
    expect((await state.json<{ workdir: string }>(["info"])).result.workdir).toBe(box.directory);
    expect((await state.mini(["cleanup", "--box-id", "0"])).exitCode).toBe(0);
    expect((await state.json<unknown[]>(["list"])).result).toEqual([]);
    await expectNoProcess();
  });

  claim("execute compiles and runs a C program", async () => {
    await using state = openUserState();
    const source = state.file("hello.c", '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n');
    const { result } = await state.json(["execute", "--source", source], { timeoutMs: 30_000 });
    expect([result.error_message, result.status, result.stdout, result.language]).toEqual([null, "Success", "hello\n", "c"]);
  }, { timeout: 40_000 });

  claim("execute takes a kept result the second time, unless the program could write to the cache; --no-cache never does", async () => {
    await using state = openUserState();
    const source = state.file("hello.c", '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n');
    const results = [];
    for (const flags of [[], [], ["--no-cache"]]) results.push((await state.json(["execute", "--source", source, ...flags], { timeoutMs: 30_000 })).result);
    expect(results.map((result) => result.stdout)).toEqual(["hello\n", "hello\n", "hello\n"]);
    const walled = results[0]!.enforced.filesystem.startsWith("pivot_root");
    expect(results.map((result) => result.compile?.cached)).toEqual([false, walled, false]);
    expect(existsSync(join(state.directory, ".cache"))).toBe(walled);
    expect((await state.mini(["cleanup", "--cache"])).exitCode).toBe(0);
  }, { timeout: 40_000 });

  claim("a cache that root left in the state directory is not used", async () => {
    await using state = openUserState();
    const source = state.file("hello.c", "int main(void) { return 0; }\n");
    await state.mini(["init"]);
    mkdirSync(join(state.directory, ".cache"), { mode: 0o700 });
    const { stderr, exitCode } = await state.mini(["execute", "--verbose", "--source", source], { timeoutMs: 30_000 });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/compile cache not used: (without namespaces|cannot use the compile cache .*: (it belongs to uid|EACCES))/);
    expect((await state.mini(["cleanup", "--cache"])).stderr).toMatch(/it belongs to uid 0|EACCES/);
    rmSync(join(state.directory, ".cache"), { recursive: true });
  }, { timeout: 40_000 });

  claim("languages test", async () => {
    await using state = openUserState();
    const { stdout, exitCode } = await state.mini(["languages", "test", "c", "shell"], { timeoutMs: 50_000 });
    expect([stdout.includes("FAILED"), stdout.includes("not known"), exitCode]).toEqual([false, false, 0]);
    expect(stdout).toMatch(/\n\n14 passed, 0 failed, 0 skipped\n$/);
    await expectNoProcess();
  }, { timeout: 60_000 });

  claim("a box keeps the language packs that it was made with", async () => {
    await using state = openUserState();
    const pack = state.file("say.yaml", "version: 1\nid: say\nname: Say\nextensions: [.say]\nrun: { command: [/bin/echo, kept] }\n");
    expect(await state.mini(["init", "--pack", pack])).toMatchObject({ stderr: "", exitCode: 0 });
    rmSync(pack);
    expect((await state.json(["execute", "--source", state.file("x.say", "")])).result.stdout).toBe("kept\n");
  });

  claim("a run without any box works in a temporary one", async () => {
    await using state = openUserState();
    expect((await state.json(["run", "--", "/bin/echo", "x"])).result.stdout).toBe("x\n");
  });
});

describe("verdicts stay exact", () => {
  for (const [what, program, args, flags, expected] of [
    ["wall time", "sleep-for", ["60"], ["--max-time", "0.3"], { status: "TimeLimit", code: 2 }],
    ["CPU time", "spin", [], ["--max-cpu", "0.3", "--max-time", "10"], { status: "TimeLimit", code: 2 }],
    ["output", "flood-stdout", [], [], { status: "FileSizeLimit", code: 1 }],
    ["an exit code", "exit-with", ["7"], [], { status: "RuntimeError", code: 1 }],
    ["a signal", "abort-self", [], [], { status: "Signaled", code: 1 }],
    ["SIGSYS", "raise-sigsys", [], [], { status: "SecurityViolation", code: 4 }],
  ] as const) {
    claim(what, async () => {
      await using state = openUserState();
      await boxWith(state, [program]);
      const { result, exitCode } = await state.json(["run", ...flags, "--", `./${program}`, ...args]);
      expect([result.status, exitCode]).toEqual([expected.status, expected.code]);
      await expectNoProcess();
    });
  }

  claim("a forbidden system call", async () => {
    await using state = openUserState();
    await boxWith(state, ["try-syscall"], { init: ["--processes", "8"] });
    const { result, exitCode } = await state.json(["run", "--", "./try-syscall", "child", process.arch === "arm64" ? "40" : "165"]);
    expect([result.status, result.forbidden_syscall, exitCode]).toEqual(["SecurityViolation", "mount", 4]);
    await expectNoProcess();
  });

  claim("file size", async () => {
    await using state = openUserState();
    await boxWith(state, ["write-file"], { init: ["--fsize", "2"] });
    const { result } = await state.json(["run", "--", "./write-file", "3"]);
    expect([result.status, result.signal]).toEqual(["FileSizeLimit", 25]);
  });

  claim("the CPU time of children counts", async () => {
    await using state = openUserState();
    await boxWith(state, ["spin-in-children"], { init: ["--processes", "8"] });
    const { result } = await state.json(["run", "--max-cpu", "0.4", "--max-time", "10", "--", "./spin-in-children", "2", "5"]);
    expect(result.status).toBe("TimeLimit");
    expect(result.cpu_time).toBeGreaterThanOrEqual(0.4);
    expect(result.cpu_time).toBeLessThan(0.6);
    await expectNoProcess();
  });

  claim("a daemon of the program is killed with it", async () => {
    await using state = openUserState();
    await boxWith(state, ["double-fork-sleeper"], { init: ["--processes", "8"] });
    expect((await state.json(["run", "--", "./double-fork-sleeper"])).result.status).toBe("Success");
    await expectNoProcess();
  });
});

describe("a limit over the caller's own hard limit", () => {
  const capped = (limit: string) => ({ through: ["/usr/bin/prlimit", `--${limit}`] });
  const claimCapped = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/prlimit"));

  for (const [limit, flags, lower, message] of [
    ["nofile=512:512", [], ["--open-files", "512"], "cannot set RLIMIT_NOFILE: 1024 is over the caller's hard limit of 512; raise that (ulimit -Hn), or lower open_files_limit (--open-files)"],
    ["stack=1048576:1048576", [], ["--stack", "1"], "cannot set RLIMIT_STACK: 8 MB is over the caller's hard limit of 1 MB; raise that (ulimit -Hs), or lower stack_limit (--stack)"],
    ["core=0:0", ["--core", "unlimited"], [], "cannot set RLIMIT_CORE: unlimited is over the caller's hard limit of 0 bytes; raise that (ulimit -Hc), or lower core_limit (--core)"],
    ["cpu=5:5", ["--time", "unlimited"], [], "cannot set RLIMIT_CPU: unlimited is over the caller's hard limit of 5 s; raise that (ulimit -Ht), or lower time_limit (--cpu-time)"],
    ["as=1099511627776:1099511627776", [], null, "cannot set RLIMIT_AS: unlimited is over the caller's hard limit of 1048576 MB; raise that (ulimit -Hv)"],
    ["data=1099511627776:1099511627776", ["--mem", "unlimited"], [], "cannot set RLIMIT_DATA: unlimited is over the caller's hard limit of 1048576 MB; raise that (ulimit -Hd)"],
    ["cpu=5:5", [], ["--max-cpu", "3"], "cannot set RLIMIT_CPU: 12 s is over the caller's hard limit of 5 s; raise that (ulimit -Ht), or lower time_limit (--cpu-time)"],
  ] as const) {
    claimCapped(`is refused, with what to do about it, and a lower one is taken: ${limit}`, async () => {
      await using state = openUserState();
      const box = flags.length === 0 ? [] : ["--box-id", "0"];
      if (flags.length > 0) expect((await state.mini(["init", "--box-id", "0", ...flags])).exitCode).toBe(0);
      const refused = await state.json(["run", ...box, "--", "/bin/echo", "ran"], capped(limit));
      expect([refused.result.status, refused.result.error_message, refused.result.stdout, refused.exitCode]).toEqual(["InternalError", message, "", 5]);
      if (flags.length > 0 || lower === null) return;
      const taken = await state.json(["run", ...lower, "--", "/bin/echo", "ran"], capped(limit));
      expect([taken.result.error_message, taken.result.stdout]).toEqual([null, "ran\n"]);
    });
  }

  claimCapped("is refused where it holds fewer processes than a box is to have, also where a control group counts them", async () => {
    await using state = openState();
    const through = ["setpriv", "--bounding-set", "-sys_resource", "/usr/bin/prlimit", "--nproc=100:100"];
    const run = async (processes: string) => (await state.json(["run", "--processes", processes, "--", "/bin/bash", "-c", "ulimit -u"], { through })).result;
    expect(await run("100")).toMatchObject({ error_message: null, stdout: "100\n" });
    expect((await run("101")).error_message).toBe("cannot set RLIMIT_NPROC: 101 is over the caller's hard limit of 100; raise that (ulimit -Hu), or lower process_limit (--processes)");
  });

  claimCapped("is refused to a root that may not raise it, too, as in a container", async () => {
    await using state = openState();
    const through = ["setpriv", "--bounding-set", "-sys_resource", "/usr/bin/prlimit", "--nofile=512:512"];
    const { result } = await state.json(["run", "--", "/bin/true"], { through });
    expect(result.error_message).toBe("cannot set RLIMIT_NOFILE: 1024 is over the caller's hard limit of 512; raise that (ulimit -Hn), or lower open_files_limit (--open-files)");
  });
});

describe("what was enforced is the truth", () => {
  claim("no control group is claimed, the user is the real one, and each namespace named is really there", async () => {
    await using state = openUserState();
    await boxWith(state, ["list-interfaces", "list-directory", "print-identity"]);
    const { result } = await state.json(["run", "--", "./list-directory", "/"]);
    const { enforced } = result;
    expect([enforced.memory, enforced.cpu_time, enforced.processes].filter((how) => how.startsWith("cgroup"))).toEqual([]);
    expect(enforced.user).toBe(uid);
    const seen = result.stdout.split("\n");
    expect(seen.includes("root") || seen.includes("home")).toBe(enforced.filesystem === "none");
    const network = await state.json(["run", "--network", "loopback", "--", "./list-interfaces"]);
    if (network.result.enforced.network === "none") expect(network.result.stdout).not.toBe("lo up\n");
    else expect(network.result.stdout).toBe("lo up\n");
    const identity = (await state.json(["run", "--", "./print-identity"])).result.stdout;
    expect(identity).toMatch(/^CapEff 0+$/m);
    expect(identity).toMatch(/^NoNewPrivs 1$/m);
  });

  claim("a warning names what is not enforced, on standard error only", async () => {
    await using state = openUserState();
    await boxWith(state, []);
    const { result, stderr } = await state.json(["run", "--", "/bin/true"]);
    const unenforced = Object.values(result.enforced).includes("none");
    expect(stderr.includes("Resource limits will not be enforced")).toBe([result.enforced.memory, result.enforced.processes].includes("none"));
    if (!unenforced) expect(stderr).toBe("");
  });

  claim("--strict refuses before anything runs", async () => {
    await using state = openUserState();
    const box = await boxWith(state, ["announce-and-sleep"]);
    const outcome = await state.mini(["run", "--strict", "--", "./announce-and-sleep", "1"]);
    expect(outcome.exitCode).not.toBe(0);
    expect(outcome.stdout).not.toContain("started");
    expect(outcome.stderr).not.toBe("");
    expect(() => readFileSync(join(box.directory, "ready"))).toThrow("ENOENT");
  });
});

describe("with namespaces, what the program gets from the caller", () => {
  for (const [what, given] of [["a file of --input", true], ["the caller's own standard input", false]] as const) {
    claim(`${what} tells no path and cannot be opened for writing, and /proc shows nothing of the machine but a list`, async () => {
      await using state = openUserState();
      const box = await boxWith(state, ["attacks/use-input", "attacks/breakout"]);
      const input = state.file("input", "unchanged");
      const flags = given ? ["--input", input] : [];
      const through = given ? {} : { through: ["/bin/sh", "-c", `exec "$@" <${input}`, "sh"] };
      const { result } = await state.json(["run", ...flags, "--", "./use-input", "name", "write"], through);
      if (result.enforced.filesystem === "none") return;
      expect([box.id, result.stdout.match(/BREACH.*/g), readFileSync(input, "utf8")]).toEqual(["0", null, "unchanged"]);
      const { stdout } = (await state.json(["run", "--", "./breakout", "open", "/proc/keys", "/proc/sys", "/proc/cmdline", "/proc/cpuinfo"])).result;
      expect(stdout.trim().split("\n")).toEqual(["held /proc/keys ENOENT", "held /proc/sys ENOENT", "held /proc/cmdline ENOENT", "BREACH /proc/cpuinfo", "done"]);
    });
  }
});

describe("boxes of others", () => {
  claim("a box of root is refused, with words that say so", async () => {
    await using roots = openState({ binary });
    await boxWith(roots, []);
    await using state = openUserState();
    for (const args of [["run", "--box-id", "0", "--", "/bin/true"], ["cleanup", "--box-id", "0"]]) {
      // The test's own directory is closed to others; opened here so that the answer comes from us.
      chmodSync(join(roots.directory, ".."), 0o755);
      const outcome = await state.mini([...args.slice(0, 1), "--state-dir", roots.directory, ...args.slice(1)]);
      expect([args[0], outcome.exitCode]).toEqual([args[0], 64]);
      expect(outcome.stderr).toMatch(/belongs to (another user|uid 0)/);
    }
    expect((await roots.json<unknown[]>(["list"])).result).toHaveLength(1);
  });

  claim("root does not trust a state directory that belongs to an ordinary user", async () => {
    await using state = openUserState();
    await boxWith(state, []);
    await using roots = openState({ binary });
    const outcome = await roots.mini(["run", "--state-dir", state.directory, "--box-id", "0", "--", "/bin/true"]);
    expect([outcome.exitCode, outcome.stdout]).toEqual([64, ""]);
    expect(outcome.stderr).toContain(`belongs to uid ${uid}`);
  });
});
