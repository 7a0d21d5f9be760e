// languages.yaml of Kattis problemtools as a language pack: what is carried over, what is said to be lost, what is refused.
import { describe, expect, test } from "bun:test";
import { IsolateError } from "../../../src/model/errors.ts";
import { importKattis } from "../../../src/language/import-kattis.ts";
import { checkPack } from "../../../src/language/load.ts";
import type { WrittenLanguage } from "../../../src/language/schema.ts";
import { languagesIn } from "../../helpers/packs.ts";

const file = "languages.yaml";

/** The languages of the pack as they are written in it, and what was said. */
function imported(text: string): { readonly languages: readonly WrittenLanguage[]; readonly notes: string[] } {
  const { text: pack, notes } = importKattis(text, file);
  const shown = notes.map(({ line, column, code, leftOut, reasons }) => `${line}:${column} ${code}${leftOut ? " left out" : ""}: ${reasons.join("; ")}`);
  if (pack === null) return { languages: [], notes: shown };
  expect(checkPack(pack, "pack.yaml").problems).toEqual([]);
  return { languages: (Bun.YAML.parse(pack) as { languages: WrittenLanguage[] }).languages, notes: shown };
}

/** One language with these fields. */
function one(fields: Readonly<Record<string, string>>): ReturnType<typeof imported> {
  const all = { name: "'A language'", priority: "5", files: "'*.abc'", ...fields };
  return imported(`abc:\n${Object.entries(all).map(([key, value]) => `  ${key}: ${value}\n`).join("")}`);
}

const refusal = (text: string): string => {
  try {
    importKattis(text, file);
  } catch (error) {
    if (error instanceof IsolateError && error.kind === "Config") return [error.message, error.hint].join("\n");
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("is carried over", () => {
  test("a compiled language, every word of its commands", () => {
    const { languages, notes } = one({ compile: "'abcc -O2 \"-Wl,-z now\" -o {binary} -m{memlim} {files} -I{path}/inc'", run: "'{binary} {{x}}'" });
    expect(notes).toEqual([]);
    expect(languages).toEqual([
      {
        id: "abc", name: "A language", priority: 5, extensions: [".abc"],
        compile: { command: ["abcc", "-O2", "-Wl,-z now", "-o", "{executable}", "-m{memory_mb}", "{sources}", "-I./inc"] },
        run: { command: "{executable} {{x}}" },
      },
    ]);
  });

  test("an interpreted one: a compiler that only looks at the source leaves the source", () => {
    const { languages } = one({ compile: "abc -c {files}", run: "'abc \"{mainfile}\"'" });
    expect(languages[0]).toMatchObject({ compile: { command: "abc -c {sources}", artefacts: ["**/*"] }, run: { command: "abc {source}" } });
    expect(one({ run: "abc {mainfile} {path}" }).languages[0]).toEqual({ id: "abc", name: "A language", priority: 5, extensions: [".abc"], run: { command: "abc {source} {dir}" } });
  });

  test.each([
    ["abcc -o{mainfile}.out {mainfile}", "'\"{mainfile}.out\" -x'", "abcc -o{executable} {source}", "{executable} -x", undefined],
    ["abcc -out:{binary}.exe {files}", "vm {binary}.exe", "abcc -out:{executable}.exe {sources}", "vm {executable}.exe", ["{executable}.exe"]],
    ["abcc -o {binary} {files}", "vm {binary}.exe {binary}.dat", "abcc -o {executable} {sources}", "vm {executable}.exe {executable}.dat", ["{executable}.exe", "{executable}.dat"]],
    ["abcc -d {path}/ -o {binary}", "'{binary} {path}'", "abcc -d ./ -o {executable}", "{executable} {dir}", ["**/*"]],
  ])("what is made is what is run: %s", (compile, run, ourCompile, ourRun, artefacts) => {
    const { languages, notes } = one({ compile: `'${compile}'`, run: run.startsWith("'") ? run : `'${run}'` });
    expect(notes).toEqual([]);
    expect([languages[0]!.compile!.command, languages[0]!.run!.command, languages[0]!.compile!.artefacts]).toEqual([ourCompile, ourRun, artefacts]);
  });

  test("Java, with the rule for the main class and the mounts of the built-in one", () => {
    const { text } = importKattis("java8:\n  name: Java 8\n  priority: 7\n  files: '*.java'\n  compile: jc -d {path} {files}\n  run: jvm -Xmx{memlim}m -cp {path} {mainclass}\n", file);
    const [java] = languagesIn(text!, file);
    const [builtIn] = languagesIn("version: 1\nid: j\nextends: java\n", file);
    expect(java).toMatchObject({ id: "java8", extensions: [".java"], entryPoint: builtIn!.entryPoint, sourceName: "{mainclass}.java", mounts: builtIn!.mounts });
    expect(java!.compile).toMatchObject({ command: ["jc", "-d", ".", "{sources}"], artefacts: ["**/*.class"] });
    expect(java!.run).toMatchObject({ command: ["jvm", "-Xmx{memory_mb}m", "-cp", "{dir}", "{mainclass}"], needs: builtIn!.run.needs });
  });

  test("Java that only a runtime compiles has no compile step", () => {
    expect(one({ files: "'*.java'", run: "jvm {mainclass}" }).languages[0]).toMatchObject({ extends: "java", compile: null });
  });

  test("a class named after its file, with a capital letter or without", () => {
    const capital = one({ compile: "kc {files}", run: "kvm {Mainclass}Kt" }).languages[0]!;
    expect(capital).toMatchObject({ source_name: "{mainclass}.abc", entry_point: { default: "Main" }, run: { command: "kvm {mainclass}Kt", needs: { processes: 64 } } });
    expect(one({ compile: "sc {files}", run: "svm {mainclass}" }).languages[0]).toMatchObject({ run: { command: "svm {stem}" } });
  });

  test("the order of languages, whatever the numbers are", () => {
    const language = (code: string, priority: number) => `${code}: {name: N, priority: ${priority}, files: '*.x', run: 'a {mainfile}'}\n`;
    const priorities = (text: string) => imported(text).languages.map(({ id, priority }) => [id, priority]);
    expect(priorities(language("a", 1000) + language("b", -1000))).toEqual([["a", 1000], ["b", -1000]]);
    expect(priorities(language("a", 7) + language("b", 100_000) + language("c", -3))).toEqual([["a", 999], ["b", 1000], ["c", 998]]);
  });

  test("characters that mean something to a shell are words like any other, since no shell is there either", () => {
    expect(one({ run: "'abc {mainfile} | sort && $HOME `id` > x'" }).languages[0]!.run!.command).toBe("abc {source} | sort && $HOME `id` > x");
  });

  test("as many processes as the built-in language of the same extension needs", () => {
    expect(one({ files: "'*.js'", run: "node {mainfile}" }).languages[0]!.run!.needs).toEqual({ processes: 32 });
    expect(one({ files: "'*.py'", run: "py {mainfile}" }).languages[0]!.run!.needs).toBeUndefined();
  });
});

describe("is said to be lost, and the language carried over without it", () => {
  test.each([
    [{ files: "'*.abc *.h *.HPP'" }, [".abc"], "files: '*.h' are no sources; headers come by --add; files: '*.HPP' are no sources; headers come by --add"],
    [{ files: "'*.abc Makefile'" }, [".abc"], "files: 'Makefile' is no extension"],
    [{ files: "'[mM]ain.abc *.a?c'" }, undefined, "files: '[mM]ain.abc' is no extension; files: '*.a?c' is no extension"],
    [
      { files: "'*.abc *.abc2'", shebang_files: "'*.abc'", shebang: "'^#!.*abc2\\b'" },
      [".abc2"],
      "shebang_files: '*.abc' is in this language only with a certain first line, so name the language with --language",
    ],
  ])("%j", (fields, extensions, reason) => {
    const { languages, notes } = one({ run: "'abc {mainfile}'", ...fields } as Record<string, string>);
    expect(notes).toEqual([`1:1 abc: ${reason}`]);
    expect(languages[0]!.extensions).toEqual(extensions as string[]);
  });

  test("a pattern that only Python understands", () => {
    const { languages, notes } = one({ run: "'abc {mainfile}'", shebang: "'(?P<word>x)'", shebang_files: "'*.abc'" });
    expect(languages[0]!.shebang).toBeUndefined();
    expect(notes[0]).toContain("; shebang: not a regular expression: ");
    expect(one({ run: "'abc {mainfile}'", shebang: "'^#!.*abc2\\b'", shebang_files: "'*.abc'" }).languages[0]!.shebang).toBe("^#!.*abc2\\b");
  });
});

describe("leaves a language out", () => {
  test.each([
    ["without an entry point", { run: "abc" }, "uses none of {binary} {mainfile} {mainclass} {Mainclass}"],
    ["with two", { compile: "'a -o {binary}'", run: "'{binary} {mainfile}'" }, "uses more than one of {binary} {mainfile} {mainclass} {Mainclass}"],
    ["whose sources are part of a word", { compile: "'a -o {binary} --src={files}'", run: "'{binary}'" }, "compile: {files} is part of the word '--src={files}', and becomes several words here"],
    ["with an unknown placeholder", { run: "'a {mainfile} {colour}'" }, "run: an unknown placeholder in '{colour}'"],
    ["with a format", { run: "'a {mainfile} {memlim:5}'" }, "run: an unknown placeholder in '{memlim:5}'"],
    ["with an open quote", { run: "'a \"{mainfile}'" }, "run: cannot split 'a \"{mainfile}' into words: the \" at character 3 is not closed"],
    ["with an empty command", { run: "' '" }, "run: names no program"],
    ["with an escape that is another one here", { run: "'a \"\\$x\" {mainfile}'" }, "run: a backslash before $, ` or the end of a line means something else here"],
    ["that runs what nothing makes", { run: "'{binary}'" }, "{binary} is run and nothing makes it"],
    ["that executes its source", { run: "'{mainfile} -x'" }, "run: the source itself is executed, which needs a file that is executable"],
    ["with an empty name", { name: "''", run: "'a {mainfile}'" }, "name: must not be empty"],
  ])("%s", (_, fields, reason) => {
    expect(one(fields as Record<string, string>)).toEqual({ languages: [], notes: [`1:1 abc left out: ${reason}`] });
  });

  test("that only changes another file's", () => {
    expect(imported("cpp:\n  compile: g++\n").notes).toEqual(["1:1 cpp left out: name, priority, files, run are missing: a file that changes another one cannot be imported alone"]);
  });

  test("whose code is no id, and keeps the others", () => {
    const { languages, notes } = imported("Ab C: {name: N, priority: 1, files: '*.a', run: 'a {mainfile}'}\nok: {name: N, priority: 2, files: '*.b', run: 'b {mainfile}'}\n");
    expect(languages.map(({ id }) => id)).toEqual(["ok"]);
    expect(notes).toEqual(["1:1 Ab C left out: id: must be 1 to 64 of a-z 0-9 + # . _ - and begin with a letter or digit"]);
  });
});

describe("refuses with its place", () => {
  test.each([
    ["", "languages.yaml:1:1: must be a mapping of languages"],
    ["- a\n", "languages.yaml:1:1: must be a mapping of languages"],
    ["a: [\n", "languages.yaml:2:1: "],
    ["a: 5\n", "languages.yaml:1:4: a: must be a mapping, not a number"],
    ["a:\n  name: N\n  runn: x\n", "languages.yaml:3:3: a.runn: unknown key, did you mean 'run'?"],
    ["a:\n  name: 5\n", "languages.yaml:2:9: a.name: must be text, not a number"],
    ["a:\n  priority: high\n", "languages.yaml:2:13: a.priority: must be a number, not text"],
    ["a:\n  priority: 1.5\n", "languages.yaml:2:13: a.priority: must be a whole number"],
    ["a:\n  shebang: x\n", "languages.yaml:1:1: a: has one of shebang and shebang_files, which come together"],
    ["a:\n  priority: 5\nb:\n  priority: 5\n", "languages.yaml:4:13: b.priority: is that of 'a' as well"],
    ["a: {}\na: {}\n", "languages.yaml:2:1: duplicate key 'a'"],
    ["__proto__: {}\n", "languages.yaml:1:1: '__proto__' cannot be a key"],
  ])("%j", (text, message) => {
    expect(refusal(text)).toStartWith(message);
  });

  test("aliases that multiply", () => {
    const bomb = ["x: &a {name: '", "x".repeat(50), "'}\n", ...Array.from({ length: 300 }, (_, index) => `l${index}: *a\n`)].join("");
    expect(refusal(bomb)).toMatch(/^languages\.yaml:[0-9]+:[0-9]+: /);
  });
});

test("a name of a file that is no plain text stays in one line of the comment", () => {
  const { text } = importKattis("a: {name: N, priority: 1, files: '*.a', run: 'a {mainfile}'}\n", "evil\nlanguages: []\n#");
  expect(text!.split("\n").filter((line) => !line.startsWith("#"))[0]).toBe("version: 1");
});
