// Packages of the legacy version of the problem package format become problems.
import { afterAll, describe, expect, test } from "bun:test";
import { join, relative } from "node:path";
import { readKattis } from "../../../../src/judge/formats/kattis/read.ts";
import { readProblem } from "../../../../src/judge/formats/read.ts";
import type { Group, Problem } from "../../../../src/judge/problem.ts";
import { MadePackages, messageOf, type PackageContent, refusal } from "../../../helpers/problem-package.ts";

const fixtures = join(import.meta.dir, "../../../fixtures/problems");
const packages = new MadePackages();
afterAll(() => packages.remove());

const one = { "data/secret/1.in": "", "data/secret/1.ans": "" };
const made = (yaml: string, more: PackageContent = {}) => packages.make({ "problem.yaml": yaml, ...one, ...more });
const read = (yaml: string, more?: PackageContent) => readKattis(made(yaml, more));
const refused = (yaml: string, more?: PackageContent) => refusal(readKattis, made(yaml, more));
const warnings = ({ path, warnings: all }: Problem) => all.map((warning) => warning.replaceAll(path, "PKG"));
/** `name verdict score accept/reject [range]: children` of each group, the root first. */
function shown(group: Group): string[] {
  const { verdict, score, testScore, range, stop, acceptIfAny, ignoreSamples } = group.rule;
  const points = testScore.kind === "points" ? `${testScore.accept}/${testScore.reject}` : "-";
  const flags = [stop && "stop", acceptIfAny && "any", ignoreSamples && "ignore-samples"].filter((flag) => flag !== false);
  const line = [group.name || "root", verdict, score, points, range === null ? "" : `[${range.join(" ")}]`, ...flags].filter((word) => word !== "").join(" ");
  return [`${line}: ${group.children.map((child) => (typeof child === "number" ? child : child.name)).join(" ")}`, ...group.children.flatMap((child) => (typeof child === "number" ? [] : shown(child)))];
}

describe("problem.yaml", () => {
  test("of a pass-fail problem with the default validator", async () => {
    const problem = await readProblem(join(fixtures, "kattis-passfail"));
    const mebibyte = 1024 * 1024;
    expect(problem).toMatchObject({
      name: "Halves", format: "kattis", isScoring: false, kind: { kind: "batch" }, passes: 1, checker: { kind: "built-in", name: "default" }, packs: ["kattis"], languages: null, warnings: [],
      limits: { cpuTime: 0.5, memory: 64 * mebibyte, output: 8 * mebibyte, code: 128 * 1024, compilationTime: 60, compilationMemory: 2048 * mebibyte, validationTime: 60, validationMemory: 2048 * mebibyte, validationOutput: 8 * mebibyte, inference: { acToLimit: 5, limitToTle: 2, resolution: 1 } },
    });
    expect(problem.tests.map(({ name, isSample, checkerArgs }) => [name, isSample, checkerArgs])).toEqual(
      ["sample/1", "secret/01-odd", "secret/02-big", "secret/03-same"].map((name) => [name, name.startsWith("sample"), ["float_tolerance", "1e-6"]]));
    expect(problem.tests[1]).toMatchObject({ description: "The half is no whole number.", input: join(problem.path, "data/secret/01-odd.in"), answer: join(problem.path, "data/secret/01-odd.ans"), args: [], files: null, points: null });
    expect(shown(problem.root)).toEqual(["root worst none 1/0 stop: sample secret", "sample worst none 1/0 stop: 0", "secret worst none 1/0 stop: 1 2 3"]);
    expect(problem.submissions.map(({ name, expected }) => `${name} ${expected!.about} ${expected!.permitted!.join()}`)).toEqual([
      "submissions/accepted/half.c overall AC", "submissions/accepted/half.py overall AC", "submissions/run_time_error/crash.c overall RTE", "submissions/run_time_error/memory.py overall RTE",
      "submissions/time_limit_exceeded/loop.py overall TLE", "submissions/wrong_answer/floor.py overall WA",
    ]);
  });

  test("says how the output is validated", () => {
    const validator = { "output_validators/check/check.py": "" };
    const program = (validation: string, more: PackageContent = validator) => {
      const { kind, passes, checker, path } = read(`validation: ${validation}\ntype: scoring\n`, more);
      return [kind.kind, passes, checker.kind === "program" ? `${checker.protocol} ${relative(path, checker.program.path)} ${checker.program.packs.join()}` : checker.name];
    };
    expect(program("default")).toEqual(["batch", 1, "default"]);
    expect(program("custom")).toEqual(["batch", 1, "kattis output_validators/check kattis"]);
    expect(program("custom score")).toEqual(["batch", 1, "kattis output_validators/check kattis"]);
    expect(program("custom interactive score")).toEqual(["interactive", 1, "kattis output_validators/check kattis"]);
    expect(program("custom multi-pass")).toEqual(["batch", 2, "kattis output_validators/check kattis"]);
    expect(program("custom", { "output_validators/check.py": "" })).toEqual(["batch", 1, "kattis output_validators/check.py kattis"]);
    expect(program("custom", { "output_validators/check/build": "", "output_validators/check/a.py": "" })).toEqual(["batch", 1, "kattis output_validators/check kattis"]);
    expect(refused("validation: custom\n")).toBe("cannot judge with PKG: problem.yaml says validation: custom, and there is no output validator in PKG/output_validators (the default validator cannot do that)");
    expect(refused("validation: custom\n", { "output_validators/a.py": "", "output_validators/b.py": "" })).toStartWith("cannot judge with PKG: there are 2 programs in PKG/output_validators (a.py, b.py), and one is run");
    expect(refused("validation: default interactive\n")).toBe('PKG/problem.yaml:1:13: validation: must be default alone, or begin with custom, not "default interactive"');
    expect(refused("validation: custom interactiv\n")).toBe('PKG/problem.yaml:1:13: validation: must be default, or custom with any of score, interactive and multi-pass, not "interactiv"');
    expect(warnings(read("validation: default\n", validator))).toEqual(["PKG/output_validators is not used: problem.yaml does not say validation: custom"]);
  });

  test("has limits in the units of the format", () => {
    const { limits } = read("limits: {time_multiplier: 3, time_safety_margin: 1.5, memory: 1, output: 2, code: 3, compilation_time: 4, validation_output: 5}\n");
    expect(limits).toMatchObject({ cpuTime: null, memory: 2 ** 20, output: 2 ** 21, code: 3072, compilationTime: 4, validationOutput: 5 * 2 ** 20, inference: { acToLimit: 3, limitToTle: 1.5, resolution: 1 } });
    expect(refused("limits:\n  memory: 1.5\n")).toBe("PKG/problem.yaml:2:11: limits.memory: must be a whole number, not 1.5");
    expect(refused("limits:\n  memory: 0\n")).toBe("PKG/problem.yaml:2:11: limits.memory: must be at least 1, not 0");
    expect(refused("limits:\n  time_multiplier: fast\n")).toBe('PKG/problem.yaml:2:20: limits.time_multiplier: must be a number, not "fast"');
    expect(refused("limits: [1]\n")).toBe("PKG/problem.yaml:1:9: limits: must be a mapping, not a list");
  });

  test("may have keys that nobody knows, which are reported", () => {
    expect(warnings(read("nmae: x\nlimits:\n  memroy: 1\n  time_limits: 3\nsomething_else: 1\n"))).toEqual([
      "PKG/problem.yaml:3:3: limits.memroy: unknown key, which is ignored: did you mean 'memory'?",
      "PKG/problem.yaml:4:3: limits.time_limits: unknown key, which is ignored: did you mean 'time_limit'?",
      "PKG/problem.yaml:1:1: nmae: unknown key, which is ignored: did you mean 'name'?",
      "PKG/problem.yaml:5:1: something_else: unknown key, which is ignored",
    ]);
  });

  test("that is broken, missing or says another type is an error", () => {
    expect(refused("name: [x\n")).toMatch(/^PKG\/problem\.yaml:\d+:\d+: /);
    expect(refused("name: x\nname: y\n")).toBe("PKG/problem.yaml:2:1: duplicate key 'name'");
    expect(refused("type: pass-fial\n")).toBe('PKG/problem.yaml:1:7: type: must be one of pass-fail, scoring, not "pass-fial"');
    expect(refusal(readKattis, packages.make(one))).toStartWith("cannot judge with PKG: it has no problem.yaml");
    expect(read("").name).toBe("problem");
  });
});

describe("data/", () => {
  test("groups have what testdata.yaml says, key by key from the nearest group that says it", async () => {
    const problem = await readProblem(join(fixtures, "kattis-scoring"));
    expect(problem.isScoring).toBe(true);
    expect(shown(problem.root)).toEqual([
      "root worst sum 1/0 [0 100] ignore-samples: sample secret",
      "sample first sum 0/0 [0 0]: 0",
      "secret first sum 1/0 [0 100] any: secret/group1 secret/group2",
      "secret/group1 worst min 40/0 [0 40] stop: 1 2",
      "secret/group2 worst min 60/0 [0 60] stop: 3 4",
    ]);
    expect(problem.submissions.find(({ name }) => name.includes("partially"))!.expected).toMatchObject({ permitted: ["AC"], score: [0, 100 - 1e-6], useForTimeLimit: false });
  });

  test("every word of testdata.yaml has its place in the rule", () => {
    const group = (yaml: string) => shown((read("type: scoring\n", { "data/secret/testdata.yaml": yaml }).root.children[0] as Group))[0];
    const table: [yaml: string, shown: string][] = [
      ["", "secret worst sum 1/0 stop: 0"],
      ["grader_flags: no_errors avg\n", "secret worst avg 1/0 stop: 0"],
      ["grader_flags: first_error max min\n", "secret first min 1/0 stop: 0"],
      ["grader_flags: always_accept accept_if_any_accepted\n", "secret accept sum 1/0 stop any: 0"],
      ["accept_score: 2.5\nreject_score: -1\nrange: -1 +inf\n", `secret worst sum 2.5/-1 [-1 ${Number.MAX_VALUE}] stop: 0`],
      ["range: -inf +inf\non_reject: continue\n", `secret worst sum 1/0 [-${Number.MAX_VALUE} ${Number.MAX_VALUE}]: 0`],
    ];
    for (const [yaml, expected] of table) expect([yaml, group(yaml)]).toEqual([yaml, expected]);
    const wrong = (yaml: string) => refused("type: scoring\n", { "data/secret/testdata.yaml": yaml });
    expect(wrong("on_reject: stop\n")).toStartWith("PKG/data/secret/testdata.yaml:1:12: on_reject: must be one of break, continue");
    expect(wrong("range: 5 1\n")).toBe('PKG/data/secret/testdata.yaml:1:8: range: must be two numbers, the smaller one first, not "5 1"');
    expect(wrong("grader_flags: sum mni\n")).toStartWith('PKG/data/secret/testdata.yaml:1:15: grader_flags: "mni" is no flag of the default grader: worst_error');
    expect(wrong("accept_score: x\n")).toBe('PKG/data/secret/testdata.yaml:1:15: accept_score: must be a number, not "x"');
  });

  test("flags of the validator are split at blanks, those of the problem first; a mapping with a name is one, too", () => {
    const flags = (yaml: string) => read("validator_flags: a  b\n", { "data/testdata.yaml": "output_validator_flags: top\n", "data/secret/testdata.yaml": yaml }).tests[0]!.checkerArgs;
    expect(flags("output_validator_flags: float_tolerance 1e-9\n")).toEqual(["a", "b", "float_tolerance", "1e-9"]);
    expect(flags("output_validator_flags: {name: check, flags: x 007}\n")).toEqual(["a", "b", "x", "007"]);
    expect(flags("on_reject: break\n")).toEqual(["a", "b", "top"]);
  });

  test("what problem.yaml says of grading, as it did before the format had versions, holds for all groups", () => {
    const problem = read("type: scoring\ngrading: {objective: max, accept_score: 5, range: 0 9, on_reject: grade}\n", { "data/secret/testdata.yaml": "accept_score: 7\n" });
    expect(shown(problem.root)).toEqual(["root worst sum 5/0 [0 9]: secret", "secret worst sum 5/0 [0 9]: 0"]);
  });

  test("tests and groups come in the byte order of their base names; groups may lie in groups", () => {
    const files = ["b", "a-b", "a", "10", "2", "B"].flatMap((name) => [`data/secret/${name}.in`, `data/secret/${name}.ans`]);
    const problem = read("", { ...Object.fromEntries(files.map((file) => [file, ""])), "data/secret/ab/deep/1.in": "", "data/secret/ab/deep/1.ans": "" });
    expect(problem.tests.map(({ name }) => name)).toEqual(["1", "10", "2", "B", "a", "a-b", "ab/deep/1", "b"].map((name) => `secret/${name}`));
    expect(shown(problem.root).slice(1)).toEqual(["secret worst none 1/0 stop: 0 1 2 3 4 5 secret/ab 7", "secret/ab worst none 1/0 stop: secret/ab/deep", "secret/ab/deep worst none 1/0 stop: 6"]);
  });

  test("a custom grader is a program with flags", async () => {
    const problem = await readProblem(join(fixtures, "kattis-grader"));
    const secret = problem.root.children[0] as Group;
    expect(problem.root.rule.grader).toBeNull();
    expect(secret.rule.grader).toMatchObject({ program: { path: join(problem.path, "graders/best.py") }, flags: ["2"] });
    expect(refused("type: scoring\n", { "data/testdata.yaml": "grading: custom\n" })).toBe("cannot judge with PKG: PKG/data/secret has custom grading, and there is no grader in PKG/graders");
  });

  test("scores of the checker count where problem.yaml says so", () => {
    const said = (validation: string) => read(`type: scoring\nvalidation: ${validation}\n`, { "output_validators/a.py": "" }).root.rule.checkerScore;
    expect(said("custom score")).toBeUndefined();
    expect(said("custom")).toBe("ignored");
  });

  test("without tests, with answers missing, and with names that are none, is an error or a warning", () => {
    expect(refusal(readKattis, packages.make({ "problem.yaml": "", "data/secret/": "", "generators/x.py": "" }))).toBe("cannot judge with PKG: there are no tests in PKG/data/sample and PKG/data/secret (a test is NAME.in with NAME.ans; if a generator makes them, run it first)");
    expect(refused("", { "data/secret/2.in": "", "data/secret/3.in": "" })).toBe("cannot judge with PKG: PKG/data/secret/2.in has no answer (2.ans), and 1 more like it (every test NAME.in has its answer in NAME.ans)");
    expect(warnings(read("", { "data/secret/a b.in": "", "data/secret/c\nd.in": "", "data/secret/.hidden.in": "", "data/secret/9.ans": "", "data/sample/1.interaction": "" }))).toEqual([
      "PKG/data/secret/9.ans has no input and is not used",
      `files in PKG/data/secret are ignored, as their names are none of the format (letters, digits, '_', '-' and '.'): "a b.in", "c\\nd.in"`,
    ]);
  });

  test("links within the package are tests; one out of it, or in a circle, is refused", () => {
    const problem = read("", { "data/secret/2.in": "->1.in", "data/secret/2.ans": "->1.ans", "data/secret/more": "->../other", "data/other/3.in": "", "data/other/3.ans": "" });
    expect(problem.tests.map(({ name }) => name)).toEqual(["secret/1", "secret/2", "secret/more/3"]);
    expect(refused("", { "data/secret/2.in": "->/etc/hostname", "data/secret/2.ans": "" })).toStartWith("cannot use PKG/data/secret/2.in: it leads out of the package, to /etc/hostname");
    expect(refused("", { "data/secret/2.in": "", "data/secret/2.ans": "->../../../../x" })).toStartWith("cannot use PKG/data/secret/2.ans: it ");
    expect(refused("", { "data/secret/group": "->/etc" })).toStartWith("cannot use PKG/data/secret/group: it leads out of the package, to /etc");
    expect(refused("", { "data/secret/again": "->." })).toStartWith("cannot judge with PKG: directories of PKG/data lie more than 16 deep inside of each other");
    expect(refused("validation: custom\n", { output_validators: "->/usr/lib" })).toStartWith("cannot use PKG/output_validators: it leads out of the package");
    expect(refused("", { "submissions/accepted/a.py": "->/etc/passwd" })).toStartWith("cannot use PKG/submissions/accepted/a.py: it leads out of the package");
  });
});

describe("other directories", () => {
  test("include/ has files for languages", async () => {
    const problem = await readProblem(join(fixtures, "kattis-include"));
    expect(problem.additions).toEqual(["c", "python3"].map((language) => ({ forLanguage: [`language:${language}`], paths: [join(problem.path, "include", language)], role: "beside" as const })));
    expect(problem.limits.code).toBe(1024);
  });

  test("submissions/ has submissions, and what else lies there is reported", () => {
    const problem = read("", { "submissions/accepted/dir/a.py": "", "submissions/accepted/b.py": "", "submissions/accepted/b.class": "", "submissions/accepted/~b": "", "submissions/accepted/__pycache__/x": "", "submissions/slow/c.py": "", "submissions/README.md": "" });
    expect(problem.submissions.map(({ name, expected }) => [name, expected?.permitted ?? null])).toEqual([["submissions/accepted/b.py", ["AC"]], ["submissions/accepted/dir", ["AC"]], ["submissions/slow/c.py", null]]);
    expect(warnings(problem)).toEqual([
      'files in PKG/submissions/accepted are no submissions: b.class, "~b"',
      "PKG/submissions/slow is no directory of the format, so nothing is expected of what is in it: accepted, partially_accepted, wrong_answer, time_limit_exceeded, run_time_error",
    ]);
  });
});

test("a package of 100,000 tests is read, whether they are in one directory or links", () => {
  // A thousand files, which are there a hundred times: to make 200,000 files takes longer than the rest of this file.
  const some = Array.from({ length: 500 }, (_, number) => [`data/tests/${number}.in`, `data/tests/${number}.ans`]).flat();
  const links = Array.from({ length: 200 }, (_, number) => [`data/secret/group${number}`, "->../tests"]);
  const problem = read("", { ...Object.fromEntries(some.map((file) => [file, ""])), ...Object.fromEntries(links) });
  expect(problem.tests).toHaveLength(100_001);
  expect(new Set(problem.tests.map(({ name }) => name)).size).toBe(100_001);
});

test("what is read is plain data", () => {
  const problem = readKattis(join(fixtures, "kattis-scoring"));
  expect(JSON.parse(JSON.stringify(problem))).toEqual(problem as never);
  expect(messageOf(() => readKattis(join(fixtures, "none")))).toContain("ENOENT");
});
