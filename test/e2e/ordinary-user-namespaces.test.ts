// An ordinary user's boxes: user namespaces that are made without any other program, and what remains where they are refused.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, copyFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { landlockVersion } from "../../src/kernel/landlock.ts";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { processesOf } from "../helpers/host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, executable, root } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

/** Nobody else's, also while another copy of these tests runs on the same machine. */
const uid = 1_100_000 + process.pid;
const claim = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/gcc"));
const claimDisguised = claimWith(root, executable("/usr/bin/setpriv"), executable("/usr/bin/unshare"), executable("/usr/bin/gcc"));

// The checkout may lie where other users cannot reach it.
let directory = "";
let binary = "";
let refused: readonly string[] = [];
beforeAll(async () => {
  directory = makeTestDirectory("namespaces");
  chmodSync(directory, 0o755);
  const put = (path: string, name: string) => {
    copyFileSync(path, join(directory, name));
    chmodSync(join(directory, name), 0o755);
    return join(directory, name);
  };
  binary = put(binaryPath, "mini-isolate");
  refused = [put(await program("callers/no-user-namespaces"), "refuse")];
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const openUserState = (): State => openState({ uid, binary });

async function expectNoProcess(): Promise<void> {
  await until("no process of the user is left", () => processesOf(new Set([uid])).length === 0, 5000);
}

describe("a user namespace of its own", () => {
  claim("has the program as its root, who is the caller outside and has no right to anything", async () => {
    await using state = openUserState();
    const { result, stderr } = await state.json(["run", "--", "/bin/cat", "/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups", "/etc/passwd"]);
    expect(stderr).toBe("");
    expect(result.stdout.replace(/ +/g, " ")).toBe(` 0 ${uid} 1\n 0 ${uid} 1\ndeny\nbox:x:0:0:box:/box:/bin/sh\nroot:x:0:0:root:/root:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`);
    expect(result.enforced).toMatchObject({ filesystem: "pivot_root", network: "namespace", user: uid });
  });

  claim("lets the supervisor see memory files, also those of a program that is not dumpable", async () => {
    await using state = openUserState();
    await boxWith(state, ["fill-memfd", "hide-and-fill-memfd"], { init: ["--fsize", "512"] });
    for (const program of ["fill-memfd", "hide-and-fill-memfd"]) {
      const { result } = await state.json(["run", "--max-memory", "64", "--max-time", "10", "--", `./${program}`, "100", "0.5"]);
      expect([result.status, result.enforced.memory]).toEqual(["MemoryLimit", "sampling"]);
    }
  });

  claim("lets files of the program be the caller's", async () => {
    await using state = openUserState();
    const box = await boxWith(state, []);
    await state.mini(["run", "--", "/bin/sh", "-c", "echo x > made"]);
    expect(statSync(join(box.directory, "made"))).toMatchObject({ uid, gid: uid });
  });

  for (const processes of [1, 2, 10]) {
    claim(`counts processes exactly: of ${processes} there are ${processes}, whatever else the user runs`, async () => {
      await using state = openUserState();
      await boxWith(state, ["fork-children"], { init: ["--processes", String(processes)] });
      const others = state.start(["run", "--passthrough", "--", "/bin/sh", "-c", "echo up; exec sleep 60"], { env: { MINI_ISOLATE_STATE_DIR: `${state.scratch}/others` } });
      await others.prints("up");
      const children = async (count: number) => (await state.json(["run", "--", "./fork-children", String(count)])).result;
      expect([(await children(processes - 1)).status, (await children(processes)).stdout]).toEqual(["Success", `started\nrefused after ${processes - 1}: EAGAIN\n`]);
      others.kill("SIGTERM");
      await others.ended;
      await expectNoProcess();
    });
  }

  claim("goes with a supervisor that is killed at any moment, and the next run works", async () => {
    await using state = openUserState();
    await boxWith(state, [], { init: ["--processes", "8"] });
    const line = "trap '' HUP INT TERM; setsid sh -c 'sleep 60' & echo up; sleep 60";
    for (let round = 0; round < 24; round++) {
      const running = state.start(["run", "--passthrough", "--", "/bin/sh", "-c", line]);
      // The later ones run their program; the others are killed somewhere on the way.
      if (round >= 20) await running.prints("up");
      else await Bun.sleep(8 + round * 2);
      running.kill("SIGKILL");
      await running.ended;
      await expectNoProcess();
    }
    expect((await state.json(["run", "--", "/bin/echo", "x"])).result.stdout).toBe("x\n");
  }, { timeout: 60_000 });

  claim("does not pay for an input that is larger than its memory, and reads it to the end", async () => {
    await using state = openUserState();
    const input = state.file("input", Buffer.alloc(80 << 20, "0123456789abcde\n"));
    const script = "import sys\nn = 0\nwhile chunk := sys.stdin.buffer.read(1 << 16): n += len(chunk)\nimport time; time.sleep(0.2); print(n)";
    const { result } = await state.json(["run", "--max-memory", "48", "--input", input, "--", "/usr/bin/python3", "-c", script]);
    expect([result.error_message, result.stdout]).toEqual([null, `${80 << 20}\n`]);
    expect(result.memory_peak!).toBeLessThan(48 << 20);
  });

  claim("hands signals on with --passthrough, and ends as the program does", async () => {
    await using state = openUserState();
    await boxWith(state, ["catch-term"], { init: ["--processes", "2"] });
    const running = state.start(["run", "--passthrough", "--", "./catch-term"]);
    await running.prints("ready");
    running.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ exitCode: 5, stdout: "ready\nTERM\n" });
    expect((await state.mini(["run", "--passthrough", "--", "/bin/sh", "-c", "kill -SEGV $$"])).exitCode).toBe(139);
  });

  claim("begins with no signal ignored or blocked, whatever the caller ignores and blocks", async () => {
    await using state = openUserState();
    await boxWith(state, ["print-signals"]);
    const plain = (await state.json(["run", "--", "./print-signals"])).result.stdout;
    const through = ["/bin/sh", "-c", "trap '' HUP INT CHLD PIPE TERM USR1 XFSZ; exec \"$@\"", "sh"];
    expect((await state.json(["run", "--", "./print-signals"], { through })).result.stdout).toBe(plain);
    const status = (await state.json(["run", "--", "/bin/grep", "^Sig[BI]", "/proc/self/status"], { through })).result.stdout;
    expect(status).toBe(`SigBlk:\t${"0".repeat(16)}\nSigIgn:\t${"0".repeat(16)}\n`);
  });

  claim("serves a program of the user over the library, which goes on meanwhile", async () => {
    await using state = openUserState();
    const built = await Bun.build({ entrypoints: [join(import.meta.dir, "../fixtures/callers/run-in-library.ts")], target: "bun" });
    await Bun.write(join(directory, "run-in-library.js"), built.outputs[0]!);
    const runtime = join(directory, "bun");
    copyFileSync(process.execPath, runtime);
    chmodSync(runtime, 0o755);
    const command = [runtime, join(directory, "run-in-library.js"), state.directory];
    await using child = Bun.spawn(["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups", ...command], { stdout: "pipe", stderr: "inherit", env: {}, cwd: "/" });
    const said = JSON.parse(await new Response(child.stdout).text());
    expect(said).toMatchObject({ loopWasFree: true, ownLives: true });
    for (const result of said.results) expect([result.exit_code, result.stdout, result.enforced.filesystem, result.enforced.user]).toEqual([0, "2\n", "pivot_root", uid]);
    await expectNoProcess();
  }, { timeout: 30_000 });
});

describe("what a program closed to its own user", () => {
  const close = "mkdir -p a/b && head -c 3000000 /dev/zero > a/b/f && chmod 0 a/b/f a/b && chmod 400 a && chmod 0 .";
  claim("is measured, and closed as before", async () => {
    await using state = openUserState();
    const box = await boxWith(state, [], { init: ["--processes", "4"] });
    const { result, stderr } = await state.json(["run", "--", "/bin/sh", "-c", close]);
    expect([result.error_message, stderr]).toEqual([null, ""]);
    expect(result.disk_usage!.bytes).toBeGreaterThan(2_900_000);
    const mode = (path: string) => statSync(join(box.directory, path)).mode & 0o777;
    expect([mode("a"), mode("a/b")]).toEqual([0o400, 0]);
    expect((await state.mini(["cleanup", "--box-id", "0"])).stderr).toBe("");
  });

  claim("does not hide from the limit on the disk, and goes with a temporary box", async () => {
    await using state = openUserState();
    const { result } = await state.json(["run", "--processes", "4", "--disk-limit", "2", "--", "/bin/sh", "-c", close]);
    expect([result.status, result.error_message]).toEqual(["FileSizeLimit", expect.stringContaining("disk")]);
    expect((await state.mini(["cleanup", "--all"])).stderr).toBe("");
  });
});

describe("root of a user namespace", () => {
  for (const [what, flags] of [["in the pid namespace of others", []], ["in one of its own", ["--pid", "--fork", "--mount", "--mount-proc"]]] as const) {
    claimDisguised(`${what} has boxes like its user's, with processes counted exactly`, async () => {
      await using state = openUserState();
      await boxWith(state, ["fork-children"], { init: ["--processes", "6"] });
      const through = ["unshare", "--user", "--map-root-user", ...flags];
      const children = async (count: number, within = through) => (await state.json(["run", "--", "./fork-children", String(count)], { through: within })).result;
      expect(await children(5)).toMatchObject({ status: "Success", enforced: { filesystem: "pivot_root", user: uid } });
      expect((await children(6)).stdout).toBe("started\nrefused after 5: EAGAIN\n");
      // With no namespace for each run the supervisor itself is counted.
      expect((await children(1, [...through, ...refused])).enforced.filesystem).toBe("pivot_root");
      await expectNoProcess();
    });
  }
});

describe("where user namespaces are refused", () => {
  const through = () => refused;

  claim("a program runs without any, and both result and warning say so", async () => {
    await using state = openUserState();
    const { result, stderr, exitCode } = await state.json(["run", "--", "/bin/echo", "x"], { through: through() });
    expect([result.status, result.stdout, result.enforced.filesystem, result.enforced.user, exitCode]).toEqual(["Success", "x\n", landlockVersion() > 0 ? "landlock" : "none", uid, 0]);
    expect(stderr).toMatch(/^mini-isolate: warning: No namespaces here: .* \(cannot make a user namespace: EPERM .*host-setup\.md/);
    await expectNoProcess();
  });

  claim("a program that ends at once hides nothing", async () => {
    await using state = openUserState();
    for (let round = 0; round < 20; round++) expect((await state.json(["run", "--", "/bin/true"])).result.enforced.memory).toBe("sampling");
  });

  claim("memory files are counted, and where a program hides them the result says so", async () => {
    await using state = openUserState();
    await boxWith(state, ["fill-memfd", "hide-and-fill-memfd"], { init: ["--fsize", "512"] });
    const run = async (program: string) =>
      (await state.json(["run", "--max-memory", "64", "--max-time", "10", "--", `./${program}`, "100", "0.5"], { through: through() })).result;
    expect(await run("fill-memfd")).toMatchObject({ status: "MemoryLimit", enforced: { memory: "sampling" } });
    expect(await run("hide-and-fill-memfd")).toMatchObject({ enforced: { memory: "sampling, memory files hidden" } });
  });

  claim("--explain tells the plan of such a run, --strict refuses it, and languages are found", async () => {
    await using state = openUserState();
    const explain = async (within: readonly string[]) => JSON.parse((await state.mini(["run", "--explain", "--", "/bin/true"], { through: within })).stdout).isolation;
    expect([await explain(through()), await explain([])]).toEqual(["none", "userns"]);
    const strict = await state.mini(["run", "--strict", "--", "/bin/echo", "ran"], { through: through() });
    expect([strict.exitCode, strict.stdout]).toEqual([5, ""]);
    const { stdout } = await state.mini(["languages", "list"], { through: through() });
    expect(stdout).toMatch(/^shell .* \d+\.\d+/m);
  });

  claim("execute compiles and runs", async () => {
    await using state = openUserState();
    const source = state.file("hello.c", '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n');
    const { result } = await state.json(["execute", "--source", source], { through: through(), timeoutMs: 30_000 });
    expect([result.error_message, result.stdout]).toEqual([null, "hello\n"]);
  }, { timeout: 40_000 });
});
