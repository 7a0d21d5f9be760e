// Languages as contests run them: what people of other judges reported, tried with the compilers of this host.
import { describe, expect } from "bun:test";
import { availableParallelism } from "node:os";
import { openState, type State } from "../helpers/binary.ts";
import { builtInLanguages } from "../../src/language/builtin.ts";
import { meaningfulNames, oddNames } from "../helpers/odd-names.ts";
import { pluginLanguages, programsOf, whereIs } from "../helpers/plugins.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const python = executable("/usr/bin/python3");
const gxx = executable("/usr/bin/g++");
/** With the threaded library of Debian (libopenblas0-pthread) beneath it. */
const numpy = { missing: Bun.spawnSync(["/usr/bin/python3", "-c", "import numpy, os; numpy.ones(2); exit(len(os.listdir('/proc/self/task')) < min(2, os.cpu_count()))"]).exitCode === 0 ? null : "NumPy with threads" };
const processors = availableParallelism();

const present = (program: string) => ({ missing: whereIs(program) === null ? program : null });

const execute = async (state: State, source: string, ...flags: readonly string[]) => (await state.json(["execute", "--source", source, ...flags])).result;

describe("Python's output", () => {
  const lost = "import os, signal\nprint('printed')\nos.kill(os.getpid(), signal.SIGKILL)\n";

  claimWith(...sandbox, python)("of `python` is kept when the program is killed; `python-buffered` and contests write it in blocks (code-golf/code-golf#393, engineer-man/piston#180)", async () => {
    await using state = openState();
    const source = state.file("a.py", lost);
    const printed = async (...flags: readonly string[]) => (await execute(state, source, ...flags)).stdout;
    expect(await printed()).toBe("printed\n");
    expect(await printed("--language", "python-buffered")).toBe("");
    expect(await printed("--pack", "codeforces")).toBe("");
  });

  claimWith(...sandbox, python)("is written by one call for many prints in `python-buffered`, by one for each in `python`", async () => {
    await using state = openState();
    const source = state.file("a.py", "import sys\nfor i in range(1000): print(i)\nprint(sys.stdout.write_through, file=sys.stderr)\n");
    expect((await execute(state, source)).stderr).toBe("True\n");
    const buffered = await execute(state, source, "--language", "python-buffered");
    expect([buffered.stderr, buffered.language, buffered.stdout.length]).toEqual(["False\n", "python-buffered", 3890]);
  });
});

describe("threads", () => {
  /** Starts as many threads as its input says, all of which are there at the same time. */
  const holding = `
#include <barrier>
#include <cstdio>
#include <thread>
#include <vector>
int main() {
  int count = 0;
  if (std::scanf("%d", &count) != 1) return 1;
  std::barrier all(count + 1);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; i++) threads.emplace_back([&] { all.arrive_and_wait(); });
  all.arrive_and_wait();
  for (auto &thread : threads) thread.join();
  std::puts("done");
}
`;

  for (const pack of ["icpc", "ioi", "kattis", "codeforces"]) {
    claimWith(...sandbox, gxx)(`std::thread works under --pack ${pack}, 64 processes and threads at a time`, async () => {
      await using state = openState();
      const source = state.file("a.cpp", holding);
      const roomy = await execute(state, source, "--pack", pack, "--max-memory", "1024", "--input", state.file("63", "63"));
      expect([roomy.status, roomy.stdout]).toEqual(["Success", "done\n"]);
      const crowded = await execute(state, source, "--pack", pack, "--max-memory", "1024", "--input", state.file("64", "64"));
      expect([crowded.status, crowded.error_message]).toEqual(["ProcessLimit", expect.stringContaining("the process limit of 64, ")]);
    }, { timeout: 60_000 });
  }

  claimWith(...sandbox, gxx)("of the built-in C++ are one, and the message names the flag for more", async () => {
    await using state = openState();
    const source = state.file("a.cpp", holding);
    const input = state.file("2", "2");
    const refused = await execute(state, source, "--input", input);
    expect([refused.status, refused.limit, refused.error_message]).toEqual(["ProcessLimit", "processes", expect.stringMatching(/raise it with --processes$/)]);
    expect((await execute(state, source, "--input", input, "--processes", "3")).stdout).toBe("done\n");
  });

  // NumPy starts a thread for each processor.
  for (const [pack, language] of [["ioi", "cpython"], ["kattis", "cpython3"], ["codeforces", "python"]] as const) {
    claimWith(...sandbox, python)(`Python's threads work under --pack ${pack} (cms-dev/cms#1259)`, async () => {
      await using state = openState();
      const source = state.file("a.py", "import threading\nall = threading.Barrier(33)\nfor _ in range(32): threading.Thread(target=all.wait).start()\nall.wait()\nprint('done')\n");
      expect((await execute(state, source, "--pack", pack, "--language", language)).stdout).toBe("done\n");
    });
  }

  // The library beneath it (OpenBLAS) starts its threads when it is loaded.
  for (const [pack, language] of [["ioi", "cpython"], ["kattis", "cpython3"], ["codeforces", "python"]] as const) {
    claimWith(...sandbox, python, numpy)(`NumPy multiplies with its threads under --pack ${pack} (cms-dev/cms#1259)`, async () => {
      await using state = openState();
      const source = state.file("a.py", "import os, numpy\na = numpy.ones((300, 300))\nprint((a @ a)[7, 7], len(os.listdir('/proc/self/task')) > 1)\n");
      const result = await execute(state, source, "--pack", pack, "--language", language, "--max-memory", "1024");
      expect([result.status, result.stdout, result.stderr]).toEqual(["Success", `300.0 ${processors > 1 ? "True" : "False"}\n`, ""]);
    }, { timeout: 60_000 });
  }

  for (const [pack, language] of [["icpc", "cpp"], ["ioi", "cpp"], ["kattis", "cpp"], ["codeforces", "cpp20"]] as const) {
    claimWith(...sandbox, gxx)(`OpenMP works under --pack ${pack}, with a pack of the contest's own that switches it on`, async () => {
      await using state = openState();
      const own = state.file("own.yaml", `version: 1\nid: cpp-omp\nextends: ${language}\nextensions: [.omp]\ncompile:\n  command: /usr/bin/g++ -x c++ -O2 -fopenmp -o {executable} {sources}\n`);
      const source = state.file("a.omp", `
#include <cstdio>
#include <omp.h>
int main() {
  int sum = 0, threads = 0;
#pragma omp parallel for num_threads(16) reduction(+ : sum)
  for (int i = 0; i < 1600; i++) { sum += i; if (i == 0) threads = omp_get_num_threads(); }
  std::printf("%d %d\\n", sum, threads);
}
`);
      const result = await execute(state, source, "--pack", pack, "--pack", own, "--max-memory", "1024");
      expect([result.status, result.stdout, result.stderr]).toEqual(["Success", "1279200 16\n", ""]);
    }, { timeout: 60_000 });
  }

  claimWith(...sandbox, gxx)("--processes of a temporary box counts before the number of a pack", async () => {
    await using state = openState();
    const source = state.file("a.cpp", holding);
    const input = state.file("8", "8");
    expect((await execute(state, source, "--pack", "codeforces", "--input", input, "--processes", "9")).status).toBe("Success");
    expect((await execute(state, source, "--pack", "codeforces", "--input", input, "--processes", "8")).error_message).toContain("the process limit of 8, ");
  });
});

describe("a source runs whatever the caller called it (DOMjudge/domjudge#3005, KITPraktomatTeam/Praktomat#224)", () => {
  // Each of the names is tried with every pack by its command lines (test/unit/language/odd-names.test.ts).
  for (const language of builtInLanguages().filter(({ extensions }) => extensions.length > 0)) {
    claimWith(...sandbox, ...programsOf(language).map(present))(language.id, async () => {
      await using state = openState();
      const { source, output } = language.tests[0]!;
      const ids = { c: ["--language", "c"], cpp: ["--language", "cpp"] } as Record<string, readonly string[]>;
      for (const name of [...oddNames(language.extensions[0]!).filter((_, index) => index % 3 === 0), ...(meaningfulNames[language.id] ?? [])]) {
        const { status, stdout } = await execute(state, state.file(name, source), ...(ids[language.id] ?? []));
        expect([name, status, stdout.trim()]).toEqual([name, "Success", output ?? ""]);
      }
    }, { timeout: 120_000 });
  }

  for (const id of ["csharp", "lua", "ocaml", "pascal", "d", "octave", "sqlite", "lisp", "cobol", "r"]) {
    const language = pluginLanguages("extra").find((one) => one.id === id)!;
    claimWith(...sandbox, ...programsOf(language).map(present))(`extra: ${id}`, async () => {
      await using state = openState();
      const { source, output } = language.tests[0]!;
      const name = `$(exit 3) '"1*${language.extensions[0]}`;
      const { status, stdout } = await execute(state, state.file(name, source), "--pack", "extra");
      expect([status, stdout.trim()]).toEqual(["Success", output ?? ""]);
    }, { timeout: 60_000 });
  }

  claimWith(...sandbox, python)("and a module that it is called like is still found (numpy/numpy#16198)", async () => {
    await using state = openState();
    expect((await execute(state, state.file("random.py", "import random\nprint(random.choice([1]))\n"))).stdout).toBe("1\n");
  });

  claimWith(...sandbox, gxx)("a header that is added is found by its name; added sources become no options", async () => {
    await using state = openState();
    const header = state.file("my header.h", "int answer();\n");
    const added = ["-o.cpp", "@file.cpp"].map((name, index) => state.file(name, `int part${index}() { return 21; }\n`));
    const source = state.file("-x.cpp", '#include "my header.h"\n#include <cstdio>\nint part0(); int part1();\nint answer() { return part0() + part1(); }\nint main() { std::printf("%d\\n", answer()); }\n');
    expect((await execute(state, source, ...[header, ...added].flatMap((file) => ["--add", file]))).stdout).toBe("42\n");
  });
});

describe("what the compiler left is looked at: without a program it is a CompileError", () => {
  const told = async (state: State, source: string, ...flags: readonly string[]) => {
    const { result, exitCode } = await state.json(["execute", "--source", source, ...flags]);
    return [result.status, exitCode, result.compile?.cached, result.error_message];
  };
  const advice = "not a program: is there a main program in the source?";

  claimWith(...sandbox, executable("/usr/bin/go"))("Go without package main, and it is not kept (golang/go#31225)", async () => {
    await using state = openState();
    const source = state.file("a.go", "package sums\nfunc Sum() int { return 42 }\n");
    for (let times = 0; times < 2; times++) {
      expect(await told(state, source)).toEqual(["CompileError", 6, false, `the compiler ended without an error, but main is an archive, ${advice}`]);
    }
    expect(await told(state, state.file("b.go", "package main\nfunc main() {}\n"))).toEqual(["Success", 0, false, null]);
  }, { timeout: 60_000 });

  claimWith(...sandbox, executable("/usr/bin/rustc"))("Rust that says that it is a library", async () => {
    await using state = openState();
    expect(await told(state, state.file("a.rs", '#![crate_type="lib"]\npub fn sum() {}\n'))).toEqual(["CompileError", 6, false, `the compiler ended without an error, but a is an archive, ${advice}`]);
  });

  claimWith(...sandbox, gxx)("a header is a program in C++ if it has a main, under every pack; without one it is a CompileError (DOMjudge/domjudge#119)", async () => {
    await using state = openState();
    const header = state.file("a.h", "int main() {}\n");
    for (const flags of [[], ["--pack", "ioi"], ["--pack", "kattis"], ["--pack", "icpc"], ["--pack", "codeforces"]]) {
      expect((await told(state, header, "--language", "cpp", ...flags)).slice(0, 2)).toEqual(["Success", 0]);
    }
    expect((await told(state, state.file("b.h", "int sum();\n"), "--language", "cpp")).slice(0, 2)).toEqual(["CompileError", 6]);
  }, { timeout: 60_000 });

  for (const [what, flags, found] of [
    ["a precompiled header", "-x c-header", "a precompiled header"],
    ["an object file", "-c", "an object file that is not linked"],
    ["a shared library", "-shared -fPIC", "a shared library"],
    ["assembly", "-S", "a text without a #! line"],
  ] as const) {
    claimWith(...sandbox)(`${what} in place of a program, by the command of a pack`, async () => {
      await using state = openState();
      const pack = state.file("pack.yaml", `version: 1\nid: odd\nname: Odd\nextensions: [.odd]\ncompile: {command: '/usr/bin/gcc -x c ${flags} -o {executable} {source}'}\nrun: {command: '{executable}'}\n`);
      expect(await told(state, state.file("a.odd", "int f(void) { return 1; }\n"), "--pack", pack)).toEqual(["CompileError", 6, false, `the compiler ended without an error, but a is ${found}, ${advice}`]);
    });
  }

  claimWith(...sandbox)("a script is a program, and one without permission to be executed is none", async () => {
    await using state = openState();
    const pack = (mode: string) => state.file(`${mode}.yaml`, `version: 1\nid: odd\nname: Odd\nextensions: [.odd]\ncompile: {command: [/usr/bin/install, -m, '${mode}', '{source}', '{executable}']}\nrun: {command: '{executable}'}\n`);
    const source = state.file("a.odd", "#!/bin/sh\n");
    expect(await told(state, source, "--pack", pack("755"))).toEqual(["Success", 0, false, null]);
    expect(await told(state, source, "--pack", pack("644"))).toEqual(["CompileError", 6, false, "the compiler ended without an error, but a has no permission to be executed (mode 0644)"]);
  });

  for (const pack of ["icpc", "extra"]) {
    claimWith(...sandbox, ...["kotlinc", "kotlin"].map(present))(`Kotlin without a main function, under --pack ${pack}`, async () => {
      await using state = openState();
      const [status, exitCode, , message] = await told(state, state.file("a.kt", "class A\n"), "--pack", pack, "--max-memory", "1024");
      expect([status, exitCode, message]).toEqual(["CompileError", 6, expect.stringContaining("left no MainKt.class")]);
    }, { timeout: 120_000 });
  }

  claimWith(...sandbox, executable("/usr/bin/javac"), executable("/usr/bin/java"))("Java without the class that is asked for (omegaup/omegaup#476)", async () => {
    await using state = openState();
    const [status, exitCode, , message] = await told(state, state.file("a.java", "class A { public static void main(String[] a) {} }\n"), "--entry-point", "b.B");
    expect([status, exitCode, message]).toEqual(["CompileError", 6, expect.stringContaining("left no b/B.class: ")]);
  }, { timeout: 60_000 });
});

describe("the class that a Java source is started by (judge0/judge0#59, rsalesc/rbx#771)", () => {
  const main = (says: string) => `public static void main(String[] arguments) { System.out.println("${says}"); }`;
  const long = "A".repeat(249);

  for (const [what, file, source, says] of [
    ["is the public one that the file is named after, not the first one", "Main.java", `class Debug { ${main("debug")} }\npublic class Main { ${main("main")} }`, "main"],
    ["is the one that the file is named after, if none is public", "Sum.java", `class Debug { ${main("debug")} }\nclass Sum { ${main("sum")} }`, "sum"],
    ["is one with main if the public one has none, whatever the file is called", "x y.java", `class Other { ${main("other")} }\npublic class Sum { }`, "other"],
    ["is none with an overload of main", "a.java", `class First { static void main(int x) { } public static int main(String a) { return 0; } }\nclass Second { ${main("second")} }`, "second"],
    ["is not inside of another", "a.java", `class Outer { static class Inner { ${main("inner")} } }\nrecord Second(int x) { ${main("second")} }`, "second"],
    ["may be an enum", "a.java", `enum E { A { void f() { } }; ${main("enum")} void f() { } }`, "enum"],
    ["may be an interface", "a.java", 'interface I { static void main(String... a) { System.out.println("interface"); } }', "interface"],
    ["may have a package with blanks, line ends and comments in it", "a.java", `package a . b\n . /* . */ c ;\npublic class Sum { ${main("package")} }`, "package"],
    ["may have a name of 249 letters, the longest that a class file can have", "a.java", `public class ${long} { ${main("long")} }`, "long"],
    ["may have letters of the world in its name", "a.java", `public class Größe { ${main("letters")} }`, "letters"],
    ["may be written with escapes", "a.java", `\\u0070ublic class Esc { public static void m\\u0061in(String[] a) { System.out.println("escapes"); } }`, "escapes"],
  ] as const) {
    claimWith(...sandbox, executable("/usr/bin/javac"), executable("/usr/bin/java"))(what, async () => {
      await using state = openState();
      const { status, stdout, compile } = await execute(state, state.file(file, source));
      expect([status, stdout, compile?.stderr]).toEqual(["Success", `${says}\n`, ""]);
    }, { timeout: 60_000 });
  }

  claimWith(...sandbox, executable("/usr/bin/javac"), executable("/usr/bin/java"))("a name that is too long for a file is a CompileError", async () => {
    await using state = openState();
    for (const length of [250, 255, 300]) expect((await execute(state, state.file("a.java", `public class ${"A".repeat(length)} { ${main("long")} }`))).status).toBe("CompileError");
  }, { timeout: 60_000 });
});
