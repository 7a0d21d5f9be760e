// Compile steps that misbehave, by packs whose compiler is a shell or another small program; over the compiled binary.
import { describe, expect } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { boxWith } from "../helpers/programs.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/bin/sh"));
const patient = { timeout: 60_000 };

/** Executes a source of a language that is compiled by a shell command and run by `./x`. */
function compileWith(state: State, script: string, limits = "", name = "x.odd", flags: readonly string[] = []) {
  const pack = state.file("odd.yaml", `version: 1\nid: odd\nname: Odd\nextensions: [.odd]\ncompile:\n  command: [/bin/sh, -c, ${JSON.stringify(script)}]\n${limits}\nrun: {command: '{executable}'}\n`);
  return state.json(["execute", ...flags, "--pack", pack, "--source", state.file(name, "source\n")], { timeoutMs: 50_000 });
}

/** A program that is its own source. */
const copyShell = "cp /bin/true x";

describe("a compile step", () => {
  claim("that ends well and leaves no artefact is CompileError, and says what was expected", async () => {
    await using state = openState();
    const { result, exitCode } = await compileWith(state, "echo done");
    expect([result.status, result.error_message, result.compile?.stdout, exitCode]).toEqual(["CompileError", "the compiler ended without an error and left no x", "done\n", 6]);
    await expectNothingLeft(state);
  }, patient);

  claim("that leaves a link, a directory or a FIFO under the artefact's name has left none", async () => {
    for (const script of ["ln -s /etc/passwd x", "mkdir x", "ln x.odd x"]) {
      await using state = openState();
      const { result } = await compileWith(state, script);
      expect([script, result.status, result.error_message]).toEqual([script, "CompileError", "the compiler ended without an error and left no x"]);
    }
  }, patient);

  claim("that prints a gigabyte is stopped at its output limit, and the supervisor does not hold it", async () => {
    await using state = openState();
    const { result, exitCode } = await compileWith(state, "head -c 1000000000 /dev/zero | tr '\\0' e >&2", "  limits: {output: 64KiB}");
    expect([result.status, result.phase, exitCode]).toEqual(["CompileError", "compile", 6]);
    expect(result.compile?.stderr).toBe("e".repeat(65_536));
    expect(result.compile?.stderr_truncated).toBeTrue();
    expect(result.error_message).toContain("output limit of 64 KB");
    await expectNothingLeft(state);
  }, patient);

  claim("that makes more processes, memory, time or a larger file than it may is CompileError with the reason", async () => {
    const cases = [
      ["while :; do :; done", "  limits: {time: 300ms, wall_time: 30s}", "CPU time"],
      ["sleep 30", "  limits: {time: 300ms, wall_time: 500ms}", "wall"],
      ["exec head -c 100000000 /dev/zero > x", "  limits: {file_size: 1}", "file"],
      ["x=1; while :; do x=$x$x; done", "  limits: {memory: 16}", "memory"],
    ] as const;
    for (const [script, limits, word] of cases) {
      await using state = openState();
      const { result } = await compileWith(state, script, limits);
      expect([script, result.status, result.phase]).toEqual([script, "CompileError", "compile"]);
      expect(result.error_message).toContain(word);
    }
  }, patient);

  claim("that makes a setuid program leaves an ordinary one", async () => {
    await using state = openState();
    const pack = state.file("odd.yaml", "version: 1\nid: odd\nname: Odd\nextensions: [.odd]\ncompile: {command: [/bin/sh, -c, 'cp /bin/true x; chmod 6755 x']}\nrun: {command: '{executable}'}\n");
    const { stdout } = await state.mini(["init"]);
    const { result } = await state.json(["execute", "--box-id", "0", "--pack", pack, "--source", state.file("x.odd", "")]);
    expect([result.status, (lstatSync(`${stdout.trim()}/x`).mode & 0o7777).toString(8)]).toEqual(["Success", "755"]);
  }, patient);
});

describe("the name of a source", () => {
  claim("of 5,000 bytes is refused, whether the file is there or not", async () => {
    await using state = openState();
    const { exitCode, stderr } = await state.mini(["execute", "--source", `${state.scratch}/${"n".repeat(5000)}.c`]);
    expect([exitCode, /ENAMETOOLONG|bytes long/.test(stderr)]).toEqual([64, true]);
  }, patient);

  claim("with a newline is refused before anything is compiled", async () => {
    await using state = openState();
    const { exitCode, stderr } = await state.mini(["execute", "--language", "c", "--source", state.file("new\nline.odd", "")]);
    expect([exitCode, stderr.includes("as the name of a source file")]).toEqual([64, true]);
  }, patient);

  claim("of as many bytes as a file can have is no trouble for a compiler", async () => {
    await using state = openState();
    const { result } = await state.json(["execute", "--source", state.file(`${"n".repeat(253)}.c`, "int main(void) { return 0; }\n")]);
    expect([result.status, result.language]).toEqual(["Success", "c"]);
  }, patient);
});

describe("what a compiler leaves and cannot be carried over is CompileError with a sentence about it", () => {
  const nest = (depth: number) => `d=.; i=0; while [ $i -lt ${depth} ]; do d=$d/d; i=$((i+1)); done; mkdir -p $d`;

  claim("20,001 files, as one compiler leaves them", async () => {
    await using state = openState();
    const { result, exitCode, stderr } = await compileWith(state, `${copyShell}; i=0; while [ $i -le 20000 ]; do : >f$i; i=$((i+1)); done`);
    expect([result.status, result.phase, result.error_message, exitCode, stderr]).toEqual(["CompileError", "compile", "the compiler left more than 20000 files, and no more are looked at", 6, ""]);
    expect(result.compile).toMatchObject({ exit_code: 0, success: false });
    await expectNothingLeft(state);
  }, patient);

  claim("20,001 files in a directory in which no artefact can be are nobody's business", async () => {
    await using state = openState();
    const { result } = await compileWith(state, `${copyShell}; mkdir d; i=0; while [ $i -le 20000 ]; do : >d/f$i; i=$((i+1)); done`);
    expect([result.status, result.error_message]).toEqual(["Success", null]);
  }, patient);

  claim("directories deeper in each other than are looked at", async () => {
    await using state = openState();
    const { result, exitCode } = await compileWith(state, `${copyShell}; ${nest(17)}`, "  artefacts: ['**/x']");
    expect([result.status, result.error_message, exitCode]).toEqual(["CompileError", "the compiler left more than 16 directories in each other, and no deeper ones are looked at", 6]);
    expect((await compileWith(state, `${copyShell}; ${nest(16)}`, "  artefacts: ['**/x']")).result.status).toBe("Success");
    expect((await compileWith(state, `${copyShell}; ${nest(400)}`)).result.status).toBe("Success");
  }, patient);

  claim("more than the quota or the disk limit of the box, compiled just now or before", async () => {
    for (const [flags, raise] of [[["--quota", "4", "--mem", "64"], "--quota"], [["--disk-limit", "4"], "--disk-limit"]] as const) {
      await using state = openState();
      const script = `${copyShell}; head -c 8388608 /dev/zero >>x`;
      expect((await compileWith(state, script)).result.status).toBe("Success");
      await boxWith(state, [], { init: flags });
      const { result, exitCode } = await compileWith(state, script, "", "x.odd", ["--box-id", "0"]);
      expect([result.status, result.phase, exitCode]).toEqual(["CompileError", "compile", 6]);
      expect(result.error_message).toMatch(new RegExp(`^the compiler left results of 8(\\.0)? MB, more than the 4 MB that the box may hold: raise it with init ${raise}$`));
    }
  }, patient);

  claim("nobody may read, not even its owner: there is a result all the same", async () => {
    await using state = openState();
    const { result, exitCode } = await compileWith(state, `${copyShell}; chmod 0 x; mkdir d; chmod 0 d; chmod 0 .`);
    expect([result.status, result.phase, exitCode]).toEqual(["CompileError", "compile", 6]);
    expect(result.error_message).toBe("the compiler ended without an error, but x has no permission to be executed (mode 0000)");
  }, patient);
});

describe("a box that has no room for the result", () => {
  claim("is told with the result of the compile step in the document, and is no verdict about the source", async () => {
    await using state = openState();
    await boxWith(state, [], { init: ["--quota", "4", "--mem", "64", "--processes", "8"] });
    expect((await state.json(["run", "--", "/bin/sh", "-c", "head -c 3500000 /dev/zero >full"])).result.status).toBe("Success");
    const { result, exitCode } = await compileWith(state, `${copyShell}; head -c 2000000 /dev/zero >>x; echo compiled`, "", "x.odd", ["--box-id", "0"]);
    expect([result.status, result.phase, exitCode, result.compile?.stdout]).toEqual(["InternalError", "compile", 5, "compiled\n"]);
    expect(result.error_message).toMatch(/^cannot copy what the compiler made into the box: ENOSPC .*quota of the box is used up/);
    expect(readdirSync(join(state.directory, "0"))).not.toContain("compile");
  }, patient);
});

describe("what an earlier program left under the name that a file gets is removed, whatever it is", () => {
  const kinds: readonly (readonly [what: string, make: (name: string) => string])[] = [
    ["a file nobody may read", (name) => `: >${name}; chmod 0 ${name}`],
    ["a directory", (name) => `mkdir ${name}`],
    ["a directory with files and directories in it", (name) => `mkdir -p ${name}/a/b/c; : >${name}/a/f; : >${name}/a/b/f`],
    ["a directory that nobody may enter, in which nobody may write", (name) => `mkdir -p ${name}/a/b; : >${name}/a/b/f; chmod 0 ${name}/a/b ${name}/a; chmod 0555 ${name}`],
    ["a directory of 300 levels", (name) => `mkdir ${name}; cd ${name}; i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done`],
    ["a second name of another file", (name) => `echo other >other; ln other ${name}`],
  ];
  for (const [what, make] of kinds) {
    claim(`${what}, under the name of a source`, async () => {
      await using state = openState();
      const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
      expect((await state.json(["run", "--", "/bin/sh", "-c", make("main.sh")])).result.status).toBe("Success");
      const { result } = await state.json(["execute", "--box-id", "0", "--source", state.file("main.sh", "echo mine\n")]);
      expect([result.status, result.stdout]).toEqual(["Success", "mine\n"]);
      expect(readFileSync(join(directory, "main.sh"), "utf8")).toBe("echo mine\n");
      if (existsSync(join(directory, "other"))) expect(readFileSync(join(directory, "other"), "utf8")).toBe("other\n");
    }, patient);

    claim(`${what}, under the name of an artefact and of a directory that it lies in`, async () => {
      await using state = openState();
      const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
      for (const name of ["x", "in"]) expect((await state.json(["run", "--", "/bin/sh", "-c", make(name)])).result.status).toBe("Success");
      const { result } = await compileWith(state, `${copyShell}; mkdir -p in/deeper; echo made >in/deeper/y`, "  artefacts: [x, '**/y']", "x.odd", ["--box-id", "0"]);
      expect([result.status, result.error_message]).toEqual(["Success", null]);
      expect(readFileSync(join(directory, "in/deeper/y"), "utf8")).toBe("made\n");
    }, patient);
  }

  claim("links that the caller's sweep never met are replaced and not followed", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
    mkdirSync(join(state.scratch, "outside"));
    writeFileSync(join(state.scratch, "outside/kept"), "kept");
    symlinkSync(join(state.scratch, "outside/kept"), join(directory, "x"));
    symlinkSync(join(state.scratch, "outside"), join(directory, "in"));
    const { result } = await compileWith(state, `${copyShell}; mkdir in; echo made >in/kept`, "  artefacts: [x, in/kept]", "x.odd", ["--box-id", "0"]);
    expect([result.status, readFileSync(join(state.scratch, "outside/kept"), "utf8"), readFileSync(join(directory, "in/kept"), "utf8")]).toEqual(["Success", "kept", "made\n"]);
    expect(readdirSync(join(state.scratch, "outside"))).toEqual(["kept"]);
  }, patient);

  claim("but a directory of somebody else stays, and is named with the way out", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
    mkdirSync(join(directory, "main.sh"));
    writeFileSync(join(directory, "main.sh/kept"), "");
    const { exitCode, stderr } = await state.mini(["execute", "--box-id", "0", "--source", state.file("main.sh", "true\n")]);
    expect([exitCode, stderr]).toEqual([5, "mini-isolate: cannot write main.sh in the box: a directory of uid 0 has this name\nhint: remove what has this name in the box, or use a fresh box\n"]);
    expect(readdirSync(join(directory, "main.sh"))).toEqual(["kept"]);
  }, patient);

  claim("a box whose own directory was closed, and a compile directory that a killed run left full", async () => {
    await using state = openState();
    const { directory } = await boxWith(state, [], { init: ["--processes", "8"] });
    expect((await state.json(["run", "--", "/bin/sh", "-c", "chmod 0 /box"])).result.status).toBe("Success");
    const left = join(state.directory, "0/compile");
    mkdirSync(join(left, "x/deep/er"), { recursive: true });
    writeFileSync(join(left, "x.odd"), "");
    symlinkSync("/etc/passwd", join(left, "link"));
    chmodSync(join(left, "x/deep"), 0);
    const { result } = await compileWith(state, `test ! -e link && ${copyShell}`, "", "x.odd", ["--box-id", "0"]);
    expect([result.status, result.error_message]).toEqual(["Success", null]);
    expect([existsSync(left), existsSync(join(directory, "x")), lstatSync(directory).mode & 0o777]).toEqual([false, true, 0o700]);
  }, patient);
});
