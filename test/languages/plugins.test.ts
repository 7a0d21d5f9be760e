// The packs that are chosen by name: checked, complete, with the command lines that contests publish. Their programs are run in plugin-programs.test.ts and slow-plugin-programs.test.ts.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInDefinitions } from "../../src/language/builtin.ts";
import type { Language } from "../../src/language/language.ts";
import { checkPack } from "../../src/language/load.ts";
import { formatProblem } from "../../src/language/problem-line.ts";
import { normalizeLanguage } from "../../src/language/normalize.ts";
import { planSource } from "../../src/language/plan-source.ts";
import { loadPlugin, pluginNames } from "../../src/language/plugins.ts";
import { openState } from "../helpers/binary.ts";
import { debianPackages, notOfDebian, pluginLanguages, programsOf, whereIs } from "../helpers/plugins.ts";
import { claimWith, sandbox } from "../helpers/requires.ts";

const top = join(import.meta.dir, "../..");
const plugins = pluginNames.map((name) => ({ name, languages: pluginLanguages(name) }));
const all = plugins.flatMap(({ name, languages }) => languages.map((language) => ({ plugin: name, id: language.id, language })));
const languageOf = (plugin: string, id: string): Language => all.find((one) => one.plugin === plugin && one.id === id)!.language;

describe("the plugins", () => {
  test("are the files in plugins/", () => {
    expect(readdirSync(join(top, "plugins")).toSorted()).toEqual(pluginNames.map((name) => `${name}.yaml`).toSorted());
  });

  test("are known by these names alone", () => {
    expect([loadPlugin("icp"), loadPlugin("constructor")]).toEqual([null, null]);
  });

  test.each(plugins)("$name passes all checks, and the embedded form is the same as the checked one", ({ name, languages: embedded }) => {
    const { languages, problems } = checkPack(readFileSync(join(top, "plugins", `${name}.yaml`), "utf8"), name, builtInDefinitions());
    expect(problems.map((problem) => formatProblem(name, problem))).toEqual([]);
    const checked = languages.map((language) => normalizeLanguage(language, 1)).filter(({ hidden }) => !hidden);
    expect(checked).toEqual([...embedded]);
  });

  test.each(all)("$plugin: $id says how its version is asked for, and greets, reads and fails in its tests", ({ language: { toolchain, tests, id } }) => {
    expect(toolchain?.command[0]).toBeTruthy();
    const [hello] = tests;
    expect([hello?.name.startsWith("hello"), hello?.status, hello?.output?.startsWith("Hello from")]).toEqual([true, "Success", true]);
    expect(tests.some(({ input, output, status }) => input !== "" && output !== null && status === "Success")).toBe(true);
    // A text cannot fail.
    if (id !== "text") expect(tests.some(({ status }) => status !== "Success")).toBe(true);
  });

  test.each(plugins)("$name gives each language that stands in the place of a built-in one all names of that", ({ languages }) => {
    // Otherwise --language c++ would still mean the built-in one.
    const names = languages.flatMap(({ id, aliases }) => [id, ...aliases]);
    for (const { merged } of builtInDefinitions()) {
      if (names.includes(merged.id)) expect((merged.aliases ?? []).filter((alias) => !names.includes(alias))).toEqual([]);
    }
  });

  test("name programs that Debian has packages of, which .ci/run installs, or whose tests say where they come from", () => {
    const programs = [...new Set(all.flatMap(({ language }) => programsOf(language)))];
    expect(programs.filter((program) => !Object.hasOwn(debianPackages, program) && !Object.hasOwn(notOfDebian, program))).toEqual([]);
    const installed = readFileSync(join(top, ".ci/run"), "utf8").split(/[\s\\]+/);
    expect(Object.values(debianPackages).flat().filter((name) => name !== "binutils" && !installed.includes(name))).toEqual([]);
  });

  test("are no part of what starts `run`, or `execute` without --pack", async () => {
    const { outputs, success } = await Bun.build({ entrypoints: [join(top, "src/main.ts")], target: "bun", format: "esm", minify: true, splitting: true, define: { BUILD_COMMIT: '"test"' } });
    expect(success).toBe(true);
    const texts = await Promise.all(outputs.filter(({ kind }) => kind !== "sourcemap" && kind !== "bytecode").map(async (output) => ({ path: output.path, text: await output.text() })));
    for (const [name, mark] of [["icpc", "-Xms{memory_mb-128}m"], ["ioi", "gnu++14"], ["kattis", "--whole-archive"], ["codeforces", "-DONLINE_JUDGE"], ["extra", "Hello from Julia"]] as const) {
      const holders = texts.filter(({ text }) => text.includes(mark)).map(({ path }) => path);
      expect([name, holders.length]).toEqual([name, 1]);
      // Only a require() leads to it: `import"./icpc-...js"` and `from"./icpc-...js"` would load it with the others.
      const file = RegExp.escape(holders[0]!.replace(/^.*\//, ""));
      const ways = texts.flatMap(({ text }) => text.match(new RegExp(`.{8}(?="\\./${file}")`, "g")) ?? []);
      expect([name, ways]).toEqual([name, ["require("]]);
    }
  });
});

describe("the command lines that contests publish", () => {
  type Published = readonly (readonly [id: string, file: string, compile: string, run: string])[];

  // ICPC World Finals 2024. `-o` is what the judge's script adds for C and C++.
  const worldFinals: Published = [
    ["c", "main.c", "gcc -x c -g -O2 -std=gnu11 -static -o ./main main.c -lm", "./main"],
    ["cpp", "main.cpp", "g++ -x c++ -g -O2 -std=gnu++20 -static -o ./main main.cpp", "./main"],
    ["java", "Main.java", "javac -encoding UTF-8 -sourcepath . -d . Main.java", "java -Dfile.encoding=UTF-8 -XX:+UseSerialGC -Xss64m -Xms1920m -Xmx1920m Main"],
    ["kotlin", "Main.kt", "kotlinc -d . Main.kt", "kotlin -Dfile.encoding=UTF-8 -J-XX:+UseSerialGC -J-Xss64m -J-Xms1920m -J-Xmx1920m MainKt"],
    ["python", "main.py", "pypy3 -m py_compile main.py", "pypy3 main.py"],
  ];
  // IOI 2025 and 2024, CMS 1.5, which puts classes into a jar and .pyc files into a zip file.
  const olympiads: Published = [
    ["cpp", "task.cpp", "g++ -DEVAL -std=gnu++20 -O2 -pipe -static -s -o ./task task.cpp grader.cpp", "./task"],
    ["cpp17", "task.cpp", "g++ -DEVAL -std=gnu++17 -O2 -pipe -static -s -o ./task task.cpp grader.cpp", "./task"],
    ["c", "task.c", "gcc -DEVAL -std=gnu11 -O2 -pipe -static -s -o ./task task.c -lm", "./task"],
    ["java", "Main.java", "javac -d . Main.java", "java -Deval=true -Xmx512M -Xss64M -cp /box Main"],
    ["python", "task.py", "pypy3 -m compileall -q -b .", "pypy3 /box/main.pyc"],
  ];

  /** What JVMs need in a box, where there is no flock: without it they warn on the program's stdout. */
  const additions = ["-XX:-UsePerfData", "-J-XX:-UsePerfData"];
  const lineOf = (words: readonly string[]) => words.filter((word) => !additions.includes(word)).join(" ").replace(/^\/usr\/bin\//, "");

  const planFor = (language: Language, fileName: string, added: readonly string[]) =>
    planSource(language, {
      fileName,
      source: Buffer.from("class Main { public static void main(String[] arguments) {} }"),
      added,
      memoryBytes: language.run.limits.memoryBytes ?? 256 * 2 ** 20,
      cpuTimeSeconds: 1,
      workdir: "/box",
    });

  test.each([...worldFinals])("icpc: %s", (id, file, compile, run) => {
    const language = languageOf("icpc", id);
    const plan = planFor(language, file, []);
    expect([lineOf(plan.compile!.command), lineOf(plan.run.command)]).toEqual([compile, run]);
    expect(plan.compile!.limits).toMatchObject({ cpuTimeSeconds: 30, memoryBytes: 2 * 2 ** 30 });
    expect(language.run.limits).toEqual({ memoryBytes: 2 * 2 ** 30, stackBytes: 2 * 2 ** 30, processes: 64 });
    expect([language.time, language.memory]).toEqual([null, null]);
  });

  test.each([...olympiads])("ioi: %s", (id, file, compile, run) => {
    const plan = planFor(languageOf("ioi", id), file, ["grader.cpp", "task.h"]);
    expect([lineOf(plan.compile!.command), lineOf(plan.run.command)]).toEqual([compile, run]);
    expect(plan.compile!.limits).toMatchObject({ cpuTimeSeconds: 10, memoryBytes: 512 * 2 ** 20, processes: 1000 });
  });
});

const patient = { timeout: 300_000 };

describe("a contest's pack", () => {
  const versionOf = `
#include <cstdio>
int main() {
#ifdef ONLINE_JUDGE
  std::printf("judge ");
#endif
#ifdef EVAL
  std::printf("eval ");
#endif
  std::printf("%ld\\n", __cplusplus);
}
`;

  claimWith(...sandbox, { missing: whereIs("/usr/bin/g++") === null ? "/usr/bin/g++" : null })("changes what .cpp means, its names and its limits, and nothing else", async () => {
    await using state = openState();
    const source = state.file("version.cpp", versionOf);
    const run = async (...flags: readonly string[]) => (await state.json(["execute", "--source", source, ...flags])).result;
    expect((await run()).stdout).toBe("202002\n");
    expect((await run("--pack", "icpc")).stdout).toBe("202002\n");
    expect((await run("--pack", "ioi")).stdout).toBe("eval 202002\n");
    expect((await run("--pack", "ioi", "--language", "cpp17")).stdout).toBe("eval 201703\n");
    for (const [name, version] of [["cpp17", 201703], ["cpp20", 202002], ["c++", 202002]] as const) {
      expect((await run("--pack", "codeforces", "--language", name)).stdout).toBe(`judge ${version}\n`);
    }
    expect(Number((await run("--pack", "codeforces", "--language", "cpp23")).stdout.slice("judge ".length))).toBeGreaterThan(202002);
    expect((await run("--pack", "codeforces")).language).toBe("cpp20");
    expect((await run("--pack", "extra")).language).toBe("cpp");
  }, patient);

  claimWith(...sandbox)("gives the limits of the contest, under those of the caller", async () => {
    await using state = openState();
    const source = state.file("main.c", "int main(void) { return 0; }\n");
    interface Explained { readonly run: { readonly limits: Record<string, number | null> } }
    const limitsOf = async (...flags: readonly string[]) =>
      (JSON.parse((await state.mini(["execute", "--explain", "--source", source, "--pack", "icpc", ...flags])).stdout) as Explained).run.limits;
    expect(await limitsOf()).toMatchObject({ memory_limit: 2 * 2 ** 30, stack_limit: 2 * 2 ** 30, process_limit: 64 });
    expect(await limitsOf("--max-memory", "256")).toMatchObject({ memory_limit: 256 * 2 ** 20, stack_limit: 2 * 2 ** 30 });
  });

  claimWith(...sandbox, { missing: whereIs("/usr/bin/g++") === null ? "/usr/bin/g++" : null })("links an olympiad's grader, which calls the solution, with threads", async () => {
    await using state = openState();
    const solution = state.file("task.cpp", '#include "task.h"\nint answer(int a, int b) { return a + b; }\n');
    const header = state.file("task.h", "int answer(int a, int b);\n");
    const grader = state.file("grader.cpp", `
#include "task.h"
#include <cstdio>
#include <thread>
int main() {
  int a, b, c = 0;
  if (std::scanf("%d %d", &a, &b) != 2) return 1;
  std::thread([&] { c = answer(a, b); }).join();
  std::printf("%d\\n", c);
}
`);
    const input = state.file("input", "20 22\n");
    const flags = ["--pack", "ioi", "--source", solution, "--add", header, "--add", grader, "--input", input];
    const { result } = await state.json(["execute", ...flags]);
    expect([result.status, result.stdout, result.language]).toEqual(["Success", "42\n", "cpp"]);
  }, patient);
});
