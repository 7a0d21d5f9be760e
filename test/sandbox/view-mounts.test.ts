// What flags change about the program's view: mount rules, another root, working directory, streams as files.
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { boxWith, program } from "../helpers/programs.ts";
import { claimWith, commandsOfRoot, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox);
const asRoot = claimWith(...sandbox, commandsOfRoot);

/** A directory of the host that everybody may read and write, with one file in it. */
function hostDirectory(state: State, name = "data"): string {
  const path = join(state.scratch, name);
  mkdirSync(path);
  chmodSync(path, 0o777);
  writeFileSync(join(path, "file"), "from the host\n");
  return path;
}

describe("--mount", () => {
  claim("a rule shows a directory of the host, read-only unless it says rw", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    const data = hostDirectory(state);
    const readOnly = await state.json(["run", "--mount", `data=${data}`, "--", "./open-path", "create", "/data/new"]);
    expect(readOnly.result.stdout).toBe("EROFS\n");
    const { result } = await state.json(["run", "--mount", `data=${data}`, "--", "/usr/bin/cat", "/data/file"]);
    expect(result.stdout).toBe("from the host\n");
    const writable = await state.json(["run", "--mount", `data=${data}:rw`, "--", "./open-path", "create", "/data/new"]);
    expect(writable.result.stdout).toBe("OK\n");
    expect(readFileSync(join(data, "new"), "utf8")).toBe("");
  });

  claim("a rule without = shows the same path inside", async () => {
    await using state = openState();
    await boxWith(state, []);
    const listed = async (flags: readonly string[]) => (await state.json(["run", ...flags, "--", "/usr/bin/ls", "/var/lib"])).result.stdout;
    expect(await listed([])).toBe("");
    expect((await listed(["--mount", "/var/lib"])).trim().split("\n")).toEqual(expect.arrayContaining(readdirSync("/var/lib").slice(0, 1)));
  });

  claim("a rule may show something below /tmp or /dev/shm", async () => {
    await using state = openState();
    await boxWith(state, []);
    const data = hostDirectory(state);
    for (const inside of [data, "/tmp/a", "/tmp/a/b", "/dev/shm/c"]) {
      const { result } = await state.json(["run", "--mount", `${inside}=${data}`, "--", "/usr/bin/cat", `${inside}/file`]);
      expect([inside, result.error_message, result.stdout]).toEqual([inside, null, "from the host\n"]);
    }
  });

  claim("a rule that is given to init holds in every run, and one of run only there", async () => {
    await using state = openState();
    const data = hostDirectory(state);
    await boxWith(state, ["open-path"], { init: ["--mount", `kept=${data}`] });
    const look = async (flags: readonly string[]) => (await state.json(["run", ...flags, "--", "./open-path", "read", "/kept/file", "/once/file"])).result.stdout;
    expect(await look(["--mount", `once=${data}`])).toBe("OK\nOK\n");
    expect(await look([])).toBe("OK\nENOENT\n");
    expect(await look(["--mount", "kept="])).toBe("ENOENT\nENOENT\n");
  });

  claim("option tmp is an empty writable directory, new in every run", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    for (const _ of [1, 2]) expect((await state.json(["run", "--mount", "work:tmp", "--", "./open-path", "create", "/work/x"])).result.stdout).toBe("OK\n");
  });

  claim("option maybe skips what is not there; without it the run is refused", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    const command = ["--", "./open-path", "read", "/data"];
    expect((await state.json(["run", "--mount", "data=/no/such/directory:maybe", ...command])).result.stdout).toBe("ENOENT\n");
    const refused = await state.mini(["run", "--mount", "data=/no/such/directory", ...command]);
    expect(refused.exitCode).toBeGreaterThanOrEqual(5);
    expect(refused.stdout + refused.stderr).toContain("/no/such/directory");
  });

  claim("option noexec forbids execution", async () => {
    await using state = openState();
    await boxWith(state, []);
    const data = hostDirectory(state);
    copyFileSync(await program("exit-with"), join(data, "exit-with"));
    expect((await state.json(["run", "--mount", `data=${data}`, "--", "/data/exit-with", "0"])).result.status).toBe("Success");
    const { result } = await state.json(["run", "--mount", `data=${data}:noexec`, "--", "/data/exit-with", "0"]);
    expect([result.status, result.exit_code]).toEqual(["RuntimeError", 127]);
  });

  claim("a device of the host works only with option dev", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    const data = hostDirectory(state);
    expect(Bun.spawnSync(["mknod", "-m", "666", join(data, "null"), "c", "1", "3"]).exitCode).toBe(0);
    const open = async (rule: string) => (await state.json(["run", "--mount", rule, "--", "./open-path", "write", "/data/null"])).result.stdout;
    expect(await open(`data=${data}`)).toBe("EACCES\n");
    expect(await open(`data=${data}:dev`)).toBe("OK\n");
  });

  claim("option fs mounts a file system of that type", async () => {
    await using state = openState();
    await boxWith(state, ["open-path"]);
    const { result } = await state.json(["run", "--mount", "mem=tmpfs:fs:rw", "--", "/usr/bin/stat", "-f", "-c", "%T", "/mem"]);
    expect(result.stdout).toBe("tmpfs\n");
  });

  asRoot("a setuid program in a mounted directory gives no rights", async () => {
    await using state = openState();
    await boxWith(state, []);
    const data = hostDirectory(state);
    const copy = join(data, "print-identity");
    copyFileSync(await program("print-identity"), copy);
    chmodSync(copy, 0o4755);
    const { result } = await state.json(["run", "--mount", `data=${data}`, "--", "/data/print-identity"]);
    const user = result.enforced.user;
    expect(result.stdout).toContain(`uid ${user} ${user} ${user}\n`);
  });
});

describe("another root", () => {
  claim("init --chroot puts a directory in place of the default root, read-only", async () => {
    await using state = openState();
    const tree = join(state.scratch, "tree");
    mkdirSync(join(tree, "programs"), { recursive: true });
    for (const name of ["list-directory", "open-path"]) {
      copyFileSync(await program(name), join(tree, "programs", name));
      chmodSync(join(tree, "programs", name), 0o755);
    }
    writeFileSync(join(tree, "marker"), "");
    await boxWith(state, [], { init: ["--chroot", tree] });
    const { result } = await state.json(["run", "--", "/programs/list-directory", "/"]);
    const names = result.stdout.trim().split("\n");
    expect(names).toEqual(expect.arrayContaining(["marker", "programs", "box", "proc", "dev", "tmp"]));
    expect(names).not.toContain("usr");
    const opened = await state.json(["run", "--", "/programs/open-path", "create", "/new", "/programs/new", "/box/new"]);
    expect(opened.result.stdout.trim().split("\n").map((name) => (name === "EACCES" ? "EROFS" : name))).toEqual(["EROFS", "EROFS", "OK"]);
  });
});

describe("links in another root", () => {
  claim("lead where they lead inside: to the root's own files, to the box's, or nowhere, and never to the host", async () => {
    await using state = openState();
    const tree = join(state.scratch, "tree");
    mkdirSync(join(tree, "usr/bin"), { recursive: true });
    copyFileSync(await program("open-path"), join(tree, "usr/bin/open-path"));
    chmodSync(join(tree, "usr/bin/open-path"), 0o755);
    mkdirSync(join(tree, "real"));
    writeFileSync(join(tree, "real/passwd"), "");
    const links = { bin: "usr/bin", etc: "/real", "out": "/etc", "climbing": `${"../".repeat(20)}etc`, work: "/box", host: state.scratch };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(tree, name));
    await boxWith(state, [], { init: ["--chroot", tree] });
    writeFileSync(join(state.scratch, "secret"), "", { mode: 0o644 });
    const { result } = await state.json(["run", "--", "/bin/open-path", "read", "/etc/passwd", "/out/passwd", "/out/hosts", "/climbing/passwd", "/climbing/hosts", "/work", "/host/secret"]);
    expect([result.error_message, result.stdout.trim().split("\n")]).toEqual([null, ["OK", "OK", "ENOENT", "OK", "ENOENT", "OK", "ENOENT"]]);
  });

  claim("are no places to mount something at: the launcher would find them on the host", async () => {
    await using state = openState();
    const tree = join(state.scratch, "tree");
    mkdirSync(tree);
    symlinkSync("/etc", join(tree, "etc"));
    await boxWith(state, [], { init: ["--chroot", tree] });
    const outcome = await state.mini(["run", "--mount", "etc/data=/usr", "--", "/bin/true"]);
    expect([outcome.exitCode, outcome.stderr]).toEqual([64, expect.stringContaining("cannot mount /usr on /etc/data: /etc is a link in the box")]);
  });
});

describe("working directory and streams", () => {
  claim("--chdir is relative to /box or absolute", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    mkdirSync(join(directory, "deep/er"), { recursive: true });
    chmodSync(join(directory, "deep"), 0o755);
    for (const [flag, expected] of [["deep/er", "/box/deep/er"], ["/tmp", "/tmp"], ["/usr/bin", "/usr/bin"]] as const) {
      expect((await state.json(["run", "--chdir", flag, "--", "/usr/bin/pwd"])).result.stdout).toBe(`${expected}\n`);
    }
  });

  claim("--stdin-file, --stdout-file and --stderr-file are files of the box", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, []);
    writeFileSync(join(directory, "in.txt"), "given\n");
    const flags = ["--stdin-file", "in.txt", "--stdout-file", "out.txt", "--stderr-file", "/box/err.txt"];
    const { result } = await state.json(["run", ...flags, "--", "/bin/sh", "-c", "read line; echo out $line; echo err $line >&2"]);
    expect([result.status, result.stdout, result.stderr]).toEqual(["Success", "", ""]);
    expect(readFileSync(join(directory, "out.txt"), "utf8")).toBe("out given\n");
    expect(readFileSync(join(directory, "err.txt"), "utf8")).toBe("err given\n");
  });

  claim("a file of the host cannot be named as a stream", async () => {
    await using state = openState();
    await boxWith(state, []);
    const target = state.file("target", "untouched\n", 0o666);
    const { result } = await state.json(["run", "--stdout-file", target, "--", "/bin/echo", "x"]);
    expect(result.status).toBe("InternalError");
    expect(readFileSync(target, "utf8")).toBe("untouched\n");
  });

  claim("--input gives the program a file of the host as standard input", async () => {
    await using state = openState();
    await boxWith(state, []);
    const input = state.file("input", "line one\nline two\n", 0o600);
    expect((await state.json(["run", "--input", input, "--", "/usr/bin/cat"])).result.stdout).toBe("line one\nline two\n");
  });
});
