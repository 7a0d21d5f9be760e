// execute --add and --entry-point: sources of several files, over the compiled binary.
import { describe, expect } from "bun:test";
import { chmodSync, chownSync, linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
      [`${state.scratch}/none.py`, "ENOENT"],
      [state.file("new\nline.py", ""), "it contains a control character"],
    ] as const) {
      const { exitCode, stderr } = await state.mini(["execute", "--source", source, "--add", file]);
      expect([exitCode, stderr.includes(message)]).toEqual([64, true]);
    }
  }, patient);
});

describe("--add of a directory", () => {
  const tree = (state: State, name: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(state.scratch, name, path)), { recursive: true });
      writeFileSync(join(state.scratch, name, path), text);
    }
    return join(state.scratch, name);
  };

  compiles("puts it with its tree beside the source; sources in it are compiled as well", async () => {
    await using state = openState();
    const source = state.file("task.cpp", '#include "lib/deep/answer.h"\n#include <cstdio>\nint main() { std::printf("%d\\n", answer()); }\n');
    const lib = tree(state, "lib", { "deep/answer.h": "int answer();\n", "deep/answer.cpp": '#include "answer.h"\nint answer() { return 42; }\n', "README": "no source\n" });
    const { result } = await execute(state, source, "--add", `${lib}/`);
    expect([result.status, result.stdout, result.compile?.stderr]).toEqual(["Success", "42\n", ""]);
    // Kept by what is in it.
    writeFileSync(join(lib, "deep/answer.cpp"), '#include "answer.h"\nint answer() { return 43; }\n');
    expect((await execute(state, source, "--add", lib)).result.stdout).toBe("43\n");
  }, patient);

  compiles("whose name the program would have gives way to it", async () => {
    await using state = openState();
    const lib = tree(state, "task", { "one.h": "#define ONE 1\n" });
    const { result } = await execute(state, state.file("task.cpp", '#include "task/one.h"\nint main() { return ONE - 1; }\n'), "--add", lib);
    expect([result.status, result.compile?.stderr]).toEqual(["Success", ""]);
  }, patient);

  python("keeps what may be executed and links within it, and the box's user owns all of it", async () => {
    await using state = openState();
    const lib = tree(state, "lib", { "tool.sh": "#!/bin/sh\necho tool\n", "data/1.txt": "one" });
    chmodSync(join(lib, "tool.sh"), 0o4750);
    symlinkSync("data/1.txt", join(lib, "same.txt"));
    const look = "import os\nfor d, _, fs in sorted(os.walk('lib')):\n  for n in [d] + [os.path.join(d, f) for f in sorted(fs)]:\n    s = os.lstat(n); print(n, oct(s.st_mode), s.st_uid == os.getuid() and s.st_gid == os.getgid())\nprint(open('lib/same.txt').read())\n";
    const { result } = await execute(state, state.file("a.py", look), "--add", lib);
    expect(result.stdout.split("\n")).toEqual(["lib 0o40755 True", "lib/same.txt 0o100644 True", "lib/tool.sh 0o100755 True", "lib/data 0o40755 True", "lib/data/1.txt 0o100644 True", "one", ""]);
  }, patient);

  python("takes nothing from elsewhere, and no special file: what is in it may be hostile", async () => {
    await using state = openState();
    const secret = state.file("secret", "SECRET");
    const source = state.file("a.py", "print(1)\n");
    const refused = async (plant: (lib: string) => void, message: string) => {
      const lib = tree(state, "lib", { "d/a.txt": "x" });
      plant(lib);
      const { exitCode, stderr, stdout } = await state.mini(["execute", "--source", source, "--add", lib]);
      expect([exitCode, stdout, stderr]).toEqual([64, "", expect.stringContaining(message)]);
      rmSync(lib, { recursive: true });
    };
    await refused((lib) => symlinkSync(secret, join(lib, "d/l")), "/lib/d/l: it is a link that leads out of ");
    await refused((lib) => symlinkSync("../../secret", join(lib, "d/l")), "/lib/d/l: it is a link that leads out of ");
    await refused((lib) => symlinkSync("/proc/self/environ", join(lib, "l")), "it is a link that leads out of ");
    await refused((lib) => symlinkSync("l", join(lib, "l")), "it is a link that leads to itself");
    await refused((lib) => symlinkSync("none", join(lib, "l")), "it is a link that leads nowhere");
    await refused((lib) => symlinkSync("d", join(lib, "l")), "it is a link to a directory");
    await refused((lib) => void Bun.spawnSync(["/usr/bin/mkfifo", join(lib, "d/fifo")]), "/lib/d/fifo: it is not a regular file");
    await refused((lib) => writeFileSync(join(lib, "new\nline"), ""), "it contains a control character");
    await refused((lib) => truncateSync(join(lib, "d/a.txt"), 65 * 2 ** 20), "it has more than 64 MB");
    await refused((lib) => mkdirSync(join(lib, Array.from({ length: 33 }, () => "x").join("/")), { recursive: true }), "it has more than 32 directories in each other");
    await refused((lib) => {
      chownSync(secret, 0, 0);
      linkSync(secret, join(lib, "d/hard"));
      chownSync(join(lib, "d"), 65_533, 65_533);
    }, "the file has other names, and belongs to somebody else than its directory");
  }, patient);

  python("that has the name of something else is refused", async () => {
    await using state = openState();
    const [one, two] = [tree(state, "1/lib", { a: "" }), tree(state, "2/lib", { b: "" })];
    const source = state.file("a.py", "print(1)\n");
    for (const [flags, name] of [[["--add", one, "--add", two], "lib"], [["--add", one, "--add", state.file("lib", "")], "lib"], [["--add", tree(state, "3/a.py", { b: "" })], "a.py"]] as const) {
      const { exitCode, stderr } = await state.mini(["execute", "--source", source, ...flags]);
      expect([exitCode, stderr]).toEqual([64, `mini-isolate: two files would be called ${JSON.stringify(name)} in the box\n`]);
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
