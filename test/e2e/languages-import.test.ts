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
