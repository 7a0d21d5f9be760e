import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { warningLines } from "../../../src/cli/commands/languages/check-report.ts";
import { builtInDefinitions } from "../../../src/language/builtin.ts";
import { checkSource } from "../../../src/language/check.ts";
import { pluginNames } from "../../../src/language/plugins.ts";
import { shellSyntaxIn } from "../../../src/language/shell-syntax.ts";
import { warningsFor } from "../../../src/language/warnings.ts";
import { languagesIn } from "../../helpers/packs.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";

const top = makeTestDirectory("check");
afterAll(() => rmSync(top, { recursive: true }));
let directory = "";
let count = 0;
beforeEach(() => {
  directory = join(top, String(count++));
  mkdirSync(directory);
});

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

const check = (name: string) => checkSource({ kind: "path", name }, builtInDefinitions());
const toolchain = "toolchain: {command: x}";
const tests = "test: [{source: x}]";

describe("a directory of packs is checked as a whole", () => {
  test("every mistake of every file is told, and what is right is right", () => {
    const a = file("a.yaml", "version: 2\nid: A\nnme: x\n");
    const b = file("b.yaml", "{version: 1, id: b, name: B, run: {command: '/usr/bin/b {source}'}}");
    const c = file("c.yml", "version: 1\nlanguages:\n  - {id: c, extends: b}\n  - {id: d, extends: nobody}\n  - {id: e, name: E, run: {command: '{what}'}}\n");
    file("ignored.txt", "nothing");
    const { packs, languages } = check(directory);
    expect(packs.map(({ name, languages: ids, problems }) => [name, ids, problems.map(({ line, column, path }) => [line, column, path])])).toEqual([
      [a, [], [[1, 10, "version"], [1, 1, "run"], [2, 5, "id"], [3, 1, "nme"]]],
      [b, ["b"], []],
      [c, [], [[4, 22, "languages.1.extends"], [5, 37, "languages.2.run.command"]]],
    ]);
    expect(languages.map(({ merged }) => merged.id)).toEqual(["b"]);
  });

  test("a later file may extend an earlier one, and what two files claim together is told with both", () => {
    const a = file("a.yaml", "{version: 1, id: a, name: A, extensions: [.x], run: {command: '/usr/bin/a {source}'}}");
    const b = file("b.yaml", "{version: 1, id: b, extends: a}");
    const { packs } = check(directory);
    expect(packs.map(({ name, problems }) => [name, problems.map(({ line, message }) => [line, message])])).toEqual([
      [a, []],
      [b, []],
      [directory, [[null, `languages 'a' (${a}) and 'b' (${b}) both claim .x at the same priority: give one of them another priority`]]],
    ]);
  });

  test("a file that cannot be read is a mistake of that file", () => {
    mkdirSync(join(directory, "d.yaml"));
    const good = file("good.yaml", "{version: 1, id: a, name: A, run: {command: '/usr/bin/a {source}'}}");
    const { packs } = check(directory);
    expect(packs.map(({ name, problems }) => [name, problems.map(({ line, message }) => [line, message])])).toEqual([
      [join(directory, "d.yaml"), [[null, `cannot read language pack ${join(directory, "d.yaml")}: it is a directory`]]],
      [good, []],
    ]);
  });

  test("so is a directory without packs", () => {
    expect(check(directory).packs[0]!.problems[0]!.message).toBe(`there is no language pack in ${directory} (files ending in .yaml or .yml)`);
  });
});

describe("warnings", () => {
  const warnings = (text: string) => warningsFor(languagesIn(text, "p.yaml")[0]!, builtInDefinitions()).map(({ level, message }) => `${level}: ${message}`);
  const pack = (...parts: string[]) => `{version: 1, id: x, name: X, extensions: [.x], ${[toolchain, tests, ...parts].join(", ")}}`;

  test.each([
    { name: "a pack that is complete", text: pack("compile: {command: '/usr/bin/x {source}'}", "run: {command: '{executable}'}"), found: [] },
    { name: "an interpreter", text: pack("run: {command: 'x {source}'}"), found: [] },
    { name: "a class path", text: pack("entry_point: {pattern: '(x)'}", "run: {command: 'x {mainclass}'}"), found: [] },
    { name: "a compiler by its name alone", text: pack("compile: {command: 'x {sources}'}", "run: {command: '{executable}'}"), found: ["warning: compile.command begins with x, which is no absolute path"] },
    { name: "a compiler without a source", text: pack("compile: {command: /usr/bin/x}", "run: {command: '{executable}'}"), found: ["warning: compile.command does not name the source: {source} or {sources}"] },
    { name: "an interpreter without a source", text: pack("run: {command: /usr/bin/x}"), found: ["warning: run.command does not name the source, and nothing is compiled: {source}"] },
    { name: "a source as the program", text: pack("run: {command: './{source}'}"), found: ["warning: run.command begins with the source, which is not executable in the box"] },
    { name: "a program beside the source", text: pack("run: {command: './x {source}'}"), found: ["warning: run.command begins with ./x, which is looked for among the program's own files"] },
    { name: "a language that is not found", text: pack("run: {command: '/usr/bin/x {source}'}").replace("extensions: [.x], ", ""), found: ["note: no extension and no shebang: only --language finds it"] },
    {
      name: "no toolchain, no test", text: "{version: 1, id: x, name: X, shebang: x, run: {command: 'x {source}'}}",
      found: ["warning: no toolchain: nobody is told which version there is, or that it is missing", "warning: no test: languages test has nothing to try"],
    },
    {
      name: "places taken", text: pack("aliases: [python, sh]", "run: {command: 'x {source}'}").replace("[.x]", "[.c, .x, .py]"),
      found: ["note: takes the place of 'python' (built-in) for python .py", "note: takes the place of 'shell' (built-in) for sh", "note: takes the place of 'c' (built-in) for .c"],
    },
    {
      name: "a pipe", text: pack("run: {command: 'perl {source} | sort'}"),
      found: ["warning: run.command has |, which only a shell understands, and no shell runs: write /bin/sh -c 'perl {source} | sort', and in run.needs.processes how many processes that are"],
    },
    {
      name: "two commands, and several sources", text: pack("compile: '/usr/bin/x {sources} && strip {executable}'", "run: '{executable}'"),
      found: [`warning: compile.command has &&, which only a shell understands, and no shell runs: write /bin/sh -c '/usr/bin/x "$@" && strip {executable}' sh {sources}`],
    },
    {
      name: "arguments of the caller", text: pack("run: 'perl {source} {args} | sort'"),
      found: [`warning: run.command has |, which only a shell understands, and no shell runs: write /bin/sh -c 'perl {source} "$@" | sort' sh {args}, and in run.needs.processes how many processes that are`],
    },
    {
      name: "a variable in front", text: pack("run: 'LC_ALL=C perl {source}'"),
      found: ["warning: run.command begins with LC_ALL=, which only a shell understands, and no shell runs: use run.environment, or write /bin/sh -c 'LC_ALL=C perl {source}', and in run.needs.processes how many processes that are"],
    },
  ])("$name", ({ text, found }) => {
    expect(warnings(text)).toEqual([...found]);
  });

  test.each([
    ["a | b", "|"], ["a|b", "|"], ["a || b", "||"], ["a && b", "&&"], ["a &", "&"], ["a; b", ";"], ["a > b", ">"], ["a 2>&1", ">"], ["a >> b", ">>"], ["a < b", "<"], ["a $(b)", "$("], ["a `b`", "`"],
    ["a *.c", "*"], ["a ~/b", "~"], ["a $HOME", "$HOME"], ["a ${HOME}/x", "${HOME}"], ['a "$HOME"', "$HOME"], ['a "`b`"', "`"], ["A=b c", "A="],
    [["a", "|", "b"], "|"], [["a", "&&", "b"], "&&"], [["a", "2>", "b"], "2>"], [["a", ">b"], ">"], [["a", ";"], ";"],
  ] as const)("%j has what only a shell understands: %s", (command, found) => {
    expect(shellSyntaxIn(command)).toBe(found);
  });

  test.each([
    ["perl {source}"], ["a '|' b"], ['a "x > y"'], ["a '$HOME' '*'"], ["a \\| b"], ["g++ -std=c++20 -o {executable}"], ["a -Wl,--x=y~z a~"], ["a $1 $"], ["/bin/sh -c 'a | b' x"], ["bash -ec \"a $X\""],
    ["/usr/bin/env -S a"], [["a", "x | y"]], [["a", "a&&b"]], [["/bin/bash", "-c", "x", ">"]], ["a 'open"],
  ] as const)("%j is for no shell", (command) => {
    expect(shellSyntaxIn(command)).toBeNull();
  });

  test("of the commands of what is extended as well", () => {
    const [, heir] = languagesIn("version: 1\nlanguages:\n  - {id: a, name: A, run: 'a {source} > b'}\n  - {id: b, extends: a}\n", "p.yaml");
    expect(warningsFor(heir!, []).filter(({ kind }) => kind === "no shell")).toHaveLength(1);
  });

  test("nobody reads a warning about a shell for the packs of the binary", () => {
    for (const name of pluginNames) expect([name, checkSource({ kind: "plugin", name }, builtInDefinitions()).packs[0]!.warnings.filter(({ kind }) => kind === "no shell")]).toEqual([name, []]);
  });

  describe("in words", () => {
    const language = (id: string, extension = id, rest = "") => `{id: ${id}, name: X, extensions: [.${extension}], run: '/usr/bin/x {source}'${rest}}`;

    test("what several languages have in common is one line, with their names", () => {
      const many = file("many.yaml", `version: 1\nlanguages:\n${Array.from({ length: 21 }, (_, index) => `  - ${language(`l${index}`, `l${index}`, ", toolchain: x")}\n`).join("")}`);
      expect(warningLines(check(many).packs)).toEqual([`${many}: warning: 21 languages have no test: languages test has nothing to try: ${Array.from({ length: 21 }, (_, index) => `l${index}`).join(", ")}`]);
    });

    const taking = (...extensions: string[]) => `version: 1\nlanguages:\n${extensions.map((extension, index) => `  - ${language(`l${index}`, extension, ", toolchain: x, test: [{source: x}]")}\n`).join("")}`;

    test("what is particular to each of a few is told of each", () => {
      const few = file("few.yaml", taking("py", "c"));
      expect(warningLines(check(few).packs)).toEqual([`${few}: note: l0: takes the place of 'python' (built-in) for .py`, `${few}: note: l1: takes the place of 'c' (built-in) for .c`]);
    });

    test("and beside the name of each of many", () => {
      const many = file("many.yaml", taking("py", "c", "go", "rs"));
      const places = Object.entries({ python: ".py", c: ".c", go: ".go", rust: ".rs" }).map(([id, extension], index) => `l${index} ('${id}' (built-in) for ${extension})`);
      expect(warningLines(check(many).packs)).toEqual([`${many}: note: 4 languages take the place of others: ${places.join(", ")}`]);
    });

    test("also over the files of a directory", () => {
      const [a, b] = ["a", "b"].map((id) => file(`${id}.yaml`, `version: 1\nlanguages:\n  - ${language(id, id, ", toolchain: x")}\n`));
      expect(warningLines(check(directory).packs)).toEqual([`2 packs: warning: 2 languages have no test: languages test has nothing to try: a (${a}), b (${b})`]);
    });
  });
});
