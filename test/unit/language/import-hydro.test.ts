// The langs.yaml of Hydro as a language pack; test/e2e/languages-import.test.ts runs what comes of it.
import { describe, expect, test } from "bun:test";
import { importHydro, isHydro } from "../../../src/language/import-hydro.ts";
import type { WrittenLanguage } from "../../../src/language/schema.ts";
import { readYaml } from "../../../src/language/document.ts";
import { languagesIn } from "../../helpers/packs.ts";

function imported(text: string): { readonly languages: readonly WrittenLanguage[]; readonly notes: readonly string[] } {
  const { text: pack, notes } = importHydro(text, "langs.yaml");
  const said = notes.map(({ line, column, code, leftOut, reasons }) => `${line}:${column} ${code}${leftOut ? " left out" : ""}: ${reasons.join("; ")}`);
  if (pack === null) return { languages: [], notes: said };
  const document = readYaml(pack);
  if (Array.isArray(document)) throw new Error("no pack");
  return { languages: (document.value as { languages: WrittenLanguage[] }).languages, notes: said };
}

/** One language `abc` with these fields. */
const one = (...fields: string[]) => imported(`abc:\n${fields.map((field) => `  ${field}\n`).join("")}`);

describe("is carried over", () => {
  test("a compiled language, with what holds there when nothing is said", () => {
    const { languages, notes } = one("display: A B C", "compile: /usr/bin/abc -O2 -o foo foo.abc -lm");
    expect(notes).toEqual([]);
    expect(languages).toEqual([
      {
        id: "abc", name: "A B C", extensions: [".abc"], source_name: "foo.abc",
        compile: { command: "/usr/bin/abc -O2 -o {executable} {source} -lm", limits: { time: "10s", memory: "512MiB" } },
        run: { command: "{executable}", limits: { processes: 32 } },
      },
    ]);
  });

  test("an interpreted one, its file, its version, its limits", () => {
    const { languages, notes } = one("execute: /usr/bin/abc -x main.a", "code_file: main.a", "version: abc --version", "time_limit_rate: 2.5", "memory_limit_rate: 2", "process_limit: 5");
    expect(notes).toEqual([]);
    expect(languages).toEqual([
      {
        id: "abc", name: "abc", extensions: [".a"], source_name: "main.a", time: { factor: 2.5 }, memory: { factor: 2 }, toolchain: { command: "abc --version" },
        run: { command: "/usr/bin/abc -x {source}", limits: { processes: 5 } },
      },
    ]);
  });

  test("what a compiler leaves besides a program, its limits, and paths of the directory there", () => {
    const [language] = one("code_file: Main.abc", "target: Main.bin", "compile: /usr/bin/abc -d /w -o/w/Main.bin -x:/w/y /w/Main.abc /usr/w/x \"f('/w/Main.abc', '{a}')\"", "execute: /usr/bin/abcvm Main.bin", "compile_time_limit: 30500", "compile_memory_limit: 1024").languages;
    expect(language).toMatchObject({
      source_name: "Main.abc",
      compile: {
        command: ["/usr/bin/abc", "-d", "{dir}", "-o{dir}/Main.bin", "-x:{dir}/y", "{source}", "/usr/w/x", "f('{dir}/Main.abc', '{{a}}')"],
        limits: { time: "30500ms", memory: "1024MiB" }, artefacts: ["Main.bin"],
      },
      run: { command: "/usr/bin/abcvm Main.bin" },
    });
  });

  test("a program of another name than the source", () => {
    expect(one("target: prog", "compile: /usr/bin/abc -o prog foo.abc", "execute: /w/prog").languages[0]).toMatchObject({ compile: { command: "/usr/bin/abc -o prog {source}", artefacts: ["prog"] }, run: { command: "{dir}/prog" } });
  });

  test("what a key inherits from the one before its dot, and from a template", () => {
    const { languages, notes } = imported(`
_all: &all
  time_limit_rate: 3
abc:
  display: Family
  code_file: foo.abc
  compile: /usr/bin/abc -o foo foo.abc
  execute: /w/foo
abc.two:
  <<: *all
  display: Two
  compile: /usr/bin/abc -2 -o foo foo.abc
abc.three:
  display: Three
  hidden: true
`);
    expect(notes).toEqual([]);
    expect(languages.map(({ id, name, extensions, priority, hidden, time, compile }) => [id, name, extensions, priority, hidden, time, compile!.command])).toEqual([
      ["abc", "Family", [".abc"], undefined, undefined, undefined, "/usr/bin/abc -o {executable} {source}"],
      ["abc.two", "Two", [".abc"], -1, undefined, { factor: 3 }, "/usr/bin/abc -2 -o {executable} {source}"],
      ["abc.three", "Three", undefined, undefined, true, undefined, "/usr/bin/abc -o {executable} {source}"],
    ]);
  });

  test("a JVM, with what it needs here", () => {
    const { text } = importHydro("java:\n  code_file: Main.java\n  target: Main.jar\n  compile: /usr/bin/bash -c \"javac -d /w ./Main.java && jar cvf Main.jar *.class >/dev/null\"\n  execute: /usr/bin/java -cp Main.jar Main\n", "langs.yaml");
    const [java] = languagesIn(text!, "p.yaml");
    const [builtIn] = languagesIn("version: 1\nid: j\nextends: java\n", "p.yaml");
    expect(java).toMatchObject({ mounts: builtIn!.mounts, compile: { command: ["/usr/bin/bash", "-c", "javac -d {dir} ./Main.java && jar cvf Main.jar *.class >/dev/null"] }, run: { needs: { processes: 64 }, limits: { processes: 32 } } });
  });
});

describe("is said to be lost, and the language carried over without it", () => {
  test("fields for editors and other judges, and those that nobody knows", () => {
    const { languages, notes } = one("execute: /usr/bin/abc foo.abc", "highlight: abc astyle-c", "monaco: abc", "comment: '#'", "validAs: {other: 54}", "pretest: py", "colour: red", "depth: 0", "address_space_limit: true", "remote: false", "analysis: ''");
    expect(languages).toHaveLength(1);
    expect(notes).toEqual([
      "1:1 abc: highlight, monaco, comment: how an editor shows a source; validAs: names at other judges; pretest: the language of tries before a submission; " +
        "colour, depth: unknown here; address_space_limit: memory is bounded by what is used",
    ]);
  });
});

describe("leaves a language out", () => {
  test.each([
    ["that runs what nothing makes", ["display: Family"], "/w/foo is run and nothing makes it"],
    ["that is disabled", ["execute: abc foo.abc", "disabled: true"], "disabled: nobody can use it there"],
    ["that another judge runs", ["execute: abc foo.abc", "remote: other"], "remote: another judge runs it"],
    ["with an operator of a shell", ["execute: abc foo.abc | sort"], "execute: | outside of single quotes is not text there"],
    ["with a variable", ['execute: abc "$HOME" foo.abc'], "execute: $HOME outside of single quotes is not text there"],
    ["with an open quote", ["execute: abc 'foo.abc"], "execute: cannot split 'abc 'foo.abc' into words: the ' at character 5 is not closed"],
    ["with a file elsewhere", ["execute: abc", "code_file: ../x.abc"], "code_file: '../x.abc' is not in the directory that programs run in"],
    ["with a rate out of bounds", ["execute: abc foo.abc", "time_limit_rate: 5000"], "time.factor: must be at most 1000"],
  ] as const)("%s", (_, fields, reason) => {
    const { languages, notes } = one(...fields);
    expect(languages).toEqual([]);
    expect(notes).toEqual([`1:1 abc left out: ${reason}`]);
  });
});

test.each([
  ["fields of the wrong kind", "abc:\n  execute: 5\n  time_limit_rate: x\n", "langs.yaml:2:12: abc.execute: must be text, not a number"],
  ["text that is no YAML", "abc:\n  display: A\n  execute: [\n", "langs.yaml:4:1: flow sequence in block collection must be sufficiently indented and end with a ]"],
])("%s is refused with the place", (_, text, message) => {
  expect(() => importHydro(text, "langs.yaml")).toThrow(message);
});

test("the two formats are told apart by their words", () => {
  expect(isHydro("c:\n  display: C\n  compile: gcc\n")).toBe(true);
  expect(isHydro("_x: &x {monaco: c}\nc:\n  <<: *x\n  compile: gcc\n")).toBe(true);
  expect(isHydro("c:\n  name: C\n  files: '*.c'\n  compile: gcc\n  run: '{binary}'\n")).toBe(false);
  for (const text of ["", "5", "- x", "a: [", "c: {compile: gcc}"]) expect(isHydro(text)).toBe(false);
});
