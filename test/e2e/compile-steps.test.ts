// Compile steps that misbehave, by packs whose compiler is a shell or another small program; over the compiled binary.
import { describe, expect } from "bun:test";
import { statSync } from "node:fs";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/bin/sh"));
const patient = { timeout: 60_000 };

/** Executes a source of a language that is compiled by a shell command and run by `./x`. */
function compileWith(state: State, script: string, limits = "", name = "x.odd") {
  const pack = state.file("odd.yaml", `version: 1\nid: odd\nname: Odd\nextensions: [.odd]\ncompile:\n  command: [/bin/sh, -c, ${JSON.stringify(script)}]\n${limits}\nrun: {command: '{executable}'}\n`);
  return state.json(["execute", "--pack", pack, "--source", state.file(name, "source\n")], { timeoutMs: 50_000 });
}

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
    expect(result.error_message).toContain("output limit of 65536 bytes");
    await expectNothingLeft(state);
  }, patient);

  claim("that makes more processes, memory, time or a larger file than it may is CompileError with the reason", async () => {
    const cases = [
      ["while :; do :; done", "  limits: {time: 300ms}", "CPU time"],
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
    expect([result.status, (statSync(`${stdout.trim()}/x`).mode & 0o7777).toString(8)]).toEqual(["Success", "755"]);
  }, patient);
});

describe("the name of a source", () => {
  claim("of 5,000 bytes is refused, whether the file is there or not", async () => {
    await using state = openState();
    const { exitCode, stderr } = await state.mini(["execute", "--source", `${state.scratch}/${"n".repeat(5000)}.c`]);
    expect([exitCode, /ENAMETOOLONG|bytes long/.test(stderr)]).toEqual([64, true]);
  }, patient);

  claim("with a newline or of 201 bytes is refused before anything is compiled", async () => {
    for (const name of ["new\nline.odd", `${"n".repeat(197)}.odd`]) {
      await using state = openState();
      const source = state.file(name, "");
      const { exitCode, stderr } = await state.mini(["execute", "--language", "c", "--source", source]);
      expect([exitCode, stderr.includes("as the name of a source file")]).toEqual([64, true]);
    }
  }, patient);
});
