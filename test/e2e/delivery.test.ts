// A result that is there is delivered, whatever fails afterwards: a full disk, a control group that does not go, a file that cannot be written.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionResult } from "../../src/model/result.ts";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox);
const timeout = { timeout: 60_000 };

/** A file system in memory, mounted on a directory that is made for it; `using` takes it away. */
function smallDisk(directory: string, options: string): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `mode=700,${options}`, "tmpfs", directory]);
  if (mounted.exitCode !== 0) throw new Error(mounted.stderr.toString());
  return {
    [Symbol.dispose]: () => {
      const gone = Bun.spawnSync(["umount", directory]);
      if (gone.exitCode !== 0) throw new Error(gone.stderr.toString());
    },
  };
}

/** Writes until there is no room. */
function fill(path: string): void {
  const piece = new Uint8Array(4096);
  try {
    for (;;) writeFileSync(path, piece, { flag: "a" });
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  }
}

const reserveOf = (state: State) => (existsSync(join(state.directory, ".reserve")) ? readdirSync(join(state.directory, ".reserve")).length : 0);
const fillsBox = ["/bin/sh", "-c", "head -c 60000000 /dev/zero >fill; echo filled; exit 3"];
const fillsInodes = ["/bin/bash", "-c", "i=0; while : >f$i; do i=$((i + 1)); done 2>/dev/null; echo filled; exit 3"];
const stack = /internal error|\n +at /;
const emptyAgain = async (state: State) => {
  expect(await state.mini(["cleanup", "--all"])).toMatchObject({ exitCode: 0, stderr: "" });
  expect(readdirSync(state.directory).filter((name) => !name.startsWith(".")).toSorted()).toEqual(["instances.json", "instances.lock", "locks", "uids"]);
  expect(reserveOf(state)).toBe(8);
  await expectNothingLeftMounted(state);
};
/** The state directory itself is a mount here. */
const expectNothingLeftMounted = (state: State) => expectNothingLeft({ ...state, directory: join(state.directory, "none") });

describe.each([
  ["a program that fills the disk of the state directory", "size=6m", fillsBox],
  ["a program that uses up its inodes", "size=6m,nr_inodes=80", fillsInodes],
] as const)("%s", (_, options, fills) => {
  claim("gets its own verdict, and the time of the last use is written down", async () => {
    await using state = openState();
    using disk = smallDisk(state.directory, options);
    void disk;
    await boxWith(state, [], { init: ["--processes", "8", "--time", "20"] });
    expect(reserveOf(state)).toBe(8);
    const { result, exitCode, stderr } = await state.json(["run", "--box-id", "0", "--", ...fills]);
    expect([result.status, result.stdout, result.exit_code, exitCode]).toEqual(["RuntimeError", "filled\n", 3, 1]);
    // The time needs no block of the disk, and its file shares an inode with the list of groups.
    expect(stderr).not.toContain("the last use");
    expect(stderr).not.toMatch(stack);
    // Nothing was given up for what nobody needs.
    expect(reserveOf(state)).toBe(8);
    await emptyAgain(state);
  }, timeout);

  claim("keeps no other box from running, being made or being removed, nor a run without a box", async () => {
    await using state = openState();
    using disk = smallDisk(state.directory, options);
    void disk;
    await boxWith(state, [], { init: ["--processes", "8", "--time", "20"] });
    await boxWith(state, [], { id: "other" });
    await state.json(["run", "--box-id", "0", "--", ...fills]);
    const other = await state.json(["run", "--box-id", "other", "--", "/bin/echo", "x"]);
    expect([other.result.status, other.result.stdout, other.exitCode]).toEqual(["Success", "x\n", 0]);
    expect(await state.mini(["init", "--box-id", "new"])).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await state.json(["run", "--box-id", "new", "--", "/bin/echo", "y"])).result.stdout).toBe("y\n");
    expect(await state.mini(["cleanup", "--box-id", "other"])).toMatchObject({ exitCode: 0, stderr: "" });
    await emptyAgain(state);
  }, timeout);

  claim("is removed on the full disk, and the reserve is there again", async () => {
    await using state = openState();
    using disk = smallDisk(state.directory, options);
    void disk;
    await boxWith(state, [], { init: ["--processes", "8", "--time", "20"] });
    await state.json(["run", "--box-id", "0", "--", ...fills]);
    rmSync(join(state.directory, ".reserve"), { recursive: true });
    fill(join(state.directory, "0/box/rest"));
    expect(await state.mini(["cleanup", "--box-id", "0"])).toMatchObject({ exitCode: 0, stderr: "" });
    await emptyAgain(state);
  }, timeout);
});

describe("on a disk that is full, the reserve used up", () => {
  claim("each command that cannot go on says what could not be written and what to do, without a stack", async () => {
    await using state = openState();
    using disk = smallDisk(state.directory, "size=6m");
    void disk;
    for (const id of ["0", "full"]) await boxWith(state, [], { id });
    rmSync(join(state.directory, ".reserve"), { recursive: true });
    fill(join(state.directory, "full/box/fill"));
    const source = state.file("x.sh", `#!/bin/sh\n${"# long\n".repeat(2000)}echo x\n`, 0o755);
    for (const [args, says] of [
      [["run", "--box-id", "0", "--", "/bin/true"], /^mini-isolate: cannot write down the control groups of the run in .*\/0\/cgroups: ENOSPC/],
      [["execute", "--box-id", "0", "--source", source], /^mini-isolate: cannot write the source into the box: ENOSPC/],
      [["init", "--box-id", "new"], /^mini-isolate: cannot .*: ENOSPC/],
    ] as const) {
      const { exitCode, stdout, stderr } = await state.mini([...args]);
      expect([args[0], exitCode, stdout]).toEqual([args[0], 5, ""]);
      expect(stderr).toMatch(says);
      expect(stderr).toMatch(/\nhint: the disk is full: .*mini-isolate cleanup/);
      expect(stderr).not.toMatch(stack);
    }
    expect(JSON.parse((await state.mini(["list", "--json"])).stdout)).toHaveLength(2);
    await emptyAgain(state);
  }, timeout);
});

/** A run that goes on until the test lets it end; told where its control groups are. */
async function runWith(state: State, args: readonly string[], home: () => string, meanwhile: (groups: readonly string[]) => void) {
  const running = state.start(["run", "--json", ...args, "--", "/bin/sh", "-c", "echo up >up; until [ -e go ]; do sleep 0.02; done; echo done; exit 7"]);
  await until("the program runs", () => existsSync(join(home(), "box/up")));
  meanwhile(readFileSync(join(home(), "cgroups"), "utf8").trim().split("\n"));
  writeFileSync(join(home(), "box/go"), "");
  return await running.ended;
}

/** Puts a process of the test into one of the groups; it is not the run's to kill. */
function sitIn(groups: readonly string[]): Bun.Subprocess {
  const sitter = Bun.spawn(["/bin/sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] });
  writeFileSync(join(groups.find((path) => path.includes("pids"))!, "cgroup.procs"), String(sitter.pid));
  return sitter;
}

describe("a control group that cannot be removed", () => {
  claim("is a warning beside the result, and the next run removes it", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "4"] });
    let groups: readonly string[] = [];
    let sitter: Bun.Subprocess | null = null;
    const { stdout, stderr, exitCode } = await runWith(state, ["--box-id", "0"], () => join(state.directory, "0"), (seen) => {
      groups = seen;
      sitter = sitIn(seen);
    });
    const result = JSON.parse(stdout) as ExecutionResult;
    expect([result.status, result.exit_code, result.stdout, exitCode]).toEqual(["RuntimeError", 7, "done\n", 1]);
    expect(stderr).toMatch(/^mini-isolate: warning: cannot remove cgroup \S*pids\S*: EBUSY .*the next run in the box, or its cleanup, tries again$/m);
    expect(sitter!.killed).toBeFalse();
    expect(groups.filter((path) => existsSync(path))).toHaveLength(1);
    expect((await state.json(["run", "--", "/bin/echo", "x"])).result.stdout).toBe("x\n");
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
    await sitter!.exited;
    await expectNothingLeft(state);
  }, timeout);

  claim("of a temporary box goes with the box", async () => {
    await using state = openState();
    let groups: readonly string[] = [];
    let sitter: Bun.Subprocess | null = null;
    const home = () => join(state.directory, (existsSync(state.directory) ? readdirSync(state.directory) : []).find((name) => name.startsWith("tmp-")) ?? "none");
    const { stdout, exitCode } = await runWith(state, ["--processes", "4"], home, (seen) => {
      groups = seen;
      sitter = sitIn(seen);
    });
    expect([(JSON.parse(stdout) as ExecutionResult).status, exitCode]).toEqual(["RuntimeError", 1]);
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
    expect(home()).toEndWith("/none");
    await sitter!.exited;
    await expectNothingLeft(state);
  }, timeout);
});

describe("a file for the result that cannot be written", () => {
  claim("--meta on a full disk: the document is on standard output, the exit code is the verdict's, and no old file is left to be taken for it", async () => {
    await using state = openState();
    const place = join(state.scratch, "small");
    using disk = smallDisk(place, "size=64k");
    void disk;
    writeFileSync(join(place, "meta"), "status:TO\n");
    fill(join(place, "fill"));
    for (const [code, status, exit] of [["3", "RuntimeError", 1], ["0", "Success", 0]] as const) {
      const { stdout, stderr, exitCode } = await state.mini(["run", "--json", "--meta", join(place, "meta"), "--", "/bin/sh", "-c", `exit ${code}`]);
      expect([(JSON.parse(stdout) as ExecutionResult).status, exitCode]).toEqual([status, exit]);
      expect(stderr).toMatch(/^mini-isolate: warning: cannot write --meta \S+: ENOSPC/m);
      expect(readdirSync(place)).toEqual(["fill"]);
      fill(join(place, "fill"));
    }
  }, timeout);

  claim("--output on a full disk, with nothing on standard output: the document is on standard error", async () => {
    await using state = openState();
    const place = join(state.scratch, "small");
    using disk = smallDisk(place, "size=64k");
    void disk;
    fill(join(place, "fill"));
    const { stdout, stderr, exitCode } = await state.mini(["run", "--silent", "--output", join(place, "out"), "--", "/bin/sh", "-c", "echo x; exit 3"]);
    expect([stdout, exitCode]).toEqual(["", 1]);
    const [warning = "", document = ""] = stderr.split("\n");
    expect(warning).toMatch(/^mini-isolate: warning: cannot write --output \S+: ENOSPC/);
    expect(JSON.parse(document)).toMatchObject({ status: "RuntimeError", exit_code: 3, stdout: "x\n" });
  }, timeout);
});
