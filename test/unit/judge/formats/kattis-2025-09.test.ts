// Packages of version 2025-09 of the problem package format, and of its draft, become problems.
import { afterAll, describe, expect, test } from "bun:test";
import { join, relative } from "node:path";
import { readKattis } from "../../../../src/judge/formats/kattis/read.ts";
import type { Group, Problem } from "../../../../src/judge/problem.ts";
import { MadePackages, type PackageContent, refusal } from "../../../helpers/problem-package.ts";

const fixture = (name: string) => readKattis(join(import.meta.dir, "../../../fixtures/problems", name));
const packages = new MadePackages();
afterAll(() => packages.remove());

const one = { "data/secret/1.in": "", "data/secret/1.ans": "" };
const yamlOf = (yaml: string) => `problem_format_version: 2025-09\n${yaml}`;
const made = (yaml: string, more: PackageContent = one) => packages.make({ "problem.yaml": yamlOf(yaml), ...more });
const read = (yaml: string, more?: PackageContent) => readKattis(made(yaml, more));
const refused = (yaml: string, more?: PackageContent) => refusal(readKattis, made(yaml, more));
const warnings = ({ path, warnings: all }: Problem) => all.map((warning) => warning.replaceAll(path, "PKG"));
const group = (path: string, yaml: string, ...tests: string[]) => ({ [`${path}/test_group.yaml`]: yaml, ...Object.fromEntries(tests.flatMap((name) => [[`${path}/${name}.in`, ""], [`${path}/${name}.ans`, ""]])) });
/** What makes the scores of each group, the root first. */
function shown(group: Group): string[] {
  const { score, testScore, points, range, requires, checkerScore } = group.rule;
  const ofTest = testScore.kind === "points" ? `points ${testScore.accept}/${testScore.reject}` : `fraction of ${testScore.of}`;
  const line = [group.name || "root", score, ofTest, points, range?.join(" "), checkerScore, requires.length > 0 && `requires ${requires.join(" and ")}`].filter((word) => word != null && word !== false).join(", ");
  return [`${line}: ${group.children.map((child) => (typeof child === "number" ? child : child.name)).join(" ")}`, ...group.children.flatMap((child) => (typeof child === "number" ? [] : shown(child)))];
}

describe("problem.yaml", () => {
  test("says the type by a word, by a list, or by several words in one text", () => {
    const validator = { ...one, "output_validator/check.py": "" };
    const kind = (type: string, more: PackageContent = validator) => {
      const { kind: found, passes, isScoring } = read(`type: ${type}\nlimits: {time_limit: 1}\n`, more);
      return [found.kind, passes, isScoring];
    };
    expect(kind("pass-fail")).toEqual(["batch", 1, false]);
    expect(kind("[scoring]")).toEqual(["batch", 1, true]);
    expect(kind("[pass-fail, interactive]")).toEqual(["interactive", 1, false]);
    expect(kind("pass-fail interactive")).toEqual(["interactive", 1, false]);
    expect(kind("[multi-pass, interactive, scoring]")).toEqual(["interactive", 2, true]);
    expect(kind("submit-answer")).toEqual(["outputs", 1, false]);
    expect(refused("type: [interactive, submit-answer]\n", validator)).toBe("PKG/problem.yaml:2:7: type: submit-answer and interactive exclude each other");
    expect(refused("type: [multi-pass, submit-answer]\n", validator)).toBe("PKG/problem.yaml:2:7: type: submit-answer and multi-pass exclude each other");
    expect(refused("type: [scoring, pass-fail]\n")).toBe("PKG/problem.yaml:2:7: type: pass-fail and scoring exclude each other");
    expect(refused("type: passfail\n")).toBe('PKG/problem.yaml:2:7: type: must be of pass-fail, scoring, multi-pass, interactive, submit-answer, not "passfail"');
    expect(refused("type: interactive\n")).toBe("cannot judge with PKG: it is an interactive problem, and there is no output validator in PKG/output_validator (the default validator cannot do that)");
    expect(refused("type: multi-pass\n")).toStartWith("cannot judge with PKG: it is a multi-pass problem, and there is no output validator");
  });

  test("has limits, of which those that are not said are the usual ones", () => {
    const { limits, passes } = read("type: multi-pass\nlimits: {time_limit: 1.5, time_resolution: 0.5, time_multipliers: {ac_to_time_limit: 4, time_limit_to_tle: 2.5}, memory: 512, validation_passes: 5}\n", { ...one, "output_validator/a.py": "" });
    expect(passes).toBe(5);
    expect(limits).toMatchObject({ cpuTime: 1.5, memory: 512 * 2 ** 20, output: 8 * 2 ** 20, code: 128 * 1024, inference: { acToLimit: 4, limitToTle: 2.5, resolution: 0.5 } });
    expect(read("").limits).toMatchObject({ cpuTime: null, memory: 2048 * 2 ** 20, inference: { acToLimit: 2, limitToTle: 1.5, resolution: 1 } });
    expect(warnings(read("limits: {time_limit: 1.5, validation_passes: 3}\n"))).toEqual([
      "PKG/problem.yaml:2:22: limits.time_limit: is no multiple of time_resolution, 1 s",
      "PKG/problem.yaml:2:46: limits.validation_passes: is for problems of type multi-pass, and is not used",
    ]);
    expect(refused("limits: {time_limit: 0}\n")).toBe("PKG/problem.yaml:2:22: limits.time_limit: must be more than 0, not 0");
    expect(refused("limits: {time_multipliers: {ac_to_time_limit: 0.5}}\n")).toBe("PKG/problem.yaml:2:47: limits.time_multipliers.ac_to_time_limit: must be at least 1, not 0.5");
    expect(refused("type: multi-pass\nlimits: {validation_passes: 1}\n")).toBe("PKG/problem.yaml:3:29: limits.validation_passes: must be at least 2, not 1");
  });

  test("has names in languages, languages, constants, and whether a submission may write", () => {
    const problem = fixture("2025-09-passfail");
    expect(problem).toMatchObject({ name: "Echo with everything", format: "2025-09", languages: ["python3", "c"], constants: { greeting: "Hello", "greeting.value": "Hello", most: "1000", "most.value": "1000", "most.tex": "10^3" }, allowFileWriting: false, warnings: [] });
    expect(read("name: {de: Zwei, en: Two}\nlanguages: all\nallow_file_writing: true\n")).toMatchObject({ name: "Two", languages: null, allowFileWriting: true });
    expect(read("name: {de: Zwei}\nconstants: {n: 1e3, word: x}\n")).toMatchObject({ name: "Zwei", constants: { n: "1e3", word: "x" } });
    expect(refused("constants: {1n: 1}\n")).toBe("PKG/problem.yaml:2:13: constants.1n: must have letters, digits and '_' only, and not begin with a digit");
    expect(refused("constants: {n: {tex: 1}}\n")).toBe("PKG/problem.yaml:2:13: constants.n: has no 'value'");
    expect(refused("constants: {n: [1]}\n")).toBe("PKG/problem.yaml:2:16: constants.n: must be text, not a list");
  });

  test("may have keys that nobody knows, which are reported", () => {
    expect(warnings(read("limits: {validation_pases: 3}\nlanguage: python3\n"))).toEqual([
      "PKG/problem.yaml:2:10: limits.validation_pases: unknown key, which is ignored: did you mean 'validation_passes'?",
      "PKG/problem.yaml:3:1: language: unknown key, which is ignored: did you mean 'languages'?",
    ]);
  });

  test("the output validator comes in three shapes, and visualizers are not used", () => {
    const path = (more: PackageContent) => {
      const { checker, path: root } = read("", { ...one, "output_visualizer/a.py": "", ...more });
      return checker.kind === "program" ? relative(root, checker.program.path) : checker.name;
    };
    expect(path({})).toBe("default");
    expect(path({ "output_validator/check.py": "" })).toBe("output_validator/check.py");
    expect(path({ "output_validator/a.cpp": "", "output_validator/b.cpp": "" })).toBe("output_validator");
    expect(path({ "output_validator/run": "" })).toBe("output_validator");
    expect(path({ "output_validator/check/check.cc": "", "output_validator/check/check.h": "" })).toBe("output_validator/check");
  });
});

describe("data/", () => {
  test("a test has arguments, files and words of its own, else of the nearest group", () => {
    const { tests, path } = fixture("2025-09-passfail");
    expect(tests.map(({ name, args, checkerArgs, files, description }) => [name, args, checkerArgs, files === null ? null : relative(path, files), description])).toEqual([
      ["sample/1", ["world"], [], null, "The greeting alone."],
      ["secret/1-file", ["1000"], ["case_sensitive"], "data/secret/1-file.files", undefined],
      ["secret/2-stdin", ["you", "two"], [], null, undefined],
      ["secret/folder/3", ["1000"], [], null, undefined],
    ]);
    const split = read("", { ...one, "data/secret/1.yaml": "output_validator_args: float_tolerance 1e-6\nargs: [1e-6, '', a b, 007]\ninput_validator_args: {a: [b]}\nfull_feedback: yes\nhint: x\nargz: [1]\n" });
    expect(split.tests[0]).toMatchObject({ args: ["1e-6", "", "a b", "007"], checkerArgs: ["float_tolerance", "1e-6"] });
    expect(warnings(split)).toEqual([
      "PKG/data/secret/1.yaml:1:24: output_validator_args: should be a list of texts: this one is split at blanks",
      "PKG/data/secret/1.yaml:6:1: argz: unknown key, which is ignored: did you mean 'args'?",
    ]);
    expect(refused("", { ...one, "data/secret/1.yaml": "args: [[1]]\n" })).toBe("PKG/data/secret/1.yaml:1:8: args.0: must be text, not a list");
    expect(refused("", { ...one, "data/secret/1.yaml": "args: [1\n" })).toMatch(/^PKG\/data\/secret\/1\.yaml:\d:\d: /);
  });

  test("groups have scores", () => {
    expect(shown(fixture("2025-09-scoring").root)).toEqual([
      "root, sum, fraction of 1: sample secret",
      "sample, none, fraction of 1, ignored: 0",
      "secret, sum, fraction of 1, 120, 0 120: secret/group1 secret/group2 secret/group3",
      "secret/group1, pass-fail, fraction of 1, 20, 0 20, forbidden: 1",
      "secret/group2, min, fraction of 1, 30, 0 30, strict, requires sample and secret/group1: 2 3",
      "secret/group3, sum, fraction of equal-part, 70, 0 70, strict: 4 5 6 7",
    ]);
    expect(shown(fixture("2025-09-unbounded").root)).toEqual(["root, sum, fraction of 1: secret", "secret, sum, points 0/0, required: 0 1"]);
    expect(shown(read("type: scoring\n").root)[1]).toBe("secret, sum, fraction of equal-part, 100, 0 100, strict: 0");
    expect(shown(read("").root)).toEqual(["root, none, fraction of 1: secret", "secret, none, fraction of 1: 0"]);
  });

  test("scores that cannot be are errors with their place", () => {
    const wrong = (secret: string, ...groups: string[]) => refused("type: scoring\n", { "data/secret/test_group.yaml": secret, ...Object.assign({}, ...groups.map((yaml, index) => group(`data/secret/g${index}`, yaml, "1"))) });
    expect(wrong("", "score_aggregation: sum\n")).toBe("PKG/data/secret/g0/test_group.yaml: max_score must be a number, as data/secret is not unbounded");
    expect(wrong("", "max_score: unbounded\n")).toBe("PKG/data/secret/g0/test_group.yaml:1:12: max_score: must be a number, as data/secret is not unbounded");
    expect(wrong("max_score: unbounded\n", "")).toBe("PKG/data/secret/g0/test_group.yaml: max_score must be a number where score_aggregation is pass-fail");
    expect(wrong("score_aggregation: pass-fail\n", "max_score: 3\nscore_aggregation: min\n")).toBe("PKG/data/secret/g0/test_group.yaml: score_aggregation must be pass-fail, as that of data/secret is");
    expect(wrong("", "max_score: -1\n")).toBe("PKG/data/secret/g0/test_group.yaml:1:12: max_score: must be at least 0, not -1");
    expect(wrong("", "max_score: 1\nscore_aggregation: avg\n")).toBe('PKG/data/secret/g0/test_group.yaml:2:20: score_aggregation: must be one of pass-fail, sum, min, not "avg"');
    expect(wrong("", "max_score: 50\n", "max_score: 50\nrequire_pass: secret/g00\n")).toBe(`PKG/data/secret/g1/test_group.yaml:2:15: require_pass: no group before this one has the name "secret/g00", did you mean 'secret/g0'?`);
    expect(wrong("", "max_score: 50\nrequire_pass: secret/g1\n", "max_score: 50\n")).toStartWith('PKG/data/secret/g0/test_group.yaml:2:15: require_pass: no group before this one has the name "secret/g1"');
    expect(wrong("", "max_score: 50\nscore_aggregation: min\n", "max_score: 50\nrequire_pass: [secret/g0]\n")).toBe("PKG/data/secret/g1/test_group.yaml:2:16: require_pass.0: secret/g0 is no pass-fail group, and only such a group can be required");
    expect(refused("type: scoring\n", { ...one, ...group("data/sample", "max_score: 1\n", "1") })).toBe("PKG/data/sample/test_group.yaml:1:1: max_score: is not for samples, which have no score");
  });

  test("what is strange about scores and harms nothing is a warning", () => {
    expect(warnings(read("type: scoring\n", group("data/secret/g1", "max_score: 30\n", "1")))).toEqual(["the groups of PKG/data/secret are worth 30 together, and the problem 100"]);
    expect(warnings(read("", group("data/secret/g1", "max_score: 30\nmax_scores: 1\n", "1")))).toEqual([
      "PKG/data/secret/g1/test_group.yaml:1:1: max_score: is for problems of type scoring, and is not used",
      "PKG/data/secret/g1/test_group.yaml:2:1: max_scores: unknown key, which is ignored: did you mean 'max_score'?",
    ]);
    expect(warnings(read("", { ...one, "data/secret/testdata.yaml": "on_reject: break\n", "data/secret/1/x": "" }))).toEqual([
      "PKG/data/secret/testdata.yaml is not used: this version of the format has test_group.yaml, with other keys",
      "PKG/data/secret/1 is a directory beside a test of the same name",
    ]);
  });

  test("groups beside tests, in groups, without tests, and in samples are errors", () => {
    expect(refused("", { ...one, ...group("data/secret/g", "", "1") })).toBe("cannot judge with PKG: PKG/data/secret has groups (PKG/data/secret/g, by its test_group.yaml) and tests that are in none (PKG/data/secret/1.in) (put every test into a group, or none)");
    expect(refused("", { ...group("data/secret/g", "", "1"), "data/secret/folder/1.in": "", "data/secret/folder/1.ans": "" })).toContain("tests that are in none (PKG/data/secret/folder)");
    expect(refused("", { ...group("data/secret/g", "", "1"), ...group("data/secret/g/h", "", "1") })).toStartWith("cannot judge with PKG: PKG/data/secret/g/h/test_group.yaml makes a group inside of PKG/data/secret/g");
    expect(refused("", { ...group("data/secret/g", "", "1"), ...group("data/secret/h", "") })).toBe("cannot judge with PKG: there are no tests in the group PKG/data/secret/h");
    expect(refused("", { ...one, ...group("data/sample/g", "", "1") })).toContain("(samples are in no groups)");
    expect(refused("", { "data/sample/": "" })).toStartWith("cannot judge with PKG: there are no tests in PKG/data/sample and PKG/data/secret");
    expect(refused("", { "data/secret/1.in": "" })).toStartWith("cannot judge with PKG: PKG/data/secret/1.in has no answer (1.ans)");
    expect(read("", { ...one, "data/secret/1.ans.statement": "", "data/secret/1.in.download": "", "data/secret/1.png": "", "data/invalid_input/2.in": "", "data/secret/2.interaction": "" }).tests).toHaveLength(1);
  });

  test("constants are replaced in test_group.yaml, and only there", () => {
    const { tests } = read("constants: {n: {value: 3, tex: three}}\n", { ...one, "data/secret/test_group.yaml": "args: ['{{n}}', '{{n.tex}}', '{{m}}']\n", "data/secret/2.in": "", "data/secret/2.ans": "", "data/secret/2.yaml": "args: ['{{n}}']\n" });
    expect(tests.map(({ args }) => args)).toEqual([["3", "three", "{{m}}"], ["{{n}}"]]);
  });

  test("a static validator is not there, and who asks for it is told so", () => {
    expect(refused("type: scoring\n", group("data/secret/g", "max_score: 100\nscore_aggregation: sum\nstatic_validation_score: 10\n", "1"))).toBe(
      "cannot judge with PKG: it needs a static validator, which mini-isolate does not do (PKG/data/secret/g/test_group.yaml:3:26: static_validation_score: asks for it)");
    expect(read("", { ...one, "static_validator/a.py": "" }).tests).toHaveLength(1);
  });

  test("links out of the package are refused wherever a test may have them", () => {
    for (const name of ["1.in", "1.ans", "1.yaml", "1.files", "test_group.yaml", "folder"]) {
      expect([name, refused("", { ...one, "data/secret/2.in": "", "data/secret/2.ans": "", [`data/secret/${name === "1.in" || name === "1.ans" ? `x${name}` : name}`]: "->/etc", ...(name === "1.in" ? { "data/secret/x1.ans": "" } : name === "1.ans" ? { "data/secret/x1.in": "" } : {}) }).includes("it leads out of the package, to /etc")]).toEqual([name, true]);
    }
  });
});

describe("include/ and submissions/", () => {
  test("include/default is for languages without a directory of their own", () => {
    const { additions, path } = fixture("2025-09-passfail");
    expect(additions).toEqual([
      { forLanguage: null, notFor: ["language:python3"], paths: [join(path, "include/default")], role: "beside" },
      { forLanguage: ["language:python3"], paths: [join(path, "include/python3")], role: "beside" },
    ]);
  });

  const submissions = Object.fromEntries(["accepted/a.py", "accepted/b.cpp", "wrong_answer/w.py", "time_limit_exceeded/t.py", "run_time_error/r.py", "rejected/x.py", "brute_force/f.py", "mine/m.py"].map((name) => [`submissions/${name}`, ""]));
  const expected = (yaml: string | null, name: string, type = "pass-fail") => read(`type: ${type}\n`, { ...one, ...submissions, ...(yaml === null ? {} : { "submissions/submissions.yaml": yaml }) }).submissions.find((found) => found.name === `submissions/${name}`)!;
  const brief = (yaml: string | null, name: string) => {
    const found = expected(yaml, name).expected;
    return found === null ? null : `${found.permitted?.join() ?? "any"} ${found.required?.join() ?? "any"}`;
  };

  test("directories have their meaning without submissions.yaml", () => {
    const table: [name: string, meaning: string | null][] = [
      ["accepted/a.py", "AC any"], ["wrong_answer/w.py", "AC,WA WA"], ["time_limit_exceeded/t.py", "AC,TLE TLE"], ["run_time_error/r.py", "AC,RTE RTE"],
      ["rejected/x.py", "any RTE,TLE,WA"], ["brute_force/f.py", "AC,RTE,TLE RTE,TLE"], ["mine/m.py", null],
    ];
    for (const [name, meaning] of table) expect([name, brief(null, name)]).toEqual([name, meaning]);
    expect(expected(null, "accepted/a.py").expected).toEqual({ source: "submissions/accepted", about: "tests", permitted: ["AC"], required: null, score: null, message: null, useForTimeLimit: null, parts: [] });
  });

  test("the name of a directory replaces its meaning key by key, another pattern adds to it", () => {
    expect(brief("time_limit_exceeded: {permitted: [AC, WA, TLE]}\n", "time_limit_exceeded/t.py")).toBe("AC,WA,TLE TLE");
    const added = expected("wrong_answer/*: {required: [AC], message: wrong}\n", "wrong_answer/w.py").expected!;
    expect(added).toMatchObject({ permitted: ["AC", "WA"], required: ["WA"], message: null });
    expect(added.parts).toEqual([{ tests: "", expected: { source: "submissions.yaml, wrong_answer/*", about: "tests", permitted: null, required: ["AC"], score: null, message: "wrong", useForTimeLimit: null } }]);
    expect(brief("mine: {permitted: [AC, RTE]}\n", "mine/m.py")).toBe("AC,RTE any");
  });

  test("patterns of tests have expectations of their own", () => {
    const { parts } = expected("'{wrong_answer,mine}/*.py':\n  sample: {permitted: [AC]}\n  secret/*-big: {required: [TLE], use_for_time_limit: upper}\n  secret: {score: 3}\n", "mine/m.py", "scoring").expected!;
    expect(parts.map(({ tests, expected: { permitted, required, score, useForTimeLimit } }) => [tests, permitted, required, score, useForTimeLimit])).toEqual([
      ["sample", ["AC"], null, null, null], ["secret/*-big", null, ["TLE"], null, "upper"], ["secret", null, null, [3, 3], null],
    ]);
  });

  test("says language and entry point, scores and what to use for the time limit", () => {
    const yaml = "accepted: {use_for_time_limit: false}\naccepted/*.cpp: {language: cppgmp, entrypoint: main, authors: [x], model_solution: true, score: [1, 2.5]}\n";
    expect(expected(yaml, "accepted/b.cpp", "scoring")).toMatchObject({ language: "cppgmp", entryPoint: "main", expected: { useForTimeLimit: false, parts: [{ expected: { score: [1, 2.5] } }] } });
    expect(expected(yaml, "accepted/a.py")).toMatchObject({ language: null, entryPoint: null, expected: { useForTimeLimit: false, parts: [] } });
  });

  test("mistakes have their place", () => {
    const wrong = (yaml: string, type = "pass-fail") => refused(`type: ${type}\n`, { ...one, ...submissions, "submissions/submissions.yaml": yaml });
    expect(wrong("accepted/**: {}\n")).toStartWith("PKG/submissions/submissions.yaml:1:1: accepted/**: has '**'");
    expect(wrong("'[ab].py': {}\n")).toStartWith("PKG/submissions/submissions.yaml:1:1: [ab].py: has brackets");
    for (const pattern of ["*/a.py", "{a,b}/c.py"]) expect(wrong(`${pattern}: {}\n`)).toMatch(/^PKG\/submissions\/submissions\.yaml:1:\d+: .* \(a text that begins with a star or a brace stands in quotes\)$/);
    expect(wrong("'{a': {}\n")).toBe("PKG/submissions/submissions.yaml:1:1: {a: does not close a brace");
    expect(wrong("accepted: {permitted: [AC, OK]}\n")).toBe('PKG/submissions/submissions.yaml:1:28: accepted.permitted.1: must be one of AC, WA, TLE, RTE, MLE, OLE, not "OK"');
    expect(wrong("accepted: {score: [2, 1]}\n", "scoring")).toBe("PKG/submissions/submissions.yaml:1:19: accepted.score: must be a number, or a list of two, the smaller one first");
    expect(wrong("accepted: {use_for_time_limit: both}\n")).toBe('PKG/submissions/submissions.yaml:1:32: accepted.use_for_time_limit: must be true or false, not "both"');
    expect(wrong("accepted: {secret/**: {permitted: [AC]}}\n")).toStartWith("PKG/submissions/submissions.yaml:1:12: accepted.secret/**: has '**'");
    const problem = read("", { ...one, ...submissions, "submissions/submissions.yaml": "accepted: {permited: [AC], score: 3}\nacepted/*: {permitted: [AC]}\n" });
    expect(warnings(problem)).toEqual([
      "PKG/submissions/submissions.yaml:1:35: accepted.score: is for problems of type scoring, and is not used",
      "PKG/submissions/submissions.yaml:1:12: accepted.permited: unknown key, which is ignored: did you mean 'permitted'?",
      "nothing is expected of what is in PKG/submissions/mine: it is no directory of the format, and submissions.yaml does not name it",
      "PKG/submissions/submissions.yaml:2:1: acepted/*: matches no submission",
    ]);
  });
});

describe("the draft", () => {
  test("has the groups of the legacy format, and submissions may write", () => {
    const problem = fixture("kattis-2023-07");
    expect(problem).toMatchObject({ format: "2025-09", name: "Signs", isScoring: true, limits: { cpuTime: 1, inference: { acToLimit: 3, limitToTle: 1.5 } }, warnings: [] });
    expect(problem.allowFileWriting).toBeUndefined();
    expect(shown(problem.root)).toEqual([
      "root, sum, points 1/0, 0 10: secret", "secret, sum, points 1/0, 0 10: secret/minus secret/plus",
      "secret/minus, min, points 7/0, 0 10: 0", "secret/plus, min, points 3/0, 0 10: 1",
    ]);
    expect(problem.tests.map(({ checkerArgs }) => checkerArgs)).toEqual([["case_sensitive"], []]);
    expect(problem.submissions.map(({ expected }) => [expected!.about, expected!.permitted!.join(), expected!.score])).toEqual([["overall", "AC", null], ["overall", "AC", [0, 10 - 1e-6]], ["overall", "WA", null]]);
  });
});

test("what is read is plain data", () => {
  for (const name of ["2025-09-scoring", "2025-09-passfail", "2025-09-multipass", "2025-09-interactive-multipass", "2025-09-submit-answer", "2025-09-unbounded"]) {
    const problem = fixture(name);
    expect(JSON.parse(JSON.stringify(problem))).toEqual(problem as never);
    expect(problem.warnings).toEqual([]);
  }
});
