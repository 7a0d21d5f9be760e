// What the host has to do with a program that ran: when its verdict stands, and when it says nothing about the program.
import { describe, expect } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { after, asUser, places, tmpfs } from "../helpers/prepared-host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import type { Outcome } from "../helpers/running.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"));
const timeout = { timeout: 60_000 };
/** Groups of other tests go away within this. */
const patienceMs = 20_000;

describe("the directory of a box that is removed while something runs in it", () => {
  /** Ends as soon as its file is gone. */
  const waits = (code: number) => `: >here; while [ -e here ]; do :; done; exit ${code}`;

  async function removedMeanwhile(state: State, args: readonly string[], file: string): Promise<Outcome> {
    const running = state.start(args, { timeoutMs: 30_000 });
    const here = () => [...new Bun.Glob(`state/*/${file}`).scanSync({ cwd: dirname(state.directory) })][0];
    await until("it runs", () => here() !== undefined, 20_000);
    Bun.spawnSync(["rm", "-rf", join(dirname(state.directory), dirname(dirname(here()!)))]);
    return await running.ended;
  }

  claim("makes a failed program an InternalError, and leaves a program that succeeded as it is", async () => {
    await using state = openState();
    for (const [code, status, exitCode] of [[3, "InternalError", 5], [0, "Success", 0]] as const) {
      const outcome = await removedMeanwhile(state, ["run", "--json", "--", "/bin/sh", "-c", waits(code)], "box/here");
      const { status: found, error_message } = JSON.parse(outcome.stdout) as { status: string; error_message: string | null };
      expect([outcome.exitCode, found]).toEqual([exitCode, status]);
      if (code !== 0) expect(error_message).toMatch(/^the directory of the box, .*, was removed on the host while the program ran$/);
    }
    await expectNothingLeft(state, patienceMs);
  }, timeout);

  claim("makes a failed compiler an InternalError", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", `version: 1\nlanguages:\n  - { id: slow, name: Slow, extensions: [.slow], compile: { command: "/bin/sh -c '${waits(1)}'", artefacts: [a] }, run: { command: ./a } }\n`);
    const outcome = await removedMeanwhile(state, ["execute", "--json", "--no-cache", "--pack", pack, "--source", state.file("x.slow", "")], "compile/here");
    expect([outcome.exitCode, (JSON.parse(outcome.stdout) as { status: string }).status]).toEqual([5, "InternalError"]);
    await expectNothingLeft(state, patienceMs);
  }, timeout);
});

describe("a verdict stands:", () => {
  claim("a program on a mount that the caller asked to be noexec is not executed, which is its own 127", async () => {
    await using state = openState();
    const { result, exitCode } = await state.json(["run", "--mount", `x=${join(await program("exit-with"), "..")}:noexec`, "--", `/x/${(await program("exit-with")).split("/").at(-1)}`, "0"]);
    expect([exitCode, result.status, result.exit_code]).toEqual([1, "RuntimeError", 127]);
  });

  claim("a program whose file is not executable", async () => {
    await using state = openState();
    state.file("plain", "x", 0o644);
    const { result } = await state.json(["run", "--mount", `x=${state.scratch}`, "--", "/x/plain"]);
    expect([result.status, result.exit_code]).toEqual(["RuntimeError", 127]);
  });

  claim("a damaged program, which the kernel cannot read to its end", async () => {
    await using state = openState();
    const elf = readFileSync(await program("exit-with"));
    // The first header asks for a loader whose name would lie far behind the end of the file: execve answers EIO.
    elf.writeUInt32LE(3, Number(elf.readBigUInt64LE(32)));
    elf.writeBigUInt64LE(2n ** 32n, Number(elf.readBigUInt64LE(32)) + 8);
    elf.writeBigUInt64LE(16n, Number(elf.readBigUInt64LE(32)) + 32);
    state.file("cut", elf, 0o755);
    Bun.spawnSync(["chmod", "a+x", state.scratch]);
    const { result } = await state.json(["run", "--mount", `x=${state.scratch}`, "--", "/x/cut"]);
    expect([result.status, result.exit_code, result.error_message]).toEqual(["RuntimeError", 127, expect.stringContaining("EIO")]);
  });

  claim("a box of root on a noexec file system runs what it compiled", async () => {
    await using state = openState();
    const { place } = places(state);
    const c = state.file("a.c", "int main(void) { return 0; }\n");
    for (const strict of [[], ["--strict"]]) {
      const { result } = await state.json(["execute", "--no-cache", ...strict, "--state-dir", join(place, "state"), "--source", c], { through: after(tmpfs("noexec")), env: { PLACE: place } });
      expect(result.status).toBe("Success");
    }
  }, timeout);

  claim("a program that fills its own disk limit, and one that fills its quota", async () => {
    await using state = openState();
    const fill = ["--", "/usr/bin/dd", "if=/dev/zero", "of=x", "bs=64k", "count=64"];
    const limited = await state.json(["run", "--disk-limit", "1", ...fill]);
    expect([limited.exitCode, limited.result.status]).toEqual([1, "FileSizeLimit"]);
    await boxWith(state, [], { init: ["--quota", "1"] });
    const filled = await state.json(["run", "--box-id", "0", ...fill]);
    expect([filled.exitCode, filled.result.status]).toEqual([1, "RuntimeError"]);
  });

  claim("a compiler that reaches its file size limit, on a disk with room", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nlanguages:\n  - { id: big, name: Big, extensions: [.big], compile: { command: /usr/bin/dd if=/dev/zero of=a bs=64k count=64, artefacts: [a], limits: { file_size: 1 } }, run: { command: ./a } }\n");
    const { result, exitCode } = await state.json(["execute", "--no-cache", "--pack", pack, "--source", state.file("x.big", "")]);
    expect([exitCode, result.status]).toEqual([6, "CompileError"]);
  });

  claim("a source that only says that there is no room", async () => {
    await using state = openState();
    const { result, exitCode } = await state.json(["execute", "--no-cache", "--source", state.file("a.c", "#error No space left on device\n")]);
    expect([exitCode, result.status]).toEqual([6, "CompileError"]);
  });

  claim("a program that executes something in its directory, where an ordinary user can execute nothing, with a warning that says so", async () => {
    await using state = openState();
    const { place } = places(state);
    const args = ["run", "--state-dir", join(place, "state"), "--processes", "3", "--", "/bin/sh", "-c", "cp /bin/true a; ./a"];
    const outcome = await state.mini(args, { through: after(tmpfs("noexec"), ...asUser), env: { PLACE: place } });
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/^mini-isolate: warning: nothing in .* can be executed, as its file system is mounted noexec: the program may have failed because of that$/m);
  });

  claim("a program that fails on a full disk, with a warning that says so", async () => {
    await using state = openState();
    const { place } = places(state);
    // It has its own record and box by then; the rest is filled by the program itself.
    const args = ["run", "--state-dir", join(place, "state"), "--", "/bin/sh", "-c", "exec /usr/bin/dd if=/dev/zero of=x bs=4k"];
    const outcome = await state.mini(args, { through: after(tmpfs("size=2m")), env: { PLACE: place } });
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/^mini-isolate: warning: the file system of .* is full: the program may have failed because of that$/m);
  });
});

describe("a control group above that is full", () => {
  const groups = "/sys/fs/cgroup/pids";
  const counted = claimWith(...sandbox, { missing: readable(`${groups}/tasks`) ? null : "cgroup v1 with pids" });

  counted("and has no room for mini-isolate itself is not there, with a hint", async () => {
    await using state = openState();
    const group = join(groups, `fault-own-${process.pid}`);
    Bun.spawnSync(["mkdir", group]);
    try {
      // Where there is room for one more, a run has what it needs: itself, threads of its runtime, init and the program.
      for (const most of [3, 4]) {
        writeFileSync(join(group, "pids.max"), String(most));
        const outcome = await state.mini(["run", "--silent", "--", "/bin/true"], { through: after(`echo 0 >${group}/cgroup.procs`) });
        expect([outcome.exitCode, outcome.stdout]).toEqual([69, ""]);
        expect(outcome.stderr).toMatch(/^mini-isolate: cannot start: the host allows no more processes\nhint: .*pids\.max/);
      }
    } finally {
      Bun.spawnSync(["rmdir", group]);
    }
    await expectNothingLeft(state, patienceMs);
  });

  counted("is no verdict about a program whose forks it refused", async () => {
    await using state = openState();
    const group = join(groups, `fault-${process.pid}`);
    Bun.spawnSync(["mkdir", group]);
    try {
      const hasPeak = readable(join(group, "pids.peak"));
      writeFileSync(join(group, "pids.max"), "40");
      const script = `echo 0 >${group}/cgroup.procs`;
      const forks = "i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done; wait; exit 1";
      const { result, exitCode } = await state.json(["run", "--processes", "200", "--", "/bin/sh", "-c", forks], { through: after(script) });
      if (hasPeak) expect([exitCode, result.status, result.error_message]).toEqual([5, "InternalError", expect.stringContaining("a control group above the box allows no more processes")]);
      else expect(result.status).toBe("ProcessLimit");
    } finally {
      Bun.spawnSync(["rmdir", group]);
    }
    expect(readdirSync(groups)).not.toContain(`fault-${process.pid}`);
    await expectNothingLeft(state, patienceMs);
  });
});

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
