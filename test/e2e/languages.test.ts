// execute --source: the built-in languages with the compilers and runtimes of this host, over the compiled binary.
import { describe, expect } from "bun:test";
import { chmodSync, copyFileSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type MiniOptions, type State } from "../helpers/binary.ts";
import { expectNothingLeft } from "../helpers/host.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const sources = join(import.meta.dir, "../fixtures/sources");

interface Language {
  /** Id in the result. */
  readonly id: string;
  /** What is printed for the input `1 2` and `39`. */
  readonly greeting: string;
  readonly sum: string;
  /** Fails while it runs, with exit code or signal. */
  readonly fails: string;
  readonly failure: { readonly exit_code?: number; readonly signal?: number };
  readonly endless: string;
  /** Does not compile; null: there is no compile step. */
  readonly broken: string | null;
  /** Where boxes look for it. */
  readonly tool: string;
}

const languages: readonly Language[] = [
  { id: "c", greeting: "C", sum: "sum.c", fails: "fails.c", failure: { signal: 6 }, endless: "endless.c", broken: "broken.c", tool: "/usr/bin/gcc" },
  { id: "cpp", greeting: "C++", sum: "sum.cpp", fails: "fails.cpp", failure: { signal: 6 }, endless: "endless.cpp", broken: "broken.cpp", tool: "/usr/bin/g++" },
  { id: "python", greeting: "Python", sum: "sum.py", fails: "fails.py", failure: { exit_code: 1 }, endless: "endless.py", broken: null, tool: "/usr/bin/python3" },
  { id: "javascript", greeting: "JavaScript", sum: "sum.js", fails: "fails.js", failure: { exit_code: 1 }, endless: "endless.js", broken: null, tool: "/usr/bin/node" },
  { id: "shell", greeting: "shell", sum: "sum.sh", fails: "fails.sh", failure: { exit_code: 3 }, endless: "endless.sh", broken: null, tool: "/bin/bash" },
  { id: "rust", greeting: "Rust", sum: "sum.rs", fails: "fails.rs", failure: { exit_code: 101 }, endless: "endless.rs", broken: "broken.rs", tool: "/usr/bin/rustc" },
  { id: "go", greeting: "Go", sum: "sum.go", fails: "fails.go", failure: { exit_code: 2 }, endless: "endless.go", broken: "broken.go", tool: "/usr/bin/go" },
  { id: "java", greeting: "Java", sum: "Sum.java", fails: "Fails.java", failure: { exit_code: 1 }, endless: "Endless.java", broken: "Broken.java", tool: "/usr/bin/javac" },
];

const patient = { timeout: 60_000 };
const execute = (state: State, file: string, flags: readonly string[] = [], options: MiniOptions = {}) =>
  state.json(["execute", "--source", file.startsWith("/") ? file : join(sources, file), ...flags], { timeoutMs: 50_000, ...options });

for (const { id, greeting, sum, fails, failure, endless, broken, tool } of languages) {
  const claim = claimWith(...sandbox, executable(tool));

  describe(greeting, () => {
    claim("a program reads its input and succeeds, and the caller's file is unchanged", async () => {
      await using state = openState();
      const before = readFileSync(join(sources, sum));
      const { result, exitCode } = await execute(state, sum, [], { input: "1 2\n39\n" });
      expect([result.error_message, result.status, result.stdout, exitCode]).toEqual([null, "Success", `Hello from ${greeting}: 42\n`, 0]);
      expect([result.language, result.phase]).toEqual([id, "run"]);
      if (broken === null) expect(result.compile).toBeNull();
      else expect(result.compile).toMatchObject({ status: "Success", exit_code: 0 });
      expect(readFileSync(join(sources, sum))).toEqual(before);
      await expectNothingLeft(state);
    }, patient);

    claim("a failure while it runs is the program's own", async () => {
      await using state = openState();
      const { result, exitCode } = await execute(state, fails);
      expect([result.status, result.phase, exitCode]).toEqual(["signal" in failure ? "Signaled" : "RuntimeError", "run", 1]);
      expect(result).toMatchObject({ exit_code: null, signal: null, ...failure });
      if (id !== "c") expect(result.stderr).toContain("went wrong");
    }, patient);

    claim("an endless loop is stopped by the CPU limit, which the compiler's time does not count against", async () => {
      await using state = openState();
      const { result, exitCode } = await execute(state, endless, ["--max-cpu", "0.5", "--max-time", "10"]);
      expect([result.status, result.phase, exitCode]).toEqual(["TimeLimit", "run", 2]);
      expect(result.cpu_time).toBeGreaterThanOrEqual(0.5);
      expect(result.cpu_time).toBeLessThan(0.7);
      await expectNothingLeft(state);
    }, patient);

    if (broken !== null) {
      claim("a source that does not compile is CompileError with the compiler's messages", async () => {
        await using state = openState();
        const { result, exitCode } = await execute(state, broken);
        expect([result.status, result.phase, result.success, exitCode]).toEqual(["CompileError", "compile", false, 6]);
        expect(`${result.compile?.stdout}${result.compile?.stderr}`).toContain("undeclared_thing");
        expect(result.compile?.exit_code).not.toBe(0);
        expect(result.stdout).not.toContain("Hello");
        await expectNothingLeft(state);
      }, patient);
    }
  });
}

describe("choosing the language", () => {
  const cpp = claimWith(...sandbox, executable("/usr/bin/g++"));
  for (const extension of ["cpp", "cc", "cxx"]) {
    cpp(`.${extension} is C++`, async () => {
      await using state = openState();
      const file = join(state.scratch, `program.${extension}`);
      copyFileSync(join(sources, "sum.cpp"), file);
      const { result } = await execute(state, file, [], { input: "42" });
      expect([result.status, result.language, result.stdout]).toEqual(["Success", "cpp", "Hello from C++: 42\n"]);
    }, patient);
  }

  const python = claimWith(...sandbox, executable("/usr/bin/python3"));
  python("an executable file without a known extension is run by its #! line", async () => {
    await using state = openState();
    const { result } = await execute(state, "sum-by-interpreter-line", [], { input: "20 22" });
    expect([result.status, result.stdout, result.compile]).toEqual(["Success", "Hello from a #! line: 42\n", null]);
  });

  python("--language decides against the extension", async () => {
    await using state = openState();
    const { result } = await execute(state, state.file("program.txt", "print(6 * 7)\n"), ["--language", "python"]);
    expect([result.status, result.language, result.stdout]).toEqual(["Success", "python", "42\n"]);
  });

  python("a pack of the caller's own adds a language by its file alone", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: snake\nname: Snake\nextensions: [.snake]\nrun: { command: [/usr/bin/python3, '{source}'] }\n");
    const { result, stderr } = await execute(state, state.file("x.snake", "print('hiss')\n"), ["--pack", pack]);
    expect([stderr, result.status, result.language, result.stdout]).toEqual(["", "Success", "snake", "hiss\n"]);
  });
});

describe("compile and run are two steps", () => {
  const claim = claimWith(...sandbox, executable("/usr/bin/g++"), executable("/usr/bin/gcc"));

  claim("the program's limit of one process does not hit the compiler, and hits the program", async () => {
    await using state = openState();
    const file = state.file("forks.c", "#include <unistd.h>\nint main(void) { return fork() < 0 ? 3 : 0; }\n");
    const { result } = await execute(state, file);
    expect(result.compile?.status).toBe("Success");
    expect([result.status, result.exit_code]).toEqual(["ProcessLimit", 3]);
  }, patient);

  claim("the compiler's memory does not count against the program's limit or peak", async () => {
    await using state = openState();
    const { result } = await execute(state, "sum.cpp", ["--max-memory", "8"], { input: "1" });
    expect(result.status).toBe("Success");
    expect(result.memory_peak).toBeLessThan(8 * 1024 * 1024);
    expect(result.compile?.memory_peak).toBeGreaterThan(8 * 1024 * 1024);
  }, patient);

  claim("a compiler that does not end is CompileError, bounded in time", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: slow\nname: Slow\nextensions: [.slow]\ncompile: { command: /usr/bin/sleep 60, limits: { wall_time: 500ms } }\nrun: { command: /bin/true }\n");
    const { result, exitCode, stderr } = await execute(state, state.file("x.slow", ""), ["--pack", pack]);
    expect([stderr, result.status, result.phase, result.compile?.status, exitCode]).toEqual(["", "CompileError", "compile", "TimeLimit", 6]);
    await expectNothingLeft(state);
  });

  claim("a source may include no file of the host that is not visible in the box", async () => {
    await using state = openState();
    const { result } = await execute(state, state.file("steal.c", '#include "/etc/shadow"\nint main(void) { return 0; }\n'));
    expect(result.status).toBe("CompileError");
    expect(`${result.compile?.stdout}${result.compile?.stderr}`).toContain("No such file");
  }, patient);

  claim("text output shows the compiler's messages of a failure", async () => {
    await using state = openState();
    const outcome = await state.mini(["execute", "--source", join(sources, "broken.c")], { timeoutMs: 30_000 });
    expect(outcome.exitCode).toBe(6);
    expect(outcome.stdout).toStartWith("Status: CompileError\n");
    expect(outcome.stdout).toContain("undeclared_thing");
  }, patient);

  claim("a plain name stays where it means nothing to the language, and the source runs in the box that is named", async () => {
    await using state = openState();
    const directory = (await state.mini(["init"])).stdout.trimEnd();
    const c = state.file("given-name.c", '#include <stdio.h>\nint main(void) { puts(__FILE__); return fopen("made-by-c", "w") == NULL; }\n');
    expect((await execute(state, c, ["--box-id", "0"])).result.stdout.trim().split("/").at(-1)).toBe("given-name.c");
    const python = state.file("given name.py", "import sys\nprint(sys.argv[0])\nopen('made-by-python', 'w')\n");
    expect((await execute(state, python, ["--box-id", "0"])).result.stdout.trim().split("/").at(-1)).toBe("main.py");
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(["made-by-c", "made-by-python"]));
  }, patient);

  claim("what stands at the source's place in the box is replaced, not followed", async () => {
    await using state = openState();
    const directory = (await state.mini(["init"])).stdout.trimEnd();
    const target = state.file("target", "untouched\n", 0o666);
    symlinkSync(target, join(directory, "sum.c"));
    const { result } = await execute(state, "sum.c", ["--box-id", "0"], { input: "42" });
    expect(result.status).toBe("Success");
    expect(readFileSync(target, "utf8")).toBe("untouched\n");
  }, patient);

  claim("a compiler or runtime that is missing is exit code 69, and says which", async () => {
    await using state = openState();
    const pack = state.file("pack.yaml", "version: 1\nid: gone\nname: Gone\nextensions: [.gone]\ncompile: { command: /usr/bin/no-such-compiler }\nrun: { command: /bin/true }\n");
    const outcome = await state.mini(["execute", "--source", state.file("x.gone", ""), "--pack", pack]);
    expect(outcome.exitCode).toBe(69);
    expect(outcome.stderr).toContain("/usr/bin/no-such-compiler");
  });

  claim("an executable without #! line and without a known extension is executed as it is", async () => {
    await using state = openState();
    const file = join(state.scratch, "true-copy");
    copyFileSync("/bin/true", file);
    chmodSync(file, 0o755);
    expect((await execute(state, file)).result.status).toBe("Success");
    writeFileSync(file, "no program");
    expect((await execute(state, file)).result).toMatchObject({ status: "RuntimeError", exit_code: 127 });
  });
});
