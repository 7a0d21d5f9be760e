// execute --add and --entry-point: sources of several files, over the compiled binary.
import { describe, expect } from "bun:test";
import { chmodSync } from "node:fs";
import { openState, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const patient = { timeout: 60_000 };
const execute = (state: State, ...args: readonly string[]) => state.json(["execute", "--source", ...args], { timeoutMs: 50_000 });
const compiles = claimWith(...sandbox, executable("/usr/bin/g++"));
const java = claimWith(...sandbox, executable("/usr/bin/javac"));
const python = claimWith(...sandbox, executable("/usr/bin/python3"));

describe("--add", () => {
  compiles("a solution is compiled with its grader, and a header is there without being compiled", async () => {
    await using state = openState();
    const solution = state.file("task.cpp", '#include "task.h"\nint answer() { return 42; }\n');
    const grader = state.file("grader.cpp", '#include <cstdio>\n#include "task.h"\nint main() { std::printf("%d\\n", answer()); }\n');
    const header = state.file("task.h", "int answer();\n");
    const { result } = await execute(state, solution, "--add", grader, "--add", header);
    expect([result.status, result.stdout, result.compile?.stderr]).toEqual(["Success", "42\n", ""]);
    await expectNothingLeft(state);
  }, patient);

  compiles("a solution that defines main beside that of the grader does not compile", async () => {
    await using state = openState();
    const { result } = await execute(state, state.file("task.cpp", "int main() {}\n"), "--add", state.file("grader.cpp", "int main() {}\n"));
    expect([result.status, result.compile?.stderr.includes("multiple definition of `main'")]).toEqual(["CompileError", true]);
  }, patient);

  compiles("a name that begins with a dash is a file and no option", async () => {
    await using state = openState();
    const source = state.file("a.c", "int f(void); int main(void) { return f(); }\n");
    const { result } = await execute(state, source, "--add", state.file("-ofoo.c", "int f(void) { return 0; }\n"));
    expect([result.status, result.compile?.stderr]).toEqual(["Success", ""]);
  }, patient);

  python("a program that is not compiled finds its modules and data beside it", async () => {
    await using state = openState();
    const source = state.file("main.py", "import helper\nprint(helper.double(int(open('data.txt').read())))\n");
    const { result } = await execute(state, source, "--add", state.file("helper.py", "def double(x): return 2 * x\n"), "--add", state.file("data.txt", "21"));
    expect([result.status, result.stdout]).toEqual(["Success", "42\n"]);
  }, patient);

  python("two files of one name, a directory, a missing file and a strange name are refused before anything is touched", async () => {
    await using state = openState();
    const source = state.file("main.py", "print(1)\n");
    for (const [file, message] of [
      [source, 'two files would be called "main.py" in the box'],
      [state.scratch, "it is a directory"],
      [`${state.scratch}/none.py`, "ENOENT"],
      [state.file("new\nline.py", ""), "it contains a control character"],
    ] as const) {
      const { exitCode, stderr } = await state.mini(["execute", "--source", source, "--add", file]);
      expect([exitCode, stderr.includes(message)]).toEqual([64, true]);
    }
  }, patient);
});

describe("--entry-point", () => {
  java("chooses among several classes with main, in several files", async () => {
    await using state = openState();
    const main = (name: string) => `class ${name} { public static void main(String[] a) { System.out.println("${name} " + Helper.value()); } }\n`;
    const source = state.file("Two.java", main("First") + main("Second"));
    const helper = state.file("Helper.java", "class Helper { static int value() { return 42; } }\n");
    const { result: found } = await execute(state, source, "--add", helper, "--max-memory", "512");
    expect([found.status, found.stdout]).toEqual(["Success", "First 42\n"]);
    const { result: chosen } = await execute(state, source, "--add", helper, "--entry-point", "Second", "--max-memory", "512");
    expect([chosen.status, chosen.stdout]).toEqual(["Success", "Second 42\n"]);
  }, patient);

  java("is never an option of the runtime, and only for languages that have one", async () => {
    await using state = openState();
    const source = state.file("A.java", "class A { public static void main(String[] a) {} }\n");
    const option = await state.mini(["execute", "--source", source, "--entry-point=-version"]);
    expect([option.exitCode, option.stderr]).toEqual([64, 'mini-isolate: main class "-version" is not an identifier\n']);
    const shell = await state.mini(["execute", "--source", state.file("a.sh", ""), "--entry-point", "A"]);
    expect([shell.exitCode, shell.stderr]).toEqual([64, "mini-isolate: cannot use --entry-point A: shell has no main class\n"]);
  }, patient);
});

describe("a pack", () => {
  python("may set, multiply and add to the limits of a run", async () => {
    await using state = openState();
    const pack = state.file("slow.yaml", "version: 1\nid: python\nextends: python\ntime: {factor: 3, add: 250ms}\nmemory: {add: 32MiB}\nrun: {limits: {processes: 5, file_size: 1}}\n");
    const explained = await state.json<{ run: { limits: Record<string, number> } }>(["execute", "--explain", "--source", state.file("a.py", ""), "--pack", pack, "--max-cpu", "1"]);
    expect(explained.result.run.limits).toMatchObject({ cpu_time_limit: 3.25, wall_time_limit: 6.25, memory_limit: 160 * 2 ** 20, process_limit: 5, file_size_limit: 2 ** 20 });
    const spin = state.file("spin.py", "while True: pass\n");
    const { result } = await execute(state, spin, "--pack", pack, "--max-cpu", "0.05", "--max-time", "20");
    expect([result.status, result.cpu_time >= 0.4]).toEqual(["TimeLimit", true]);
  }, patient);

  python("named by MINI_ISOLATE_PACKS holds for every run, and --pack wins over it", async () => {
    await using state = openState();
    const greet = (name: string) => state.file(`${name}.yaml`, `{version: 1, id: ${name}, name: G, extensions: [.greet], run: {command: [/bin/echo, ${name}]}}`);
    const env = { MINI_ISOLATE_PACKS: `${greet("one")}::${greet("two")}` };
    const source = state.file("x.greet", "");
    expect((await state.json(["execute", "--source", source], { env })).result.stdout).toBe("two\n");
    expect((await state.json(["execute", "--source", source, "--pack", greet("three")], { env })).result.stdout).toBe("three\n");
    const missing = await state.mini(["execute", "--source", source], { env: { MINI_ISOLATE_PACKS: "/none.yaml" } });
    expect([missing.exitCode, missing.stderr.includes("cannot read language pack /none.yaml: ENOENT")]).toEqual([64, true]);
  }, patient);

  python("that others can write to is refused by root, with the path that is at fault", async () => {
    await using state = openState();
    const pack = state.file("p.yaml", "{version: 1, id: x, name: X, extensions: [.x], run: {command: [/bin/echo, x]}}");
    chmodSync(pack, 0o666);
    const { exitCode, stderr } = await state.mini(["execute", "--source", state.file("a.x", ""), "--pack", pack]);
    expect([exitCode, stderr]).toEqual([64, `mini-isolate: cannot use language pack ${pack}: it can be written by others (mode 0666)\nhint: root takes packs only from where nobody else can write: chown root ${pack}; chmod go-w ${pack}\n`]);
  }, patient);
});
