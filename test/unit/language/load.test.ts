import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPack, loadPackFile, parsePack } from "../../../src/language/load.ts";
import { formatProblem } from "../../../src/language/problem-line.ts";
import { IsolateError } from "../../../src/model/errors.ts";
import { languagesIn } from "../../helpers/packs.ts";
import { makeTestDirectory } from "../../helpers/test-directory.ts";
import { claimWith, root } from "../../helpers/requires.ts";

const asRoot = claimWith(root);

const directory = makeTestDirectory("load", tmpdir());
afterAll(() => rmSync(directory, { recursive: true }));

/** A pack that is right, with lines added. */
function packWith(...lines: string[]): string {
  return ["version: 1", "id: x", "name: X", "run:", "  command: ./x", ...lines, ""].join("\n");
}

function problemsOf(text: string): string[] {
  return checkPack(text, "p.yaml").problems.map((problem) => formatProblem("p.yaml", problem));
}

describe("a mistake is shown with its line, column, field and reason", () => {
  test.each([
    { name: "empty file", text: "", problem: "p.yaml:1:1: the file is empty" },
    { name: "only a comment", text: "# nothing\n", problem: "p.yaml:1:1: the file is empty" },
    { name: "a list", text: "- a\n", problem: "p.yaml:1:1: must be a mapping, not a list" },
    { name: "only text", text: "\n\nhello\n", problem: "p.yaml:3:1: must be a mapping, not text" },
    { name: "open bracket", text: "version: [1\nid: x\n", problem: "p.yaml:2:1: flow sequence in block collection must be sufficiently indented and end with a ]" },
    { name: "tab", text: "run:\n\tcommand: x\n", problem: "p.yaml:2:1: tabs are not allowed as indentation" },
    { name: "duplicate key", text: packWith("id: y"), problem: "p.yaml:6:1: duplicate key 'id'" },
    { name: "duplicate key inside", text: packWith("compile:", "  command: a", "  command: b"), problem: "p.yaml:8:3: duplicate key 'command'" },
    { name: "two documents", text: "a: 1\n---\nb: 2\n", problem: "p.yaml:2:1: a file holds one document, a second one begins here" },
    { name: "tag", text: "version: !!python/object 1\n", problem: "p.yaml:1:10: unresolved tag: tag:yaml.org,2002:python/object" },
    { name: "directive", text: "%YAML 1.1\n---\nversion: 1\n", problem: "p.yaml:1:1: directives (%YAML) cannot be used" },
    { name: "key that is a list", text: "? [a]\n: 1\n", problem: "p.yaml:1:3: a key must be plain text" },
    { name: "key that is a number", text: "1: x\n", problem: "p.yaml:1:1: a key must be plain text" },
    { name: "__proto__", text: packWith("environment:", "  __proto__: x"), problem: "p.yaml:7:3: '__proto__' cannot be a key" },
    { name: "constructor", text: packWith("environment:", "  constructor: x"), problem: "p.yaml:7:3: 'constructor' cannot be a key" },
    { name: "merge key", text: packWith("<<: {id: y}"), problem: /^p\.yaml:6:1: <<: unknown key \(known here: version id name / },
    { name: "unknown alias", text: "version: *one\n", problem: "p.yaml:1:1: unresolved alias (the anchor must be set before the alias): one" },
    { name: "missing key", text: "version: 1\nid: x\nname: X\n", problem: "p.yaml:1:1: run: is missing" },
    { name: "missing key inside", text: packWith("compile:", "  artefacts: [a]"), problem: "p.yaml:7:3: compile.command: is missing" },
    { name: "unknown key, near", text: packWith("compil: x"), problem: "p.yaml:6:1: compil: unknown key, did you mean 'compile'?" },
    {
      name: "unknown key inside, near",
      text: packWith("compile:", "  command: a", "  limits:", "    memroy: 5"),
      problem: "p.yaml:9:5: compile.limits.memroy: unknown key, did you mean 'memory'?",
    },
    {
      name: "unknown key inside, far",
      text: packWith("compile:", "  command: a", "  limits:", "    colour: 5"),
      problem: "p.yaml:9:5: compile.limits.colour: unknown key (known here: time wall_time memory processes file_size output)",
    },
    { name: "another version", text: packWith().replace("version: 1", "version: 2"), problem: "p.yaml:1:10: version: must be 1, the version of the pack format" },
    { name: "version as text", text: packWith().replace("version: 1", "version: '1'"), problem: "p.yaml:1:10: version: must be 1, the version of the pack format" },
    { name: "empty value", text: packWith().replace("name: X", "name:"), problem: "p.yaml:3:1: name: must be text, not empty" },
    { name: "empty text", text: packWith().replace("name: X", "name: ''"), problem: "p.yaml:3:7: name: must not be empty" },
    { name: "number for text", text: packWith().replace("name: X", "name: 5"), problem: "p.yaml:3:7: name: must be text, not a number" },
    { name: "bad id", text: packWith().replace("id: x", "id: C++ 20"), problem: "p.yaml:2:5: id: must be 1 to 64 of a-z 0-9 + # . _ - and begin with a letter or digit" },
    { name: "text for a list", text: packWith("aliases: y"), problem: "p.yaml:6:10: aliases: must be a list, not text" },
    {
      name: "extension without dot",
      text: packWith("extensions:", "  - .a", "  - b"),
      problem: 'p.yaml:8:5: extensions.1: must begin with a dot and have no blank or slash in it, such as ".cpp"',
    },
    { name: "number in a command", text: packWith("compile:", "  command: [a, -O, 2]"), problem: "p.yaml:7:20: compile.command.2: must be text, not a number" },
    { name: "command that is a mapping", text: packWith("compile:", "  command: {a: b}"), problem: "p.yaml:7:12: compile.command: must be text or a list, not a mapping" },
    { name: "command without words", text: packWith("compile:", "  command: ' '"), problem: "p.yaml:7:12: compile.command: names no program" },
    { name: "empty command", text: packWith("compile:", "  command: []"), problem: "p.yaml:7:12: compile.command: must not be an empty list" },
    {
      name: "open quote",
      text: packWith("compile:", `  command: gcc "x`),
      problem: `p.yaml:7:12: compile.command: cannot split 'gcc "x' into words: the " at character 5 is not closed`,
    },
    {
      name: "unknown placeholder in a list",
      text: packWith("compile:", "  command:", "    - gcc", "    - '{src}'"),
      problem: /^p\.yaml:9:7: compile\.command\.1: unknown placeholder \{src\} \(known here: \{source\} /,
    },
    {
      name: "unknown placeholder in text",
      text: packWith("compile:", "  command: gcc {src}"),
      problem: /^p\.yaml:7:12: compile\.command: unknown placeholder \{src\} /,
    },
    { name: "placeholder of another judge", text: packWith("compile: gcc -o {binary} {mainfile}"), problem: /^p\.yaml:6:10: compile: unknown placeholder \{binary\}, write \{executable\} \(known here: / },
    { name: "unknown placeholder in a variable", text: packWith("environment:", "  A: '{b}'"), problem: /^p\.yaml:7:6: environment\.A: unknown placeholder \{b\} / },
    { name: "{mainclass} without a rule", text: packWith("source_name: '{mainclass}.x'"), problem: "p.yaml:6:14: source_name: placeholder {mainclass} needs an entry_point" },
    {
      name: "{source} in the source's own name",
      text: packWith("source_name: '{source}.x'"),
      problem: "p.yaml:6:14: source_name: placeholder {source} has no meaning here (known here: {stem} {extension} {mainclass})",
    },
    {
      name: "size without unit",
      text: packWith("compile:", "  command: a", "  limits: {memory: '512'}"),
      problem: /^p\.yaml:8:20: compile\.limits\.memory: must be a number of MB or text such as "512MiB"/,
    },
    {
      name: "size out of range",
      text: packWith("compile:", "  command: a", "  limits: {memory: 100B}"),
      problem: "p.yaml:8:20: compile.limits.memory: must be from 1MiB to 67108864MiB",
    },
    { name: "bytes taken for MB", text: packWith("compile:", "  command: a", "  limits: {memory: 536870912}"), problem: /^p\.yaml:8:20: compile\.limits\.memory: must be from 1MiB/ },
    { name: "no limit", text: packWith("compile:", "  command: a", "  limits: {time: unlimited}"), problem: /^p\.yaml:8:18: compile\.limits\.time: must be a number of seconds/ },
    { name: "zero", text: packWith("compile:", "  command: a", "  limits: {time: 0}"), problem: /^p\.yaml:8:18: compile\.limits\.time: must be a number of seconds/ },
    { name: "fraction of a process", text: packWith("compile:", "  command: a", "  limits: {processes: 1.5}"), problem: "p.yaml:8:23: compile.limits.processes: must be a whole number" },
    { name: "bad regular expression", text: packWith("shebang: '('"), problem: /^p\.yaml:6:10: shebang: not a regular expression: / },
    {
      name: "reference to a group",
      text: packWith("entry_point: {pattern: '(a+)b\\1'}"),
      problem: "p.yaml:6:24: entry_point.pattern: cannot be used: at character 6 it has \\1, which stands for what a group has matched: no search for that is sure to end soon; write out what may stand there, such as [a-z]+",
    },
    {
      name: "reference to a group by name",
      text: packWith("entry_point: {pattern: '(?<n>a+)b\\k<n>'}"),
      problem: /^p\.yaml:6:24: entry_point\.pattern: cannot be used: at character 10 it has \\k<n>, which stands for/,
    },
    {
      name: "repeat of what may be empty",
      text: packWith("shebang: '#!(?:\\s*x?)*y'"),
      problem: "p.yaml:6:10: shebang: cannot be used: at character 3 it has '(?:\\s*x?)*', which repeats what may be empty; let what is repeated have at least one character, such as (?:a+)? for (?:a*)?",
    },
    {
      name: "lookaround without end",
      text: packWith("toolchain: {command: x, pattern: '(?=.*1)([0-9]+)'}"),
      problem: "p.yaml:6:34: toolchain.pattern: cannot be used: at character 1 it has '(?=.*1)', which looks at more than a few characters; between (?= and ) may stand only characters, classes and |, without groups and repeats",
    },
    {
      name: "flags inside a pattern",
      text: packWith("entry_point:", "  ignore: ['x', '(?i:a)']", "  pattern: '(a)'"),
      problem: "p.yaml:7:17: entry_point.ignore.1: cannot be used: at character 1 it switches flags inside the pattern; write out what may stand there, such as [aA]",
    },
    {
      name: "repeats that multiply",
      text: packWith("entry_point: {file_name: '((?:a{50}b){50})'}"),
      problem: "p.yaml:6:26: entry_point.file_name: cannot be used: it has more than 2000 steps with its repeats {n,m} written out; use smaller numbers, or * and +",
    },
    {
      name: "patterns that are too much together",
      text: packWith("entry_point:", "  ignore: ['a{900}', 'b{900}', 'c{900}']", "  pattern: '(a)'"),
      problem: /^p\.yaml:7:11: entry_point\.ignore: cannot be used: it has more than 2000 steps/,
    },
    {
      name: "pattern without group",
      text: packWith("entry_point: {pattern: 'class'}"),
      problem: "p.yaml:6:24: entry_point.pattern: has no group (...) that captures the name",
    },
    {
      name: "pattern without group in a list",
      text: packWith("entry_point:", "  pattern:", "    - '(a)'", "    - b"),
      problem: "p.yaml:9:7: entry_point.pattern.1: has no group (...) that captures the name",
    },
    { name: "default that is no identifier", text: packWith("entry_point: {pattern: '(a)', default: a-b}"), problem: "p.yaml:6:40: entry_point.default: must be an identifier" },
    { name: "artefact outside", text: packWith("compile:", "  command: a", "  artefacts: [../x]"), problem: "p.yaml:8:15: compile.artefacts.0: must be relative to the working directory and stay in it" },
    { name: "variable name with =", text: packWith("environment:", "  'A=B': x"), problem: "p.yaml:7:3: environment.A=B: must be a variable name, without = and not beginning with a digit" },
    { name: "variable that is a list", text: packWith("environment:", "  A: [x]"), problem: "p.yaml:7:6: environment.A: must be text or a number, not a list" },
    { name: "environment that is a list", text: packWith("environment: [A, B]"), problem: "p.yaml:6:14: environment: must be a mapping, not a list" },
    { name: "compile that is a list", text: packWith("compile: [gcc, x]"), problem: "p.yaml:6:10: compile: must be a mapping, not a list" },
    { name: "compile that is a number", text: packWith("compile: 5"), problem: "p.yaml:6:10: compile: must be a mapping, not a number" },
    { name: "compile that is text with a mistake in it", text: packWith("compile: gcc {src}"), problem: /^p\.yaml:6:10: compile: unknown placeholder \{src\} / },
    { name: "mount rule", text: packWith("mounts:", "  - etc/x:maybe", "  - etc/y:perhaps"), problem: "p.yaml:8:5: mounts.1: cannot use mount rule 'etc/y:perhaps': unknown option 'perhaps'" },
    { name: "a word that is none of the known", text: packWith("test: [{source: x, status: Error}]"), problem: /^p\.yaml:6:28: test\.0\.status: must be one of Success TimeLimit / },
    { name: "an unknown policy", text: packWith("compile: {command: x, seccomp: none}"), problem: "p.yaml:6:32: compile.seccomp: must be default or strict" },
    { name: "a field of a later version", text: packWith("grader: x"), problem: /^p\.yaml:6:1: grader: unknown key/ },
  ])("$name", ({ text, problem }) => {
    const problems = problemsOf(text);
    if (typeof problem === "string") expect(problems[0]).toBe(problem);
    else expect(problems[0]).toMatch(problem);
  });

  test("all mistakes are found, in the order of the file", () => {
    const text = "version: 2\nid: X\nname: X\ncolour: red\nrun:\n  command: 5\n";
    expect(problemsOf(text).map((problem) => problem.split(": ").slice(0, 2).join(" "))).toEqual([
      "p.yaml:1:10 version",
      "p.yaml:2:5 id",
      "p.yaml:4:1 colour",
      "p.yaml:6:12 run.command",
    ]);
  });

  test("every unknown key of a mapping is told, up to twenty", () => {
    expect(problemsOf(packWith("compile:", "  command: a", "  comand: b", "  limts: {}", "colour: red"))).toEqual([
      expect.stringMatching(/^p\.yaml:8:3: compile\.comand: unknown key, did you mean 'command'\?$/),
      expect.stringMatching(/^p\.yaml:9:3: compile\.limts: unknown key, did you mean 'limits'\?$/),
      expect.stringMatching(/^p\.yaml:10:1: colour: unknown key \(known here: /),
    ]);
    expect(problemsOf(packWith(...Array.from({ length: 100 }, (_, index) => `k${index}: 1`)))).toHaveLength(20);
  });

  test("the first is the message, the others are in the hint", () => {
    const text = "version: 2\nid: x\nname: 5\nrun: {command: a}\n";
    try {
      parsePack(text, "dir/p.yaml");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(IsolateError);
      const { kind, exitCode, message, hint } = error as IsolateError;
      expect({ kind, exitCode }).toEqual({ kind: "Config", exitCode: 64 });
      expect(message).toBe("dir/p.yaml:1:10: version: must be 1, the version of the pack format");
      expect(hint).toBe("also wrong: dir/p.yaml:3:7: name: must be text, not a number");
    }
  });

  test("a mistake behind an alias is shown where the anchor is", () => {
    expect(problemsOf(packWith("aliases: &a [y, 5]", "mounts: *a"))[0]).toBe("p.yaml:6:17: aliases.1: must be text, not a number");
  });
});

describe("all mistakes are told in one round", () => {
  test.each([
    {
      name: "of form and of meaning, in several languages, without what is only missing because of them",
      lines: [
        "languages:",
        "  - {id: one, nme: One, run: {command: 5}, compile: 'cc {src}'}",
        "  - {id: two, extends: one, run: 'two {what}', mounts: [x:foo]}",
        "  - {id: three, extends: nobody, run: 'three {mainclass} {how}'}",
        "  - {id: C, name: C, extensions: [x, .y], run: c}",
        "  - {id: d, name: D, extensions: [.y, .d], run: d, test: [{status: Bad}]}",
      ],
      found: [
        "2:15 languages.0.nme", "2:40 languages.0.run.command", "2:53 languages.0.compile",
        "3:34 languages.1.run", "3:57 languages.1.mounts.0",
        "4:26 languages.2.extends", "4:39 languages.2.run",
        "5:10 languages.3.id", "5:35 languages.3.extensions.0",
        "6:34 languages.4.extensions", "6:68 languages.4.test.0.status", "6:59 languages.4.test.0.source",
      ],
    },
    { name: "every part of a list", lines: ["id: x", "name: X", "run: {command: [a, 5, '{src}', 7]}", "aliases: [A, y, 5, x]"], found: ["3:20 run.command.1", "3:23 run.command.2", "3:32 run.command.3", "4:10 aliases", "4:11 aliases.0", "4:17 aliases.2"] },
    { name: "before a place that cannot be read", lines: ["id: x", "nme: X", "run: {command: '{src}'}", "aliases: [A", "priority: x", "mounts: y"], found: ["2:1 nme", "3:16 run.command", "5:1"] },
    { name: "beside a duplicate key", lines: ["id: x", "name: X", "run: '{src}'", "name: Y"], found: ["3:6 run", "4:1"] },
    { name: "once where others inherit them", lines: ["languages:", "  - {id: a, name: A, run: 'a {src}'}", "  - {id: b, extends: a}", "  - {id: c, extends: b, run: 'c {src}'}"], found: ["2:27 languages.0.run", "4:30 languages.2.run"] },
  ])("$name", ({ lines, found }) => {
    const places = checkPack(`version: 1\n${lines.join("\n")}\n`, "p.yaml").problems.map(({ line, column, path }) => `${line - 1}:${column} ${path}`.trimEnd());
    expect(places).toEqual([...found]);
  });
});

describe("braces that YAML takes for a mapping are one mistake that says what to do", () => {
  const mistakes = (...lines: string[]) => problemsOf(["version: 1", "id: x", "name: X", ...lines, ""].join("\n"));
  const quote = (brace: string, ...texts: string[]) => `YAML takes ${brace} for a mapping here: quote it: ${texts.join(", ")}`;
  test.each([
    { name: "in a list", lines: ["run: {command: [gcc, {source}, -o, {executable}]}"], found: [`p.yaml:4:22: run.command.1: ${quote("{source}", "'{source}'", "'{executable}'")}`] },
    { name: "in text on one line", lines: ["run: {command: one {source}}"], found: [`p.yaml:4:16: run.command: ${quote("{source}", "'one {source}'")}`] },
    { name: "as the whole of a step", lines: ["run: {executable}"], found: [`p.yaml:4:6: run: ${quote("{executable}", "'{executable}'")}`] },
    { name: "at the beginning of a text", lines: ["run:", "  command: {executable} -x"], found: [`p.yaml:5:12: run.command: ${quote("{executable}", "'{executable} -x'")}`] },
    { name: "behind other characters, with a number", lines: ["run:", "  command: [java, -Xmx{memory_mb-64}m]"], found: [`p.yaml:5:19: run.command.1: ${quote("{memory_mb-64}", "'-Xmx{memory_mb-64}m'")}`] },
    { name: "of a name that nobody knows", lines: ["run: {command: [perl, {file}]}"], found: [`p.yaml:4:23: run.command.1: ${quote("{file}", "'{file}'")}`] },
    { name: "with a quote in the text", lines: ["run: {command: [perl, it's{source}]}"], found: [`p.yaml:4:23: run.command.1: ${quote("{source}", "'it''s{source}'")}`] },
    { name: "in a list that should be a mapping", lines: ["compile: [gcc, {source}]", "run: x"], found: ["p.yaml:4:10: compile: must be a mapping, not a list", `p.yaml:4:16: compile.1: ${quote("{source}", "'{source}'")}`] },
    {
      name: "with other mistakes of the file",
      lines: ["nme: x", "compile: {command: [gcc, {sources}]}", "run: {command: one {source}}", "mounts: [x:foo]"],
      found: [
        "p.yaml:4:1: nme: unknown key, did you mean 'name'?",
        `p.yaml:5:26: compile.command.1: ${quote("{sources}", "'{sources}'")}`,
        `p.yaml:6:16: run.command: ${quote("{source}", "'one {source}'")}`,
        "p.yaml:7:10: mounts.0: cannot use mount rule 'x:foo': unknown option 'foo'",
      ],
    },
    { name: "but not where they are text, or a mapping", lines: ["run: one {source}", "time: {factor: 2}", "test: [{source: '{source}'}]", "compile:", "  command: |", "    {source}", "  artefacts:", "    - a{executable}"], found: [] },
  ])("$name", ({ lines, found }) => {
    expect(mistakes(...lines)).toEqual([...found]);
  });

  test("other mistakes of a text are told once, without their echoes", () => {
    expect(mistakes("run: {command: one {sour ce}}", "time: [", "mounts: [x]")).toHaveLength(1);
  });
});

describe("a step that is text is its command", () => {
  test("alone", () => {
    const text = "version: 1\nid: x\nname: X\ntoolchain: xc --version\ncompile: xc -o {executable} '{source}'\nrun: \"'{executable}' -a 'b c'\"\n";
    expect(problemsOf(text)).toEqual([]);
    expect(languagesIn(text, "p.yaml")).toMatchObject([
      { toolchain: { command: ["xc", "--version"] }, compile: { command: ["xc", "-o", "{executable}", "{source}"], artefacts: ["{executable}"] }, run: { command: ["{executable}", "-a", "b c"] } },
    ]);
  });

  test("and takes the place of the inherited command only", () => {
    const text = "version: 1\nlanguages:\n  - {id: a, name: A, compile: {command: cc, limits: {time: 3}}, run: a}\n  - {id: b, extends: a, compile: 'gcc {source}'}\n";
    expect(languagesIn(text, "p.yaml")[1]).toMatchObject({ compile: { command: ["gcc", "{source}"], limits: { cpuTimeSeconds: 3 } }, run: { command: ["a"] } });
  });
});

describe("what dialects call a language", () => {
  test("piston as text is its name, and the rest has defaults", () => {
    expect(languagesIn(packWith("piston: x++"), "p.yaml")[0]!.piston).toEqual({ name: "x++", aliases: [], runtime: null });
    expect(languagesIn(packWith("piston: {runtime: xc}"), "p.yaml")[0]!.piston).toEqual({ name: "x", aliases: [], runtime: "xc" });
    expect(languagesIn(packWith(), "p.yaml")[0]).toMatchObject({ piston: null, judge0: [] });
  });

  test("only the same language inherits it", () => {
    const text = "version: 1\nlanguages:\n  - {id: a, name: A, run: a, piston: {name: aa, aliases: [b]}, judge0: [3]}\n  - {id: c, name: C, extends: a}\n";
    expect(languagesIn(text, "p.yaml")[1]).toMatchObject({ piston: null, judge0: [] });
    const [cpp] = languagesIn("version: 1\nid: cpp\nextends: cpp\npiston: {runtime: clang}\n", "p.yaml");
    expect(cpp).toMatchObject({ piston: { name: "c++", aliases: ["cpp", "g++"], runtime: "clang" }, judge0: [54, 52, 53, 105] });
    expect(languagesIn("version: 1\nid: cpp\nextends: cpp\npiston: null\njudge0: []\n", "p.yaml")[0]).toMatchObject({ piston: null, judge0: [] });
  });

  test.each<{ name: string; line: string; problem: string }>([
    { name: "a key that nobody knows", line: "piston: {nme: x}", problem: "p.yaml:6:10: piston.nme: unknown key, did you mean 'name'?" },
    { name: "a name that cannot be one", line: "piston: {name: 'C plus plus'}", problem: "p.yaml:6:16: piston.name: must be 1 to 64 of a-z 0-9" },
    { name: "an empty one without extends", line: "piston: null", problem: "p.yaml:6:1: piston: is empty (it may be null only to take away what extends brings)" },
    { name: "a number that is none", line: "judge0: [x]", problem: "p.yaml:6:10: judge0.0: must be a number, not text" },
    { name: "a number alone", line: "judge0: 54", problem: "p.yaml:6:9: judge0: must be a list, not a number" },
    { name: "a fraction", line: "judge0: [1.5]", problem: "p.yaml:6:10: judge0.0: must be a whole number" },
    { name: "a number twice", line: "judge0: [1, 1]", problem: "p.yaml:6:9: judge0: 1 stands in it twice" },
  ])("$name is refused", ({ line, problem }) => {
    expect(problemsOf(packWith(line)).join("\n")).toContain(problem);
  });

  test("two languages of a pack cannot have the same number", () => {
    const text = "version: 1\nlanguages:\n  - {id: a, name: A, run: a, judge0: [3]}\n  - {id: b, name: B, run: b, judge0: [4, 3]}\n";
    expect(problemsOf(text)).toEqual(["p.yaml:4:38: languages.1.judge0: 'b' and 'a' both have the number 3: take it from one of them"]);
  });
});

describe("a pack that is right", () => {
  test("may use everything", () => {
    const text = packWith(
      "aliases: [xx, x++]",
      "fallback: y",
      "extensions: [.x, .xx]",
      "shebang: '^#!.*x$'",
      "source_name: '{mainclass}.x'",
      "entry_point: {pattern: 'class (\\w+)', ignore: '//.*', depth: 1, package: ['package (\\w+)'], file_name: 'public (\\w+)', default: App}",
      "environment: {A: 1, B: '{dir}'}",
      "mounts: [opt/x:maybe]",
      "network: loopback",
      "compile:",
      "  command: ['x c', '{source}']",
      "  environment: {B: b, C: '{{'}",
      "  limits: {time: 500ms, memory: 1GiB, processes: 7, file_size: 10, output: 64KiB}",
      "  artefacts: ['*.out', '{executable}']",
      "  seccomp: default",
      "priority: 3",
      "time: {factor: 1.5, add: 250ms}",
      "memory: {add: 64}",
      "toolchain: {command: xc --version, pattern: 'v(\\d+)', minimum: '3.11'}",
      "piston: {name: x++, aliases: [xpp], runtime: xc}",
      "judge0: [54, 1]",
      "test: [{name: hello, source: x, file_name: a.x, input: '1', output: '2', status: Success, time: 500ms, memory: 10}]",
    ).replace("./x", "./x\n  limits: {time: 2, stack: 1GiB}\n  seccomp: strict\n  environment: {D: d}\n  needs: {processes: 9, memory: 64}");
    expect(problemsOf(text)).toEqual([]);
    expect(languagesIn(text, "p.yaml")).toEqual([
      {
        id: "x",
        name: "X",
        aliases: ["xx", "x++"],
        hidden: false,
        fallback: "y",
        priority: 3,
        extensions: [".x", ".xx"],
        shebang: "^#!.*x$",
        sourceName: "{mainclass}.x",
        entryPoint: { pattern: ["class (\\w+)"], scanner: null, ignore: ["//.*"], depth: 1, package: ["package (\\w+)"], fileName: ["public (\\w+)"], default: "App" },
        mounts: ["opt/x:maybe"],
        network: "loopback",
        allow: [],
        time: { factor: 1.5, add: 0.25 },
        memory: { factor: 1, add: 64 * 2 ** 20 },
        toolchain: { command: ["xc", "--version"], pattern: "v(\\d+)", minimum: "3.11" },
        tests: [{ name: "hello", source: "x", fileName: "a.x", input: "1", output: "2", status: "Success", cpuTimeSeconds: 0.5, memoryBytes: 10 * 2 ** 20 }],
        compile: {
          command: ["x c", "{source}"],
          environment: [["A", "1"], ["B", "b"], ["C", "{{"]],
          limits: {
            cpuTimeSeconds: 0.5, wallTimeSeconds: 1, memoryBytes: 2 ** 30, processes: 7, fileSizeBytes: 10 * 2 ** 20, outputBytes: 65536,
          },
          artefacts: ["*.out", "{executable}"],
          seccomp: "default",
        },
        run: { command: ["./x"], environment: [["A", "1"], ["B", "{dir}"], ["D", "d"]], limits: { cpuTimeSeconds: 2, wallTimeSeconds: 4, stackBytes: 2 ** 30 }, needs: { processes: 9, memoryBytes: 64 * 2 ** 20 }, seccomp: "strict" },
        piston: { name: "x++", aliases: ["xpp"], runtime: "xc" },
        judge0: [54, 1],
        origin: "p.yaml",
        layer: 1,
        chain: [expect.objectContaining({ origin: "p.yaml" })],
      },
    ]);
  });

  test("may leave out almost everything", () => {
    const [language] = languagesIn(packWith("compile: {command: cc}"), "p.yaml");
    expect(language).toMatchObject({
      aliases: [], extensions: [], shebang: null, sourceName: null, entryPoint: null, mounts: [], network: "none", allow: [],
      compile: {
        environment: [],
        limits: { cpuTimeSeconds: 30, wallTimeSeconds: 60, memoryBytes: 2 ** 31, processes: 128, fileSizeBytes: 2 ** 29, outputBytes: 2 ** 20 },
        artefacts: ["{executable}"],
      },
      run: { environment: [], needs: { processes: 1, memoryBytes: 0 } },
    });
  });
});

describe("a file that is no pack is refused within bounds", () => {
  function fileWith(name: string, content: string | Uint8Array): string {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  }

  test("an alias bomb", () => {
    const level = (name: string, before: string) => `${name}: &${name} [${Array(9).fill(before).join(", ")}]`;
    const bomb = [level("a", "x"), level("b", "*a"), level("c", "*b"), level("d", "*c"), level("e", "*d"), level("f", "*e")].join("\n");
    expect(problemsOf(bomb)).toEqual(["p.yaml:1:1: excessive alias count indicates a resource exhaustion attack"]);
  });

  test("a million open brackets", () => {
    expect(problemsOf("[".repeat(1_000_000))).not.toBeEmpty();
  });

  test("fifty thousand keys", () => {
    expect(problemsOf(Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join("\n"))).not.toBeEmpty();
  });

  test("a file of more than a mebibyte", () => {
    const path = fileWith("large.yaml", `${packWith()}#${"x".repeat(1024 * 1024)}`);
    expect(() => loadPackFile(path)).toThrow(`cannot read language pack ${path}: it is larger than 1 MB`);
  });

  asRoot("a device without end", () => {
    const path = join(directory, "zero.yaml");
    expect(Bun.spawnSync(["mknod", "-m", "600", path, "c", "1", "5"]).exitCode).toBe(0);
    expect(() => loadPackFile(path)).toThrow(`cannot read language pack ${path}: it is not a regular file`);
  });

  test("a FIFO, whether somebody writes to it or not", () => {
    const path = join(directory, "fifo.yaml");
    expect(Bun.spawnSync(["mkfifo", "-m", "600", path]).exitCode).toBe(0);
    expect(() => loadPackFile(path)).toThrow(`cannot read language pack ${path}: it is not a regular file`);
    const fd = openSync(path, "r+");
    try {
      expect(() => loadPackFile(path)).toThrow(`cannot read language pack ${path}: it is not a regular file`);
    } finally {
      closeSync(fd);
    }
  });

  test("a file behind a loop of links, below a file, or with a name that is too long", () => {
    symlinkSync("loop.yaml", join(directory, "loop.yaml"));
    expect(() => loadPackFile(join(directory, "loop.yaml"))).toThrow("ELOOP");
    expect(() => loadPackFile(join(fileWith("file.yaml", ""), "x.yaml"))).toThrow("ENOTDIR");
    expect(() => loadPackFile(join(directory, "x".repeat(5000)))).toThrow("ENAMETOOLONG");
  });

  test("a file that is not there", () => {
    const path = join(directory, "none.yaml");
    expect(() => loadPackFile(path)).toThrow(`cannot read language pack ${path}: ENOENT (no such file or directory)`);
  });

  test("a directory", () => {
    expect(() => loadPackFile(directory)).toThrow(`cannot read language pack ${directory}: it is a directory`);
  });

  test("bytes that are not UTF-8", () => {
    const path = fileWith("latin.yaml", Uint8Array.of(0x61, 0x3a, 0x20, 0xfc));
    expect(() => loadPackFile(path)).toThrow(`cannot read language pack ${path}: it is not UTF-8 text`);
  });
});
