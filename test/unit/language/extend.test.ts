import { describe, expect, test } from "bun:test";
import { checkPack } from "../../../src/language/load.ts";
import { formatProblem } from "../../../src/language/problem-line.ts";
import { languagesIn } from "../../helpers/packs.ts";

function problemsOf(text: string): string[] {
  return checkPack(text, "p.yaml").problems.map((problem) => formatProblem("p.yaml", problem));
}

const base = `
version: 1
languages:
  - id: base
    name: Base
    aliases: [b]
    hidden: true
    extensions: [.b]
    environment: {A: 1, B: 2}
    compile: {command: [cc, '{source}'], limits: {time: 5, memory: 100}}
    run: {command: ./x, needs: {processes: 4}}
    test: [{source: x}]
`;

describe("a language that extends another", () => {
  test("has what it says itself, and the rest from the other: mappings by key, lists and text whole", () => {
    const [, child] = languagesIn(
      `${base}  - id: child\n    extends: base\n    environment: {B: 3, C: 4}\n    compile: {command: [gcc], limits: {time: 7}}\n    run: {needs: {memory: 64}}\n`, "p.yaml");
    expect(child).toMatchObject({
      id: "child", name: "Base", aliases: [], hidden: false, extensions: [".b"],
      compile: { command: ["gcc"], environment: [["A", "1"], ["B", "3"], ["C", "4"]], limits: { cpuTimeSeconds: 7, memoryBytes: 100 * 2 ** 20 } },
      run: { command: ["./x"], needs: { processes: 4, memoryBytes: 64 * 2 ** 20 } },
      tests: [{ source: "x" }],
    });
    expect(child!.chain.map(({ written }) => written.id)).toEqual(["base", "child"]);
  });

  test("may change the minimum version alone; without a version command it means nothing", () => {
    const withToolchain = base.replace("    test:", "    toolchain: {command: cc --version, minimum: '7'}\n    test:");
    const [, child] = languagesIn(`${withToolchain}  - {id: child, extends: base, toolchain: {minimum: '11'}}\n`, "p.yaml");
    expect(child!.toolchain).toMatchObject({ command: ["cc", "--version"], minimum: "11" });
    expect(problemsOf(`${base}  - {id: child, extends: base, toolchain: {minimum: '11'}}\n`)).toEqual(["p.yaml:13:43: languages.1.toolchain.command: is missing"]);
    // A template need not say it; named all the same, it has no version.
    const [template] = languagesIn(base.replace("    test:", "    toolchain: {minimum: '11'}\n    test:"), "p.yaml");
    expect(template!.toolchain).toBeNull();
  });

  test("takes away with null what the other brings", () => {
    const [, child] = languagesIn(`${base}  - {id: child, extends: base, compile: null, extensions: []}\n`, "p.yaml");
    expect([child!.compile, child!.extensions]).toEqual([null, []]);
  });

  test("may stand before the other in the file", () => {
    const [first] = languagesIn("version: 1\nlanguages:\n  - {id: a, extends: b}\n  - {id: b, extends: c}\n  - {id: c, name: C, run: {command: c}}\n", "p.yaml");
    expect([first!.name, first!.chain.map(({ written }) => written.id)]).toEqual(["C", ["c", "b", "a"]]);
  });

  test("may extend the earlier one that has its id", () => {
    const [cpp] = languagesIn("{version: 1, id: cpp, extends: cpp, compile: {command: [g++, '{sources}']}}", "p.yaml");
    expect([cpp!.compile!.command, cpp!.extensions.includes(".cpp"), cpp!.chain.map(({ origin }) => origin)]).toEqual([["g++", "{sources}"], true, ["built-in", "p.yaml"]]);
  });

  test("has the aliases of the earlier one that has its id, and of no other", () => {
    const [cpp, variant] = languagesIn("version: 1\nlanguages:\n  - {id: cpp, extends: cpp}\n  - {id: cpp17, extends: cpp, priority: -1}\n", "p.yaml");
    expect([cpp!.aliases.includes("c++"), variant!.aliases]).toEqual([true, []]);
  });

  test("prefers a language of its own pack to an earlier one", () => {
    const [, child] = languagesIn("version: 1\nlanguages:\n  - {id: cpp, name: Mine, run: {command: mine}}\n  - {id: x, extends: cpp}\n", "p.yaml");
    expect(child!.name).toBe("Mine");
  });

  test("does not change the other", () => {
    const [first] = languagesIn(`${base}  - {id: child, extends: base, environment: {A: 9}}\n`, "p.yaml");
    expect(first!.run.environment).toEqual([["A", "1"], ["B", "2"]]);
  });
});

describe("a mistake with extends is shown with its place", () => {
  test.each([
    { name: "a circle", text: "version: 1\nlanguages:\n  - {id: a, extends: b}\n  - {id: b, extends: c}\n  - {id: c, extends: a}\n", problem: "p.yaml:5:22: languages.2.extends: goes round in a circle: a -> b -> c -> a" },
    { name: "itself, with no earlier one", text: "{version: 1, id: a, extends: a}", problem: /^p\.yaml:1:30: extends: no language 'a' here or in an earlier pack/ },
    { name: "an unknown one", text: "{version: 1, id: a, extends: pyhton}", problem: "p.yaml:1:30: extends: no language 'pyhton' here or in an earlier pack, did you mean 'python'?" },
    { name: "a template without a program", text: "version: 1\nlanguages:\n  - {id: t, hidden: true}\n  - {id: a, name: A, extends: t}\n", problem: "p.yaml:4:5: languages.1.run: is missing" },
    { name: "null without extends", text: "{version: 1, id: a, name: A, compile: null, run: {command: a}}", problem: "p.yaml:1:30: compile: is empty (it may be null only to take away what extends brings)" },
    { name: "a name twice", text: "version: 1\nlanguages:\n  - {id: a, name: A, run: {command: a}}\n  - {id: b, name: B, aliases: [a], run: {command: b}}\n", problem: "p.yaml:4:31: languages.1.aliases: 'b' and 'a' both have the name 'a': give one of them another" },
    {
      name: "an extension twice at one priority",
      text: "version: 1\nlanguages:\n  - {id: a, name: A, extensions: [.x], run: {command: a}}\n  - {id: b, extends: a}\n",
      problem: "p.yaml:4:5: languages.1.extensions: 'b' and 'a' both claim .x at the same priority: give one of them another priority, or other extensions",
    },
    { name: "an id twice", text: "version: 1\nlanguages:\n  - {id: a, name: A, run: {command: a}}\n  - {id: a, name: B, run: {command: b}}\n", problem: "p.yaml:4:10: languages.1.id: there is a language 'a' in this pack already" },
    { name: "an alias that is the id", text: "{version: 1, id: a, name: A, aliases: [a], run: {command: a}}", problem: "p.yaml:1:39: aliases: 'a' is a name of this language already" },
    { name: "{args} within a word", text: "{version: 1, id: a, name: A, run: {command: 'x -f{args}'}}", problem: "p.yaml:1:45: run.command: {args} becomes several words, so it has to be a word of its own" },
    { name: "{args} for the program", text: "{version: 1, id: a, name: A, run: {command: '{args}'}}", problem: "p.yaml:1:45: run.command: names no program" },
    { name: "{args} twice", text: "{version: 1, id: a, name: A, run: {command: 'x {args} {args}'}}", problem: "p.yaml:1:45: run.command: {args} stands in it twice" },
    { name: "{sources} within a word", text: "{version: 1, id: a, name: A, run: {command: 'x -f{sources}'}}", problem: "p.yaml:1:45: run.command: {sources} becomes several words, so it has to be a word of its own" },
    { name: "{sources} in a variable", text: "{version: 1, id: a, name: A, environment: {X: '{sources}'}, run: {command: x}}", problem: /^p\.yaml:1:47: environment\.X: placeholder \{sources\} has no meaning here/ },
  ])("$name", ({ text, problem }) => {
    const [first] = problemsOf(text);
    if (typeof problem === "string") expect(first).toBe(problem);
    else expect(first).toMatch(problem);
  });
});

test("what builds on a mistake does not repeat it, and mistakes elsewhere are told as well", () => {
  const text = "version: 1\nlanguages:\n  - {id: a, extends: nothing}\n  - {id: b, extends: a}\n  - {id: c, name: C, run: {command: '{x}'}}\n";
  expect(problemsOf(text).map((problem) => problem.split(": ").slice(0, 2).join(" "))).toEqual(["p.yaml:3:22 languages.0.extends", "p.yaml:5:37 languages.2.run.command"]);
});

describe("a language on top of many others is refused, whichever comes first in the file", () => {
  const first = "  - {id: l0, name: X, run: {command: x}}";
  const others = Array.from({ length: 20_000 }, (_, index) => `  - {id: l${index + 1}, extends: l${index}}`);
  const packOf = (lines: readonly string[]) => `version: 1\nlanguages:\n${lines.join("\n")}\n`;

  test.each([["up", [first, ...others]], ["down", [first, ...others].toReversed()]])("%s", (_, lines) => {
    const problems = problemsOf(packOf(lines));
    expect(problems).not.toBeEmpty();
    for (const problem of problems) expect(problem).toContain("builds on more than 100 languages, each extending the next");
  });

  test("a hundred are few enough", () => {
    expect(problemsOf(packOf([first, ...others.slice(0, 100)]))).toEqual([]);
    expect(problemsOf(packOf([first, ...others.slice(0, 100)].toReversed()))).toEqual([]);
    expect(problemsOf(packOf([first, ...others.slice(0, 101)]))).toHaveLength(1);
  });
});

test("a hidden language may be incomplete, and its parts are checked all the same", () => {
  expect(problemsOf("{version: 1, id: a, hidden: true}")).toEqual([]);
  expect(problemsOf("{version: 1, id: a, hidden: true, run: {command: '{nonsense}'}}")[0]).toContain("unknown placeholder {nonsense}");
});
