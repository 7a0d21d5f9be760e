// What a box holds after a run, and the limit on it.
import { describe, expect } from "bun:test";
import { mkdirSync, chmodSync, copyFileSync, existsSync, linkSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath, openState, plainPath, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, executable, sandbox } from "../helpers/requires.ts";
import { start } from "../helpers/running.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/fallocate"));
const asRoot = claimWith(...sandbox, executable("/usr/bin/fallocate"), commandsOfRoot);
const mebibyte = 1024 * 1024;
/** What other tests have goes away within this. */
const patienceMs = 20_000;

/** Space that is taken without being written to. */
const take = (...files: readonly (readonly [name: string, size: string])[]) => files.map(([name, size]) => `fallocate -l ${size} ${name}`).join(" && ");

async function sh(state: State, line: string, ...flags: readonly string[]) {
  return await state.json(["run", ...flags, "--", "/bin/sh", "-c", line]);
}

/** A language whose compiler is a line for the shell, which may write files of 2 GB. */
function packOf(state: State, compiler: string): string {
  return state.file("pack.yaml", [
    "version: 1", "id: big", "name: Big", "extensions: [.big]", "compile:", `  command: [/bin/sh, -c, ${JSON.stringify(compiler)}]`,
    "  artefacts: [prog]", "  limits: { file_size: 2048 }", "run:", "  command: [/bin/cat, prog]", "",
  ].join("\n"));
}

describe("a box without a quota", () => {
  claim("that holds more than its disk limit after the run is FileSizeLimit, however the program ended and however small each file is", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--disk-limit", "4", "--fsize", "2", "--processes", "4"] });
    const { result, exitCode } = await sh(state, take(["a", "2M"], ["b", "2M"], ["c", "1M"]));
    expect([result.status, result.success, result.exit_code, exitCode]).toEqual(["FileSizeLimit", false, 0, 1]);
    expect(result.error_message).toBe("the box holds 5 MB in 3 files, more than its disk limit of 4 MB: raise it with init --disk-limit");
    expect(result.disk_usage).toEqual({ bytes: 5 * mebibyte, files: 3 });
    expect((await sh(state, "exit 7")).result).toMatchObject({ status: "FileSizeLimit", exit_code: 7 });
    expect((await sh(state, "rm c; exit 7")).result).toMatchObject({ status: "RuntimeError", disk_usage: { bytes: 4 * mebibyte, files: 2 } });
    await expectNothingLeft(state, patienceMs);
  });

  asRoot("is measured with the caller's own files, and without what is removed after the run", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--disk-limit", "1", "--processes", "4"] });
    writeFileSync(join(directory, "callers"), Buffer.alloc(2 * mebibyte, 1));
    const { result } = await sh(state, "ln -s /usr link; python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('socket')\"");
    expect([result.status, result.disk_usage]).toEqual(["FileSizeLimit", { bytes: 2 * mebibyte, files: 1 }]);
    expect(readdirSync(directory)).toEqual(["callers"]);
  });

  asRoot("in a directory of the caller's is bounded only when that is asked for", async () => {
    await using state = openState();
    const directory = join(state.scratch, "own");
    mkdirSync(directory);
    for (const [flags, limit] of [[[], null], [["--disk-limit", "4"], 4 * mebibyte]] as const) {
      await state.mini(["init", "--force", "--dir", directory, "--processes", "4", ...flags]);
      const { result } = await state.json<{ config: { disk_limit: number | null } }>(["info"]);
      expect(result.config.disk_limit).toBe(limit);
    }
    expect((await sh(state, take(["a", "5M"]))).result).toMatchObject({ status: "FileSizeLimit", disk_usage: { bytes: 5 * mebibyte, files: 1 } });
  });

  claim("counts a file with many names once, and no holes", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--disk-limit", "4", "--fsize", "unlimited", "--processes", "4"] });
    const { result } = await sh(state, `${take(["a", "3M"])}; for i in 1 2 3 4 5; do ln a $i; done; truncate -s 1T hole; mkdir d; ln a d/6`);
    expect([result.status, result.disk_usage?.files]).toEqual(["Success", 3]);
    expect(result.disk_usage!.bytes - 3 * mebibyte).toBeLessThan(64 * 1024);
    linkSync(join(directory, "a"), join(directory, "7"));
    expect((await sh(state, "true")).result.disk_usage).toEqual(result.disk_usage);
  });

  claim("cannot hide what it holds behind more files than are looked at", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--disk-limit", "64", "--time", "60", "--processes", "4"] });
    // Names of a few files, which are made and removed sooner than as many files.
    const many = "import os\nfor d in range(4):\n  os.mkdir(str(d)); os.chdir(str(d)); open('f', 'w').close()\n  for i in range(50000): os.link('f', str(i))\n  os.chdir('..')";
    const { result, stderr } = await state.json(["run", "--", "/usr/bin/python3", "-c", many], { timeoutMs: 60_000 });
    expect([result.status, result.disk_usage, result.exit_code]).toEqual(["FileSizeLimit", null, 0]);
    expect(result.error_message).toBe("the box holds too many files to measure them against its disk limit of 64 MB");
    expect(stderr).toContain("its size is not known");
    expect((await state.mini(["cleanup", "--box-id", "0"], { timeoutMs: 30_000 })).exitCode).toBe(0);
  }, { timeout: 120_000 });

  claim("of the caller's own directory, without any limit, with more files than are looked at is FileSizeLimit: a link may be among them", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--dir", join(state.scratch, "own"), "--time", "60", "--processes", "4"] });
    const many = "import os\nfor d in range(4):\n  os.mkdir(str(d)); os.chdir(str(d)); open('f', 'w').close()\n  for i in range(50000): os.link('f', str(i))\n  os.symlink('/etc/passwd', 'l'); os.chdir('..')";
    const { result, stderr } = await state.json(["run", "--", "/usr/bin/python3", "-c", many], { timeoutMs: 60_000 });
    expect([result.status, result.disk_usage, result.exit_code]).toEqual(["FileSizeLimit", null, 0]);
    expect(result.error_message).toMatch(/^the box holds more than [0-9]+ files, too many to look at them all after a run$/);
    expect(stderr).toContain("it may hold links and special files that the program left");
    expect((await state.mini(["cleanup", "--box-id", "0"], { timeoutMs: 30_000 })).exitCode).toBe(0);
  }, { timeout: 120_000 });

  claim("without a limit is measured and never over it", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--disk-limit", "unlimited", "--fsize", "unlimited", "--processes", "4"] });
    const { result } = await sh(state, take(["a", "1200M"]));
    expect([result.status, result.disk_usage?.files]).toEqual(["Success", 1]);
    // A file system may need a block to know where the others are.
    expect(result.disk_usage!.bytes / mebibyte).toBeCloseTo(1200, 0);
  });

  claim("has the default limit of 1024 MB when it is a temporary one, and the one of --disk-limit", async () => {
    await using state = openState();
    const { result } = await sh(state, take(["a", "1100M"]), "--fsize", "unlimited", "--processes", "4");
    expect([result.status, result.error_message]).toEqual(["FileSizeLimit", "the box holds 1100 MB in 1 file, more than its disk limit of 1024 MB: raise it with --disk-limit"]);
    expect((await sh(state, take(["a", "1100M"]), "--fsize", "unlimited", "--processes", "4", "--disk-limit", "2000")).result.status).toBe("Success");
    await expectNothingLeft(state, patienceMs);
  });

  claim("has the more severe verdict when there are two", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--disk-limit", "1", "--processes", "4"] });
    const { result } = await sh(state, `${take(["a", "2M"])}; sleep 9`, "--max-time", "0.3");
    expect([result.status, result.disk_usage]).toEqual(["TimeLimit", { bytes: 2 * mebibyte, files: 1 }]);
  });

  claim("shows what it holds in the text form when asked to", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "4"] });
    const { stdout } = await state.mini(["run", "--verbose", "--", "/bin/sh", "-c", take(["a", "2M"])]);
    expect(stdout).toContain("\nDisk usage: 2048 KB in 1 file\n");
  });
});

describe("a compiler", () => {
  claim("that leaves more than 1024 MB is a CompileError, and what it left is gone", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--processes", "4"] });
    const { result } = await state.json(["execute", "--box-id", "0", "--pack", packOf(state, take(["prog", "600M"], ["more", "600M"])), "--source", state.file("a.big", "x")]);
    expect([result.status, result.compile?.status, result.compile?.exit_code]).toEqual(["CompileError", "FileSizeLimit", 0]);
    expect(result.error_message).toBe("the box holds 1200 MB in 3 files, more than its disk limit of 1024 MB: raise it with init --disk-limit");
    expect(existsSync(join(state.directory, "0/compile"))).toBeFalse();
  });

  claim("may hold more than the box of its program, and the results do not count before they are there", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--disk-limit", "1", "--processes", "4"] });
    const pack = packOf(state, `${take(["waste", "20M"])}; echo fine >prog`);
    const { result } = await state.json(["execute", "--box-id", "0", "--pack", pack, "--source", state.file("a.big", "x")]);
    expect([result.status, result.stdout, result.disk_usage?.files, result.compile?.disk_usage?.files]).toEqual(["Success", "fine\n", 1, 3]);
  });
});

describe("an ordinary user without namespaces", () => {
  const uid = 12_345;

  for (const [where, line, files] of [["the working directory", "chmod 0 .", 0], ["a directory", "mkdir a; chmod 0 a", 1], ["a directory that still can be listed", "mkdir a; : >a/b; chmod 0400 a", 2]] as const) {
    claim(`has a verdict and a disk usage although the program closed ${where}`, async () => {
      await using state = openState({ uid });
      const [binary, refuse] = [[binaryPath, "mini-isolate"], [await program("callers/no-user-namespaces"), "refuse"]].map(([path, name]) => {
        const reachable = join(state.scratch, name!);
        copyFileSync(path!, reachable);
        chmodSync(reachable, 0o755);
        return reachable;
      });
      const bare = ["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups", refuse!];
      const env = { PATH: plainPath, MINI_ISOLATE_STATE_DIR: state.directory };
      const run = async (command: string) => {
        const outcome = await start([...bare, binary!, "run", "--json", "--processes", "200", "--", "/bin/sh", "-c", command], { env }).ended;
        return { ...outcome, result: JSON.parse(outcome.stdout) };
      };
      const open = await run("echo x >file");
      expect([open.result.status, open.result.enforced.filesystem, open.result.disk_usage]).toEqual(["Success", expect.stringMatching(/^(none|landlock)$/), { bytes: 4096, files: 1 }]);
      const { result, stderr } = await run(line);
      expect([result.status, result.exit_code, result.disk_usage?.files]).toEqual(["Success", 0, files]);
      expect(stderr).not.toContain("its size is not known");
    });
  }
});
