// Packages in DOMjudge's dialect: its files, its groups and scores, its submissions.
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readDomjudge } from "../../../../src/judge/formats/domjudge/read.ts";
import { detectFormat, readProblem } from "../../../../src/judge/formats/read.ts";
import type { Group, Problem } from "../../../../src/judge/problem.ts";
import { MadePackages, type PackageContent, refusal } from "../../../helpers/problem-package.ts";

const fixtures = join(import.meta.dir, "../../../fixtures/problems");
const made = new MadePackages();
afterAll(() => made.remove());

const tests: PackageContent = { "data/sample/1.in": "", "data/sample/1.ans": "", "data/secret/1.in": "", "data/secret/1.ans": "" };
const usual: PackageContent = { "problem.yaml": "name: usual\n", ".timelimit": "1\n", ...tests };
const read = (content: PackageContent): Problem => readDomjudge(made.make({ ...usual, ...content }));
const refused = (content: PackageContent): string => refusal(readDomjudge, made.make({ ...usual, ...content }));
/** Without a file of the usual ones. */
const bare = (content: PackageContent): string => made.make({ ...tests, ...content });
const outline = ({ name, children, rule }: Group): unknown => [name, rule.score, rule.testScore.kind === "points" ? rule.testScore.accept : null, ...children.map((child) => (typeof child === "number" ? child : outline(child)))];
const warningsOf = ({ warnings, path }: Problem) => warnings.map((line) => line.replaceAll(path, "PKG"));

describe("which format it is", () => {
  test("is told by the files and directories that only DOMjudge has, in packages of the legacy version", async () => {
    expect(await detectFormat(made.make(usual))).toBe("domjudge");
    expect(await detectFormat(bare({ "problem.yaml": "", "submissions.json": "{}" }))).toBe("domjudge");
    expect(await detectFormat(bare({ "domjudge-problem.ini": "" }))).toBe("domjudge");
    expect(await detectFormat(bare({ "problem.yaml": "", "submissions/partial/a.py": "" }))).toBe("domjudge");
    expect(await detectFormat(bare({ "problem.yaml": "name: x", "submissions/accepted/a.py": "" }))).toBe("kattis");
    expect(await detectFormat(made.make({ ...usual, "problem.yaml": "problem_format_version: 2025-09\nname: x\n" }))).toBe("2025-09");
  });
});

describe("limits and names", () => {
  test("are those of a new DOMjudge, where the package says nothing", () => {
    const mebibyte = 2 ** 20;
    expect(read({})).toMatchObject({
      format: "domjudge", name: "usual", isScoring: false, passes: 1, kind: { kind: "batch" }, checker: { kind: "built-in", name: "default" }, packs: ["kattis"],
      limits: { cpuTime: 1, memory: 2048 * mebibyte, output: 8 * mebibyte, code: 256 * 1024, compilationTime: 30, validationTime: 30, validationMemory: 2048 * mebibyte },
    });
  });

  test("are those of problem.yaml, else of the .ini, else of .timelimit", () => {
    expect(read({ "problem.yaml": "limits: {time_limit: 1.0, memory: 256, output: 4}" }).limits).toMatchObject({ cpuTime: 1, memory: 256 * 2 ** 20, output: 4 * 2 ** 20 });
    const ini = readDomjudge(bare({ "domjudge-problem.ini": "; words\nname = 'By ini' ; more\n[section]\ntimelimit=\"2.5\"\n\nspecial_compare = compare\nspecial_run=\ncolor=#ff0000\n" }));
    expect([ini.name, ini.limits.cpuTime, ini.warnings]).toEqual(["By ini", 2.5, []]);
    const both = readDomjudge(bare({ "problem.yaml": "name: By yaml\nlimits: {time_limit: 3}", "domjudge-problem.ini": "name=x\ntimelimit=2" }));
    expect([both.name, both.limits.cpuTime, warningsOf(both)]).toEqual(["By yaml", 3, ["PKG/domjudge-problem.ini has a time limit of 2 s, and problem.yaml one of 3 s, which counts"]]);
    const none = readDomjudge(bare({ "problem.yaml": "" }));
    expect([none.limits.cpuTime, warningsOf(none)]).toEqual([10, ["PKG has no time limit: 10 s, as DOMjudge gives it"]]);
  });

  test("a .timelimit that differs from what counts is refused, as DOMjudge does", () => {
    expect(refused({ "problem.yaml": "limits: {time_limit: 2}" })).toBe("cannot judge with PKG: .timelimit has 1 s, and problem.yaml 2 s (DOMjudge refuses such a package: leave one of them)");
    expect(refused({ "domjudge-problem.ini": "timelimit=2" })).toContain(".timelimit has 1 s, and domjudge-problem.ini 2 s");
  });

  test("names may be in several languages", () => {
    expect([read({ "problem.yaml": "name: {sv: Hej, en: Hello}" }).name, read({ "problem.yaml": "name: {sv: Hej}" }).name]).toEqual(["Hello", "Hej"]);
    expect(read({ "problem.yaml": "" }).name).toBe("problem");
  });

  test("mistakes have their places", () => {
    expect(refused({ ".timelimit": "soon" })).toBe('cannot read PKG/.timelimit: it must have a number of seconds, not "soon"');
    expect(refused({ "domjudge-problem.ini": "name\n" })).toBe("PKG/domjudge-problem.ini:1:1: must be KEY = VALUE, a comment after ';', or empty");
    expect(refused({ "domjudge-problem.ini": "\n timelimit = x" })).toBe('PKG/domjudge-problem.ini:2:2: timelimit: must be a number of seconds, not "x"');
    expect(refused({ "problem.yaml": "validation: custom interaktive" })).toContain('problem.yaml:1:13: validation: must be of default, custom, interactive, multi-pass, score, not "interaktive"');
    expect(refused({ "problem.yaml": "limits:\n  memory: much" })).toContain("problem.yaml:2:11: limits.memory: must be a number");
    expect(refused({ "problem.yaml": "name: [" })).toContain("problem.yaml:");
    expect(warningsOf(read({ "domjudge-problem.ini": "timelmit = 1" }))).toEqual(["PKG/domjudge-problem.ini:1:1: timelmit: unknown key, which is ignored: did you mean 'timelimit'?"]);
    expect(warningsOf(read({ "problem.yaml": "validater_flags: x" }))[0]).toContain("unknown key, which is ignored: did you mean 'validator_flags'?");
  });
});

describe("validators", () => {
  test("are used wherever they lie, whether problem.yaml says so or not, and asked as DOMjudge asks them", () => {
    for (const place of ["output_validators/near/check.py", "output_validators/check.py", "output_validator/check.py"]) {
      expect(read({ [place]: "" }).checker).toMatchObject({ kind: "program", protocol: "domjudge", scale: 1, program: { packs: ["kattis"] } });
    }
    expect(refused({ "output_validators/a.py": "", "output_validators/b.py": "" })).toContain("there are 2 programs in PKG/output_validators");
    expect(refused({ "output_validators/a.py": "", "output_validator/b.py": "" })).toContain("there are validators in output_validators and in output_validator");
  });

  test("for interactive problems and several passes have to be there", () => {
    expect(read({ "problem.yaml": "validation: custom interactive", "output_validators/x.py": "" }).kind).toEqual({ kind: "interactive", interactor: { protocol: "kattis" } });
    expect(read({ "problem.yaml": "type: interactive multi-pass", "output_validators/x.py": "" })).toMatchObject({ kind: { kind: "interactive" }, passes: 2 });
    expect(read({ "problem.yaml": "validation: custom multi-pass\nlimits: {validation_passes: 26}", "output_validator/x.py": "" }).passes).toBe(26);
    expect(refused({ "problem.yaml": "validation: custom" })).toContain("problem.yaml asks for a custom validator, and there is none in PKG/output_validators");
    expect(refused({ "problem.yaml": "validation: custom interactive" })).toContain("problem.yaml asks for an interactive validator");
  });

  test("that only the server has are refused by name", () => {
    expect(refused({ "domjudge-problem.ini": "special_compare=float8" })).toBe('PKG/domjudge-problem.ini:1:1: special_compare: it names "float8", a program that the server has: put it into output_validators/ of the package');
    expect(read({ "domjudge-problem.ini": "special_compare=float8", "output_validators/x.py": "" }).checker.kind).toBe("program");
  });

  test("get the flags of the problem, or in their place those of the test's own directory", () => {
    const problem = read({ "problem.yaml": "validator_flags: a  b", "data/secret/testdata.yaml": "output_validator_flags: c", "data/secret/deep/1.in": "", "data/secret/deep/1.ans": "" });
    expect(problem.tests.map(({ name, checkerArgs }) => [name, ...checkerArgs])).toEqual([["sample/1", "a", "b"], ["secret/1", "c"], ["secret/deep/1", "a", "b"]]);
  });
});

describe("groups and scores", () => {
  const group = (accept: number | null, ...lines: string[]) => [...(accept === null ? [] : [`accept_score: ${accept}`]), "on_reject: continue", ...lines].join("\n");
  const scoring = { "problem.yaml": "type: scoring" };

  test("are directories with a file of their own; samples without one count for nothing", async () => {
    const problem = await readProblem(join(fixtures, "domjudge-scores"));
    expect(outline(problem.root)).toEqual([
      "", "sum", null,
      ["sample", "none", null, 0],
      ["data", "sum", 0,
        ["secret", "sum", 0,
          ["secret/least", "min", 0, ["secret/least/a", "sum", 50, 1], ["secret/least/b", "sum", 50, 2]],
          ["secret/mean", "avg", 0, ["secret/mean/a", "sum", 15, 3], ["secret/mean/b", "sum", 30, 4], ["secret/mean/c", "sum", 45, 5]],
          ["secret/small", "sum", 20, 6, 7]]],
    ]);
    expect([problem.isScoring, problem.warnings]).toEqual([true, []]);
  });

  test("a group without groups inside has one score for all of its tests; others have none of their own", async () => {
    const { root } = await readProblem(join(fixtures, "domjudge-scores"));
    const all = (of: Group): Group[] => [of, ...of.children.flatMap((child) => (typeof child === "number" ? [] : all(child)))];
    expect(all(root).filter(({ rule }) => rule.scoreIsOfGroup).map(({ name }) => name)).toEqual(["secret/least/a", "secret/least/b", "secret/mean/a", "secret/mean/b", "secret/mean/c", "secret/small"]);
    expect(all(root).find(({ name }) => name === "sample")!.rule).toMatchObject({ verdict: "accept", score: "none" });
    expect(all(root).filter(({ rule }) => rule.stop).map(({ name }) => name)).toEqual(["secret/least/a", "secret/least/b", "secret/mean/a", "secret/mean/b", "secret/mean/c", "secret/small"]);
  });

  test("nothing is inherited, and the last of several words counts", () => {
    const { root } = read({ ...scoring, "data/testdata.yaml": group(7, "grader_flags: min max ignore_sample"), "data/sample/testdata.yaml": group(null), "data/secret/testdata.yaml": group(3, "range: 0 10") });
    expect(outline(root)).toEqual(["", "max", 7, ["sample", "sum", 0, 0], ["secret", "sum", 3, 1]]);
    expect([root.rule.ignoreSamples, (root.children[1] as Group).rule.range]).toEqual([true, [0, 10]]);
  });

  test("tests beside groups, and groups below directories that are none, count for nothing and are reported", () => {
    const problem = read({ ...scoring, "data/testdata.yaml": group(null), "data/secret/testdata.yaml": group(null), "data/secret/a/testdata.yaml": group(5), "data/secret/a/1.in": "", "data/secret/a/1.ans": "", "data/secret/b/c/testdata.yaml": group(5), "data/secret/b/c/1.in": "", "data/secret/b/c/1.ans": "" });
    expect(outline(problem.root)).toEqual(["", "sum", null, ["sample", "none", null, 0], ["secret/b/c", "none", null, 3], ["secret/uncounted", "none", null, 1], ["data", "sum", 0, ["secret", "sum", 0, ["secret/a", "sum", 5, 2]]]]);
    expect(warningsOf(problem)).toEqual([
      "the group PKG/data/secret/b/c counts for nothing: the directory above it is no group, as it has no testdata.yaml",
      "tests in PKG/data/secret/b/c count for nothing: it is in no group, as it has no testdata.yaml",
      "tests in PKG/data/secret count for nothing: there are groups inside of it",
    ]);
  });

  test("without a file in data/ DOMjudge gives no scores; they are added up, and that is reported", () => {
    const problem = read({ ...scoring, "data/secret/testdata.yaml": group(10) });
    expect(outline(problem.root)).toEqual(["", "sum", null, ["sample", "none", null, 0], ["data", "sum", null, ["secret", "sum", 10, 1]]]);
    expect(warningsOf(problem)[0]).toContain("PKG/data/testdata.yaml is missing, so DOMjudge gives no scores");
  });

  test("mistakes in their files have places; flags that only Kattis has are reported", () => {
    const withGroup = (text: string) => ({ ...scoring, "data/testdata.yaml": text });
    expect(refused(withGroup("accept_score: -1"))).toContain("PKG/data/testdata.yaml:1:15: accept_score: must be at least 0, not -1");
    expect(refused(withGroup("range: 5 1"))).toContain('PKG/data/testdata.yaml:1:8: range: must be two numbers from 0 on, the smaller one first, not "5 1"');
    expect(refused(withGroup("on_reject: stop"))).toContain('on_reject: must be one of break, continue, not "stop"');
    expect(warningsOf(read(withGroup("grader_flags: first_error sum")))[0]).toContain("DOMjudge does not know first_error, which is ignored: it has sum, avg, min, max and ignore_sample");
    expect(warningsOf(read(withGroup("grading: custom")))[0]).toContain("DOMjudge has no graders: its own rules are followed");
  });

  test("in pass-fail problems are verdicts only, samples first", () => {
    const problem = read({ "data/secret/g/1.in": "", "data/secret/g/1.ans": "" });
    expect(outline(problem.root)).toEqual(["", "none", null, ["sample", "none", null, 0], ["secret", "none", null, 1, ["secret/g", "none", null, 2]]]);
  });
});

describe("submissions", () => {
  test("have the verdicts of their directories and tags, and what submissions.json says", async () => {
    const { submissions, warnings, name } = await readProblem(join(fixtures, "domjudge-double"));
    expect(name).toBe("Twice the number");
    expect(submissions.map(({ name, language, entryPoint, expected }) => [name.slice("submissions/".length), language, entryPoint, expected?.permitted?.join(" ") ?? null])).toEqual([
      ["accepted/double.c++", null, null, "AC"],
      ["accepted/double.py", null, null, "AC"],
      ["accepted/two-files", "python3", "start.py", "AC"],
      ["check_manually/guess.py", null, null, null],
      ["compiler_error/unfinished.c", null, null, "CE"],
      ["mixed/small.py", null, null, "WA RTE"],
      ["no_output/silent.py", null, null, "WA"],
      ["output_limit/chatter.py", null, null, "OLE TLE"],
      ["run_time_error/crash.py", null, null, "RTE"],
      ["time_limit_exceeded/endless.py", null, null, "TLE"],
      ["wrong_answer/same.py", null, null, "WA"],
    ]);
    expect(warnings).toEqual([]);
  });

  test("of several files have the tags of the first that has any", () => {
    const { submissions } = read({ "submissions/mixed/x/a.py": "", "submissions/mixed/x/b.py": "# @EXPECTED_RESULTS@: RUN-ERROR", "submissions/mixed/x/c.py": "# @EXPECTED_RESULTS@: CORRECT" });
    expect(submissions.map(({ expected }) => expected!.permitted)).toEqual([["RTE"]]);
  });

  test("with two tags of a kind cannot be judged, and others can", () => {
    const problem = read({ "submissions/accepted/a.py": "# @EXPECTED_RESULTS@: CORRECT\n# @EXPECTED_RESULTS@: CORRECT\n", "submissions/accepted/b.py": "" });
    expect(problem.submissions.map(({ fault }) => fault?.replaceAll(problem.path, "PKG") ?? null)).toEqual(["cannot judge PKG/submissions/accepted/a.py: it has more than one tag @EXPECTED_RESULTS@", null]);
  });

  test("in directories that mean nothing are reported", () => {
    expect(warningsOf(read({ "submissions/acepted/a.py": "" }))).toEqual(["PKG/submissions/acepted/a.py is in a directory that means nothing, so nothing is expected of it"]);
  });

  test("a submissions.json that is none, or names what is not there", () => {
    expect(refused({ "submissions.json": "{" })).toContain("cannot read PKG/submissions.json: it is no JSON: ");
    expect(refused({ "submissions.json": "[]" })).toBe("cannot read PKG/submissions.json: it must be an object with the paths of submissions");
    expect(refused({ "submissions.json": '{"submissions/accepted/a.py": 1}' })).toBe("cannot read PKG/submissions.json: submissions/accepted/a.py must be an object with entry_point, langid, team");
    expect(refused({ "submissions.json": '{"submissions/accepted/a.py": {"langid": 3}}' })).toBe("cannot read PKG/submissions.json: submissions/accepted/a.py: langid must be text");
    const content = { "submissions/accepted/x/a.py": "", "submissions.json": '{"submissions/accepted/x": {"entrypoint": "a.py"}}' };
    expect(warningsOf(read(content))).toEqual([
      "PKG/submissions.json: there is no submission submissions/accepted/x: did you mean 'submissions/accepted/x/'?",
      "PKG/submissions.json: submissions/accepted/x: unknown key entrypoint, which is ignored: did you mean 'entry_point'?",
    ]);
  });
});

describe("what is refused", () => {
  test("no tests, no answers, no files of the format, links out of the package", () => {
    expect(refusal(readDomjudge, made.make({ "problem.yaml": "", ".timelimit": "1", "data/secret/x": "" }))).toContain("there are no tests in PKG/data/sample and PKG/data/secret");
    expect(refused({ "data/secret/2.in": "" })).toContain("PKG/data/secret/2.in has no answer (2.ans)");
    expect(refusal(readDomjudge, bare({}))).toContain("it has neither problem.yaml nor domjudge-problem.ini");
    expect(refused({ "data/secret/2.in": "->/etc/passwd", "data/secret/2.ans": "" })).toContain("it leads out of the package, to /etc/passwd");
    expect(refused({ "submissions/accepted/a.py": "->/etc/passwd" })).toContain("it leads out of the package");
  });
});
