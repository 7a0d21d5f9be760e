// An ordinary user with subordinate ids: programs that are another user than the caller, and files that are the caller's all the same.
import { afterAll, beforeAll, describe, expect } from "bun:test";
import { chmodSync, chownSync, copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stracePath } from "../escape/strace.ts";
import { binaryPath, openState, type State } from "../helpers/binary.ts";
import { processesOf } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, root } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

/** Nobody else's, also while another copy of these tests runs on the same machine. */
const uid = 1_200_000 + process.pid;
const first = 1_400_000_000 + (process.pid % 100_000) * 1000;
const count = 1000;
const ofRange = new Set(Array.from({ length: count }, (_, index) => first + index));
const traceable = executable(stracePath);
const claim = claimWith(root, ...["/usr/bin/newuidmap", "/usr/bin/newgidmap", "/usr/bin/setpriv", "/usr/bin/unshare", "/usr/bin/gcc"].map(executable));

// The checkout may lie where other users cannot reach it.
let directory = "";
let binary = "";
beforeAll(() => {
  directory = makeTestDirectory("subordinates");
  chmodSync(directory, 0o755);
  binary = join(directory, "mini-isolate");
  copyFileSync(binaryPath, binary);
  chmodSync(binary, 0o755);
  writeFileSync(join(directory, "passwd"), `${readFileSync("/etc/passwd", "utf8")}mini-tester:x:${uid}:${uid}::/:/bin/sh\n`);
  writeFileSync(join(directory, "subuid"), `other:100000:65536\nmini-tester:${first}:${count}\n`);
  writeFileSync(join(directory, "none"), "other:100000:65536\n");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The host's own /etc is left alone: in a mount namespace these files lie over it. */
function within(...over: readonly (readonly [source: string, target: string])[]): readonly string[] {
  const files = [["passwd", "/etc/passwd"], ["subuid", "/etc/subuid"], ["subuid", "/etc/subgid"], ...over] as const;
  const mounts = files.map(([source, target]) => `mount --bind ${source.startsWith("/") ? source : join(directory, source)} ${target}`);
  return ["/usr/bin/unshare", "--mount", "/bin/sh", "-ec", `${mounts.join("; ")}; exec "$@"`, "sh"];
}

const openUserState = (...over: readonly (readonly [source: string, target: string])[]): State => openState({ uid, binary, within: within(...over) });

async function expectNoProcess(): Promise<void> {
  await until("no process of the user is left", () => processesOf(new Set([uid, ...ofRange])).length === 0, 5000);
}

function expectCallersOnly(path: string): void {
  expect([lstatSync(path).uid, lstatSync(path).gid]).toEqual([uid, uid]);
  for (const name of readdirSync(path)) {
    const entry = join(path, name);
    if (lstatSync(entry).isDirectory()) expectCallersOnly(entry);
    else expect([entry, lstatSync(entry).uid, lstatSync(entry).gid]).toEqual([entry, uid, uid]);
  }
}

/** Who of the range has a process now. */
function usersOfRange(): number[] {
  const uids = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0);
  return uids.filter((id) => ofRange.has(id));
}

describe("a program of a user with subordinate ids", () => {
  claim("is another user than the caller, inside and outside", async () => {
    await using state = openUserState();
    const running = state.start(["run", "--processes", "2", "--json", "--", "/bin/sh", "-c", "cat /proc/self/status /etc/passwd; sleep 0.7"]);
    let outside = 0;
    await until("a process of the range is there", () => (outside = usersOfRange()[0] ?? 0) !== 0, 10_000);
    const result = JSON.parse((await running.ended).stdout);
    const inside = outside - first + 1;
    expect(result.enforced.user).toBe(outside);
    expect(result.stdout).toMatch(new RegExp(`^Uid:\t${Array(4).fill(inside).join("\t")}$`, "m"));
    expect(result.stdout).toMatch(new RegExp(`^Gid:\t${Array(4).fill(inside).join("\t")}$`, "m"));
    expect(result.stdout).toMatch(/^Groups:\t *$/m);
    expect(result.stdout).toMatch(/^CapEff:\t0{16}$/m);
    expect(result.stdout).toContain(`box:x:${inside}:${inside}:box:/box:/bin/sh\n`);
    await expectNoProcess();
  });

  claim("leaves files that are the caller's, and a later run can change them", async () => {
    await using state = openUserState();
    const box = await boxWith(state, [], { init: ["--processes", "4"] });
    const sh = async (line: string) => (await state.json(["run", "--", "/bin/sh", "-c", line])).result;
    expect((await sh("echo one > f; mkdir -p d/e; mkdir -m 0 closed; ln -s /etc/passwd link; ln f second; chmod 0 .")).error_message).toBe(null);
    expect(lstatSync(join(box.directory, "closed")).mode & 0o777).toBe(0);
    expectCallersOnly(box.directory);
    expect(statSync("/etc/passwd").uid).toBe(0);
    const again = await sh("chmod 700 closed; echo two >> f; echo x > closed/x; echo y > d/e/y; cat second; chmod 0 closed");
    expect([again.stderr, again.stdout, again.disk_usage!.files]).toEqual(["", "one\ntwo\n", 7]);
    expectCallersOnly(box.directory);
    expect((await state.mini(["cleanup", "--box-id", "0"])).stderr).toBe("");
  });

  claim("gets no file that has another name outside of the box, and no link is followed when files are given back", async () => {
    await using state = openUserState();
    const box = await boxWith(state, [], { init: ["--processes", "4"] });
    const precious = state.file("precious", "mine\n");
    const target = state.file("target", "mine too\n");
    linkSync(precious, join(box.directory, "linked"));
    chownSync(precious, uid, 12);
    const line = `stat -c %u linked; echo x >> linked; rm linked; ln -s ${target} t; ln -s ${state.scratch} s; mkdir d; mv s d`;
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", line]);
    expect([result.stdout, result.stderr]).toEqual(["0\n", expect.stringContaining("Permission denied")]);
    expect([statSync(precious).uid, statSync(precious).gid, readFileSync(precious, "utf8"), statSync(target).uid]).toEqual([uid, 12, "mine\n", uid]);
    expectCallersOnly(join(box.directory, "d"));
  });

  claim("leaves files in a directory of the caller's as they are", async () => {
    await using state = openUserState();
    const own = join(state.scratch, "work");
    mkdirSync(own);
    chownSync(own, uid, uid);
    writeFileSync(join(own, "kept"), "mine\n");
    chownSync(join(own, "kept"), uid, uid);
    await state.mini(["init", "--dir", own, "--processes", "2"]);
    const { result } = await state.json(["run", "--", "/bin/sh", "-c", "echo x > made; stat -c %u kept; echo no > kept"]);
    expect([result.stdout, readFileSync(join(own, "kept"), "utf8")]).toEqual(["0\n", "mine\n"]);
    expectCallersOnly(own);
    expect((await state.mini(["cleanup", "--all"])).stderr).toBe("");
    expect(readFileSync(join(own, "made"), "utf8")).toBe("x\n");
  });

  for (const processes of [1, 2, 10]) {
    claim(`has processes counted exactly: of ${processes} there are ${processes}`, async () => {
      await using state = openUserState();
      await boxWith(state, ["fork-children"], { init: ["--processes", String(processes)] });
      const children = async (number: number) => (await state.json(["run", "--", "./fork-children", String(number)])).result;
      expect([(await children(processes - 1)).status, (await children(processes)).stdout]).toEqual(["Success", `started\nrefused after ${processes - 1}: EAGAIN\n`]);
      await expectNoProcess();
    });
  }

  claim("hides no memory files from the supervisor", async () => {
    await using state = openUserState();
    await boxWith(state, ["fill-memfd", "hide-and-fill-memfd"], { init: ["--fsize", "512"] });
    for (const program of ["fill-memfd", "hide-and-fill-memfd"]) {
      const { result } = await state.json(["run", "--max-memory", "64", "--max-time", "10", "--", `./${program}`, "100", "0.5"]);
      expect([result.status, result.enforced.memory]).toEqual(["MemoryLimit", "sampling"]);
    }
  });

  claim("may be compiled, reads its input, and is found in the cache", async () => {
    await using state = openUserState();
    const source = state.file("hello.c", '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n + 1); return 0; }\n');
    const input = state.file("input", "41\n", 0o600);
    for (const cached of [false, true]) {
      const { result } = await state.json(["execute", "--source", source, "--input", input], { timeoutMs: 40_000 });
      expect([result.error_message, result.stdout, result.compile?.cached, ofRange.has(result.enforced.user)]).toEqual([null, "42\n", cached, true]);
    }
  }, { timeout: 60_000 });

  claim("gets signals with --passthrough", async () => {
    await using state = openUserState();
    await boxWith(state, ["catch-term"], { init: ["--processes", "2"] });
    const running = state.start(["run", "--passthrough", "--", "./catch-term"]);
    await running.prints("ready");
    running.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ exitCode: 5, stdout: "ready\nTERM\n" });
  });
});

describe("a supervisor that is killed", () => {
  const line = "mkdir -m 0 closed; echo x > f; echo up; exec sleep 60";

  claim("leaves files that the next run has, at whatever moment", async () => {
    await using state = openUserState();
    const box = await boxWith(state, [], { init: ["--processes", "4"] });
    for (let round = 0; round < 12; round++) {
      const running = state.start(["run", "--passthrough", "--", "/bin/sh", "-c", line]);
      if (round >= 9) await running.prints("up");
      else await Bun.sleep(15 + round * 6);
      running.kill("SIGKILL");
      await running.ended;
      await expectNoProcess();
    }
    expect((await state.json(["run", "--", "/bin/cat", "f"])).result.stdout).toBe("x\n");
    expectCallersOnly(box.directory);
  }, { timeout: 60_000 });

  for (const how of [["cleanup", "--box-id", "0"], ["cleanup", "--all"], ["init", "--force", "--box-id", "0"]]) {
    claim(`leaves files that \`${how.join(" ")}\` removes`, async () => {
      await using state = openUserState();
      const box = await boxWith(state, [], { init: ["--processes", "4"] });
      const running = state.start(["run", "--passthrough", "--", "/bin/sh", "-c", line]);
      await running.prints("up");
      running.kill("SIGKILL");
      await running.ended;
      await expectNoProcess();
      expect(ofRange.has(lstatSync(box.directory).uid)).toBe(true);
      expect(await state.mini(how)).toMatchObject({ exitCode: 0, stderr: "" });
      expect(lstatSync(join(box.directory, "f"), { throwIfNoEntry: false })).toBe(undefined);
    });
  }

  claim("leaves a temporary box that goes with `cleanup --all`", async () => {
    await using state = openUserState();
    const running = state.start(["run", "--processes", "3", "--passthrough", "--", "/bin/sh", "-c", line]);
    await running.prints("up");
    running.kill("SIGKILL");
    await running.ended;
    expect((await state.mini(["cleanup", "--all"])).stderr).toBe("");
    expect(readdirSync(state.directory).filter((name) => name.startsWith("tmp-"))).toEqual([]);
  });
});

describe("the caller's own uid", () => {
  const user = async (state: State, ...flags: readonly string[]) => {
    const { result, stderr } = await state.json(["run", ...flags, "--", "/bin/true"]);
    return [result.status, result.enforced.user, stderr];
  };

  claim("is what a program has whose user has no range", async () => {
    await using state = openUserState(["none", "/etc/subuid"]);
    expect(await user(state)).toEqual(["Success", uid, ""]);
  });

  for (const program of ["/usr/bin/newuidmap", "/usr/bin/newgidmap"]) {
    claim(`is what a program has where ${program} fails, and --verbose says so`, async () => {
      await using state = openUserState(["/bin/false", program]);
      const { result, stderr } = await state.json(["run", "--verbose", "--", "/bin/true"]);
      expect([result.status, result.enforced.user]).toEqual(["Success", uid]);
      expect(stderr).toContain("refuses to use subordinate ids");
      await expectNoProcess();
    });
  }

  claimWith(traceable, root, executable("/usr/bin/newuidmap"), executable("/usr/bin/setpriv"))("is what a program has where the namespace with the ids cannot be opened (AppArmor), and nothing else is missing", async () => {
    // In a pid namespace of its own, so that the process that makes the namespace has a small number.
    const paths = Array.from({ length: 200 }, (_, pid) => ["-P", `/proc/${pid + 2}/ns/user`]).flat();
    const refused = [stracePath, "-f", "-qq", "-o", "/dev/null", ...paths, "-e", "trace=openat", "-e", "inject=openat:error=EACCES"];
    await using state = openState({ uid, binary, within: [...within(), "/usr/bin/unshare", "--pid", "--fork", "--mount-proc", ...refused] });
    const { result, stderr } = await state.json(["run", "--verbose", "--", "/bin/true"]);
    expect([result.status, result.enforced.user, result.enforced.filesystem]).toEqual(["Success", uid, "pivot_root"]);
    expect(stderr).toContain("refuses to use subordinate ids (EACCES");
  });

  claim("is kept where the caller mounts what only the caller can use", async () => {
    await using state = openUserState();
    const own = join(state.scratch, "own");
    mkdirSync(own, { mode: 0o755 });
    chownSync(own, uid, uid);
    expect(ofRange.has((await user(state, "--mount", `own=${own}`))[1] as number)).toBe(true);
    expect((await user(state, "--mount", `own=${own}:rw`))[1]).toBe(uid);
    chmodSync(own, 0o700);
    expect((await user(state, "--mount", `own=${own}`))[1]).toBe(uid);
  });
});
