// languages import: a languages.yaml of Kattis problemtools becomes a pack that works.
import { describe, expect, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const kattis = `
say:
  name: Say
  priority: 20
  files: '*.say *.h'
  compile: '/bin/cp {files} {binary}'
  run: '/bin/sh {binary}'
broken:
  name: Broken
  priority: 10
  files: '*.broken'
  run: 'nothing'
`;

const importing = (state: State, ...words: string[]) => state.mini(["languages", "import", ...words], { cwd: state.scratch });

describe("languages import", () => {
  const claim = claimWith(...sandbox, executable("/usr/bin/gcc"), executable("/usr/bin/javac"));

  claim("writes a pack by which sources are compiled and run", async () => {
    await using state = openState();
    const file = state.file("languages.yaml", [
      "c: {name: C, priority: 3, files: '*.c', compile: 'gcc -o {binary} {files} -lm', run: '{binary}'}",
      "py: {name: Python, priority: 2, files: '*.py', compile: 'python3 -m py_compile {files}', run: 'python3 \"{mainfile}\"'}",
      "java: {name: Java, priority: 1, files: '*.java', compile: 'javac -d {path} {files}', run: 'java -Xmx{memlim}m -cp {path} {mainclass}'}",
      "",
    ].join("\n"));
    const pack = join(state.scratch, "pack.yaml");
    const outcome = await importing(state, file, "--output", pack);
    expect([outcome.stderr, outcome.stdout, outcome.exitCode]).toEqual([`mini-isolate: 3 languages written to ${pack}\n`, "", 0]);
    const sources = {
      "x.c": '#include <stdio.h>\nint main(void) { puts("c"); return 0; }\n',
      "x.py": 'print("py")\n',
      "x.java": 'class Other { public static void main(String[] words) { System.out.println("java"); } }\n',
    };
    for (const [name, text] of Object.entries(sources)) {
      const { result } = await state.json(["execute", "--pack", pack, "--max-memory", "512", "--source", state.file(name, text)], { timeoutMs: 30_000 });
      const id = name.slice(2);
      expect([result.error_message, result.status, result.language, result.stdout]).toEqual([null, "Success", id, `${id}\n`]);
    }
  }, { timeout: 60_000 });

  claim("reads Hydro's langs.yaml as well, and what comes of it compiles and runs", async () => {
    await using state = openState();
    const file = state.file("langs.yaml", [
      "_common: &common {highlight: x, compile_time_limit: 30000, compile_memory_limit: 1024}",
      "c: {display: C, hidden: true, code_file: foo.c, execute: /w/foo}",
      "c.c17: {<<: *common, display: C17, hidden: false, compile: /usr/bin/gcc -std=c17 -o foo foo.c -lm, version: /usr/bin/gcc --version}",
      "py: {display: Python, code_file: foo.py, target: made.pyc, compile: \"/usr/bin/python3 -c \\\"import py_compile; py_compile.compile('/w/foo.py', '/w/made.pyc', doraise=True)\\\"\", execute: /usr/bin/python3 made.pyc, time_limit_rate: 2}",
      "java: {<<: *common, display: Java, code_file: Main.java, target: Main.jar, compile: \"/bin/bash -c \\\"javac -d /w -encoding utf8 ./Main.java && jar cvf Main.jar *.class >/dev/null\\\"\", execute: /usr/bin/java -cp Main.jar Main}",
      "sh: {display: Shell, execute: /bin/sh foo.sh}",
      "away: {display: Elsewhere, remote: true, execute: x}",
      "",
    ].join("\n"));
    const pack = join(state.scratch, "pack.yaml");
    const outcome = await importing(state, "langs.yaml", "--output", pack);
    expect(outcome.stderr.split("\n")).toEqual([
      "mini-isolate: langs.yaml:2:1: c: left out: /w/foo is run and nothing makes it",
      "mini-isolate: langs.yaml:3:1: c.c17: not carried over: highlight: how an editor shows a source",
      "mini-isolate: langs.yaml:5:1: java: not carried over: highlight: how an editor shows a source",
      "mini-isolate: langs.yaml:7:1: away: left out: remote: another judge runs it",
      `mini-isolate: 4 languages written to ${pack}`, "",
    ]);
    expect([outcome.stdout, outcome.exitCode, readFileSync(file, "utf8").length > 0]).toEqual(["", 0, true]);
    const sources = {
      "x.c": ["c.c17", '#include <stdio.h>\nint main(void) { printf("%ld", __STDC_VERSION__); }\n', "201710"],
      "x.py": ["py", "print(__file__.split('/')[-1])\n", "made.pyc\n"],
      "x.java": ["java", 'class Main { public static void main(String[] words) { System.out.println("java"); } }\n', "java\n"],
      "x.sh": ["sh", "echo shell | cat\n", "shell\n"],
    } as const;
    for (const [name, [id, text, printed]] of Object.entries(sources)) {
      const { result } = await state.json(["execute", "--pack", pack, "--max-memory", "512", "--source", state.file(name, text)], { timeoutMs: 30_000 });
      expect([result.error_message, result.status, result.language, result.stdout]).toEqual([null, "Success", id, printed]);
    }
    const { result } = await state.json<{ id: string; time: unknown; toolchain: { version: string | null } }[]>(["languages", "list", "--pack", pack]);
    expect(result.find(({ id }) => id === "py")!.time).toEqual({ factor: 2, add: 0 });
    expect(result.find(({ id }) => id === "c.c17")!.toolchain.version).toMatch(/^\d+\./);
  }, { timeout: 60_000 });

  test("prints the pack, and for each language what was lost on standard error", async () => {
    await using state = openState();
    const file = state.file("languages.yaml", kattis);
    const { stdout, stderr, exitCode } = await importing(state, "languages.yaml");
    expect(stderr).toBe(
      "mini-isolate: languages.yaml:2:1: say: not carried over: files: '*.h' are no sources; headers come by --add\n" +
        "mini-isolate: languages.yaml:8:1: broken: left out: uses none of {binary} {mainfile} {mainclass} {Mainclass}\n",
    );
    expect(exitCode).toBe(0);
    const pack = state.file("pack.yaml", stdout);
    expect((await state.json<{ id: string; origin: string }[]>(["languages", "list", "--pack", pack])).result[0]).toMatchObject({ id: "say", name: "Say", origin: pack });
    expect(readFileSync(file, "utf8")).toBe(kattis);
  });

  test("ends with 1 when nothing could be carried over, and writes nothing", async () => {
    await using state = openState();
    state.file("languages.yaml", "broken: {name: B, priority: 1, files: '*.b', run: 'x'}\n");
    const { stdout, stderr, exitCode } = await importing(state, "languages.yaml", "--output", "pack.yaml");
    expect([stdout, exitCode, readdirSync(state.scratch)]).toEqual(["", 1, ["languages.yaml"]]);
    expect(stderr).toEndWith("mini-isolate: no language of languages.yaml could be imported\n");
  });

  test("leaves alone what is there already: a file, a link, a directory", async () => {
    await using state = openState();
    state.file("languages.yaml", kattis);
    const target = state.file("target", "untouched\n");
    writeFileSync(join(state.scratch, "pack.yaml"), "untouched\n");
    symlinkSync(target, join(state.scratch, "link.yaml"));
    symlinkSync("/nowhere/at/all", join(state.scratch, "dangling.yaml"));
    mkdirSync(join(state.scratch, "directory"));
    for (const name of ["pack.yaml", "link.yaml", "dangling.yaml", "directory"]) {
      const outcome = await importing(state, "languages.yaml", "--output", name);
      expect([outcome.exitCode, outcome.stdout]).toEqual([64, ""]);
      expect(outcome.stderr).toEndWith(`mini-isolate: cannot write --output ${name}: it exists already\nhint: remove it, or choose another name\n`);
    }
    expect([readFileSync(target, "utf8"), readFileSync(join(state.scratch, "pack.yaml"), "utf8")]).toEqual(["untouched\n", "untouched\n"]);
    expect(lstatSync(join(state.scratch, "link.yaml")).isSymbolicLink()).toBe(true);
    const nowhere = await importing(state, "languages.yaml", "--output", "no/such/pack.yaml");
    expect(nowhere.exitCode).toBe(64);
    expect(nowhere.stderr).toContain("cannot write --output no/such/pack.yaml: ENOENT");
  });

  test("refuses what it cannot read, with the reason", async () => {
    await using state = openState();
    state.file("large.yaml", "#".repeat(1024 * 1024 + 1));
    state.file("binary.yaml", new Uint8Array([0x61, 0xff, 0xfe]));
    state.file("wrong.yaml", "c:\n  name: C\n  comand: x\n");
    state.file("bell.yaml", "c:\n  'na\\u0007': \"\u001b[31m\"\n");
    await Bun.$`mkfifo ${join(state.scratch, "fifo.yaml")}`;
    for (const [words, message] of [
      [[], "missing FILE for languages import"],
      [["a.yaml", "b.yaml"], "unexpected argument 'b.yaml' for languages import"],
      [["missing.yaml"], "cannot read missing.yaml: ENOENT"],
      [["large.yaml"], "cannot use large.yaml: it has 1048577 bytes, more than 1048576"],
      [["binary.yaml"], "cannot read binary.yaml: it is not UTF-8 text"],
      [["fifo.yaml"], "cannot read fifo.yaml: it is not a regular file"],
      [["."], "cannot read .: it is not a regular file"],
      [["wrong.yaml"], "wrong.yaml:3:3: c.comand: unknown key"],
      [["wrong.yaml", "--json"], "--json cannot be used with languages import"],
      [["wrong.yaml", "--pack", "x.yaml"], "--pack cannot be used with languages import"],
    ] as const) {
      const outcome = await importing(state, ...words);
      expect([outcome.exitCode, outcome.stdout]).toEqual([64, ""]);
      expect(outcome.stderr).toStartWith(`mini-isolate: ${message}`);
    }
    const bell = await importing(state, "bell.yaml");
    expect(bell.exitCode).toBe(64);
    expect(bell.stderr).not.toContain("\u001b");
  });
});
