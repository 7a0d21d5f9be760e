// Tasks of CMS in the Italian format become problems.
import { afterAll, describe, expect, test } from "bun:test";
import { join, relative } from "node:path";
import { readGen } from "../../../../src/judge/formats/cms/gen.ts";
import { readCms } from "../../../../src/judge/formats/cms/read.ts";
import { readProblem } from "../../../../src/judge/formats/read.ts";
import type { Group, Problem } from "../../../../src/judge/problem.ts";
import { MadePackages, type PackageContent, refusal } from "../../../helpers/problem-package.ts";

const packages = new MadePackages();
afterAll(() => packages.remove());

/** A task with tests. */
function task(yaml: string, count = 2, more: PackageContent = {}): string {
  const tests = Array.from({ length: count }, (_, number) => [[`input/input${number}.txt`, `${number}\n`], [`output/output${number}.txt`, `${number}\n`]]).flat();
  return packages.make({ "task.yaml": yaml, ...Object.fromEntries(tests), ...more });
}

const read = (yaml: string, count?: number, more?: PackageContent) => readCms(task(yaml, count, more));
const refused = (yaml: string, count?: number, more?: PackageContent) => refusal(readCms, task(yaml, count, more));
const warnings = ({ path, warnings: all }: Problem) => all.map((warning) => warning.replaceAll(path, "PKG"));
const inside = ({ path }: Problem, ...files: (string | null)[]) => files.map((file) => (file === null ? null : relative(path, file)));
const groups = (problem: Problem) => (problem.root.children as readonly Group[]).map(({ name, children, rule: { score, points, threshold } }) => `${name} ${score} ${points}${threshold === null ? "" : ` <= ${threshold}`}: ${children.join(" ")}`);

describe("gen/GEN", () => {
  test("a line is a test; #COPY is one, #ST begins a subtask, other comments are nothing", () => {
    expect(readGen("# ST is no subtask here\n\n1 2\n3 4 # a note\n#COPY: data/3.txt\n")).toEqual({ count: 3, subtasks: null });
    expect(readGen("#ST: 0\n# samples\n#COPY:a\n#ST: 100\r\n  1  \n\t2 #x\n")).toEqual({ count: 3, subtasks: [{ points: 0, count: 1, line: 1 }, { points: 100, count: 2, line: 4 }] });
    expect(readGen("   # ST: 100\n1\n")).toEqual({ count: 1, subtasks: [{ points: 100, count: 1, line: 1 }] });
    expect(readGen("")).toEqual({ count: 0, subtasks: null });
  });

  test("what CMS refuses is refused, with its line", () => {
    expect(readGen("1 #ST: 100\n")).toEqual({ line: 1, message: "a test and #ST stand in one line" });
    expect(readGen("1 #COPY: x\n")).toEqual({ line: 1, message: "a test and #COPY stand in one line" });
    expect(readGen("1\n#ST: 100\n2\n")).toEqual({ line: 2, message: "there are tests before the first subtask" });
    expect(readGen("#ST: 40\n1\n#ST: 50\n2\n")).toEqual({ line: 3, message: "the points of the subtasks add up to 90, not to 100" });
    expect(readGen("#ST: ten\n1\n")).toEqual({ line: 1, message: 'the points of a subtask must be a whole number, not "ten"' });
    expect(readGen("#ST: 12.5\n1\n")).toEqual({ line: 1, message: 'the points of a subtask must be a whole number, not "12.5"' });
    expect(readGen("#ST: 0\n#ST: 100\n1\n")).toEqual({ line: 1, message: "this subtask has no tests" });
  });
});

describe("task.yaml", () => {
  test("a task with the fewest keys is Batch with files, white-diff and Sum", () => {
    const problem = read("name: sum\nn_input: 2\n");
    expect(problem).toMatchObject({
      name: "sum", sourceName: "sum", format: "cms", isScoring: true, kind: { kind: "batch" }, passes: 1, checker: { kind: "built-in", name: "white-diff" },
      inputFile: "input.txt", outputFile: "output.txt", additions: [], packs: ["extra", "ioi"], submissions: [], warnings: [],
      limits: { cpuTime: null, memory: null, output: 2 ** 30, validationTime: 10, validationMemory: 2 ** 32 },
    });
    expect(problem.tests.map(({ name, points, isSample }) => [name, points, isSample])).toEqual([["000", 50, false], ["001", 50, false]]);
    expect(inside(problem, problem.tests[1]!.input, problem.tests[1]!.answer)).toEqual(["input/input1.txt", "output/output1.txt"]);
    expect(problem.root).toMatchObject({ name: "", children: [0, 1], rule: { score: "sum", testScore: { kind: "fraction", of: "test-points" }, round: 0, stop: false, verdict: "first" } });
  });

  test("limits are in seconds and MiB; empty names are the streams; every key that CMS knows is known", () => {
    const problem = read(`name: sum
title: The sum
time_limit: 1.5
memory_limit: 256
infile: ""
outfile:
n_input: 2
total_value: 10
score_precision: 2
public_testcases: all
token_mode: infinite
token_gen_initial: 1
feedback_level: full
score_mode: max_subtask
primary_language: en
max_submission_number: 50
min_user_test_interval: 60
version: x
`);
    expect(problem).toMatchObject({ inputFile: null, outputFile: null, limits: { cpuTime: 1.5, memory: 256 * 2 ** 20 }, warnings: [] });
    expect(problem.tests.map(({ points, isSample }) => [points, isSample])).toEqual([[5, true], [5, true]]);
    expect(problem.root.rule.round).toBe(2);
  });

  test("the Italian names of keys are the same keys, and the other name wins", () => {
    expect(read('nome_breve: somma\nnome: La somma\ntimeout: "2"\nmemlimit: 64\nrisultati: "1"\nn_input: 2\n')).toMatchObject({ name: "somma", limits: { cpuTime: 2, memory: 2 ** 26 }, tests: [{ isSample: false }, { isSample: true }], warnings: [] });
    expect(read("name: a\nnome_breve: b\nn_input: 2\n").name).toBe("a");
  });

  test("without a name it is the directory's; the old place beside the directory is read, with a warning", () => {
    expect(read("n_input: 2\n").name).toBe("problem");
    const root = packages.make({ "../problem.yaml": "name: old\nn_input: 1\n", "input/input0.txt": "", "output/output0.txt": "" });
    expect(readCms(root)).toMatchObject({ name: "old", warnings: [`${root}/task.yaml is missing: ../problem.yaml is taken, which CMS still does`] });
  });

  test("public tests are samples, by text, number or list", () => {
    const samples = (written: string) => read(`name: t\nn_input: 3\npublic_testcases: ${written}\n`, 3).tests.map(({ isSample }) => Number(isSample)).join("");
    expect([samples('"0, 2"'), samples("0,1"), samples("1"), samples("[0, 2]"), samples('""'), samples("")]).toEqual(["101", "110", "010", "101", "000", "000"]);
  });

  test("an unknown key is a warning with its place and the nearest key", () => {
    expect(warnings(read("name: t\nn_input: 2\ntime_limt: 1\nsyllabus: []\n"))).toEqual(["PKG/task.yaml:3:1: time_limt: unknown key, which is ignored: did you mean 'time_limit'?", "PKG/task.yaml:4:1: syllabus: unknown key, which is ignored"]);
  });

  test("tags in solutions come before their names", () => {
    const problem = read("name: t\nn_input: 2\n", 2, { "sol/solution.c": "// @EXPECTED_RESULTS@: TIMELIMIT\n", "sol/half.py": "# @EXPECTED_SCORE@: 50\n", "sol/odd.c": "// @EXPECTED_RESULTS@: CORRECT\n// @EXPECTED_RESULTS@: CORRECT\n", "sol/both/a.c": "", "sol/both/b.c": "/* @EXPECTED_RESULTS@: WRONG-ANSWER */\n" });
    expect(problem.submissions.map(({ name, expected }) => [name, expected?.permitted ?? null, expected?.score ?? null])).toEqual([["sol/both", ["WA"], null], ["sol/half.py", null, [50, 50]], ["sol/odd.c", null, null], ["sol/solution.c", ["TLE"], null]]);
    expect(warnings(problem)).toEqual(["PKG/sol/odd.c: it has more than one tag @EXPECTED_RESULTS@"]);
  });

  test("solutions lie in sol/; the one with the name of a solution has to be accepted", () => {
    const problem = read("name: t\nn_input: 2\n", 2, { "sol/solution.cpp": "", "sol/brute.py": "", "sol/template.c": "", "sol/notes.txt": "", "sol/grader.c": "", "sol/t.h": "", "sol/tlib.pas": "", "sol/many/a.c": "", "sol/many/b.c": "", "sol/docs/x.md": "", "sol/soluzione.pas": "" });
    expect(problem.submissions.map(({ name, expected }) => [name, expected?.permitted ?? null])).toEqual([["sol/brute.py", null], ["sol/many", null], ["sol/solution.cpp", ["AC"]], ["sol/soluzione.pas", ["AC"]]]);
  });
});

test("a task is found out by its files", async () => {
  const old = packages.make({ "../problem.yaml": "name: old\nn_input: 1\n", "input/input0.txt": "", "output/output0.txt": "" });
  for (const path of [task("name: t\nn_input: 2\n"), old]) expect((await readProblem(path)).format).toBe("cms");
});

describe("task types", () => {
  test("graders are the main source of their language, and headers lie beside", () => {
    const problem = read("name: t\nn_input: 2\n", 2, { "sol/grader.cpp": "", "sol/grader.py": "", "sol/grader.txt": "", "sol/t.h": "", "sol/tlib.pas": "" });
    expect(problem.additions.map(({ role, forLanguage, paths }) => [role, forLanguage!.join(" "), ...inside(problem, ...paths)])).toEqual([
      ["main", ".cpp .cc .cxx .c++", "sol/grader.cpp"], ["main", ".py", "sol/grader.py"], ["beside", ".c .cpp .cc .cxx .c++", "sol/t.h"], ["beside", ".pas", "sol/tlib.pas"],
    ]);
    expect(read("name: t\nn_input: 2\n", 2, { "sol/t.h": "" }).additions).toEqual([]);
  });

  test("a checker is compiled or a source, in check/ before cor/, and a compiled one before a source", () => {
    const checker = (more: PackageContent) => {
      const problem = read("name: t\nn_input: 2\n", 2, more);
      return problem.checker.kind === "built-in" ? problem.checker.name : [problem.checker.protocol, problem.checker.scale, ...inside(problem, problem.checker.program.path, ...problem.checker.program.added)];
    };
    expect(checker({})).toBe("white-diff");
    expect(checker({ "check/checker": "", "check/checker.cpp": "", "cor/correttore": "" })).toEqual(["cms", 1, "check/checker"]);
    expect(checker({ "cor/correttore": "", "check/checker.cpp": "" })).toEqual(["cms", 1, "cor/correttore"]);
    expect(checker({ "check/checker.cpp": "", "check/testlib.h": "", "cor/correttore.c": "" })).toEqual(["cms", 1, "check/checker.cpp", "check/testlib.h"]);
    expect(checker({ "cor/correttore.py": "" })).toEqual(["cms", 1, "cor/correttore.py"]);
  });

  test("what is compiled for another machine is compiled from its source, or refused", () => {
    const elf = (bits: number, processor: number) => `\x7fELF${String.fromCharCode(bits, 1)}${"\0".repeat(12)}${String.fromCharCode(processor)}\0${"\0".repeat(44)}`;
    const here = process.arch === "x64" ? 62 : 183;
    const checker = (content: string, more: PackageContent) => {
      const problem = read("name: t\nn_input: 2\n", 2, { "check/checker": content, ...more });
      return [problem.checker.kind === "program" ? inside(problem, problem.checker.program.path)[0] : null, ...warnings(problem)];
    };
    expect(checker(elf(1, 3), { "check/checker.cpp": "" })).toEqual(["check/checker.cpp", "PKG/check/checker is compiled for another machine, so PKG/check/checker.cpp is compiled"]);
    expect(refused("name: t\nn_input: 2\n", 2, { "check/manager": elf(1, 3) })).toBe("cannot use PKG/check/manager: it is compiled for another machine, with 32 bits or another processor (put its source beside it, such as check/manager.cpp)");
    if (here < 128) expect(checker(elf(2, here), { "check/checker.cpp": "" })).toEqual(["check/checker"]);
    expect(checker("#!/bin/sh\n", { "check/checker.cpp": "" })).toEqual(["check/checker"]);
  });

  test("a task with a manager is Communication: with a stub by FIFOs, alone by streams, unless user_io says otherwise", () => {
    const kind = (yaml: string, more: PackageContent) => {
      const problem = read(`name: t\nn_input: 2\ntime_limit: 2\n${yaml}`, 2, { "check/manager.c": "", ...more });
      const { kind: found } = problem;
      return found.kind === "communication" ? [found.protocol, found.processes, found.io, ...inside(problem, found.manager.path), problem.additions.length, problem.limits.validationTime] : found.kind;
    };
    expect(kind("", {})).toEqual(["cms", 1, "std", "check/manager.c", 0, 10]);
    expect(kind("num_processes: 5\n", { "sol/stub.cpp": "", "cor/manager": "" })).toEqual(["cms", 5, "fifo", "cor/manager", 1, 15]);
    expect(kind("user_io: fifo_io\n", {})).toEqual(["cms", 1, "fifo", "check/manager.c", 0, 10]);
    expect(kind("user_io: std_io\n", { "sol/stub.c": "", "sol/grader.c": "" })).toEqual(["cms", 1, "std", "check/manager.c", 1, 10]);
    const odd = read("name: t\nn_input: 2\nuser_io: pipes\n", 2, { "check/manager": "" });
    expect([odd.kind.kind, ...warnings(odd)]).toEqual(["communication", 'PKG/task.yaml:3:10: user_io: "pipes" is ignored: it must be std_io or fifo_io']);
  });

  test("OutputOnly takes files that are named after the tests, and has no limits", () => {
    const problem = read("name: t\nn_input: 2\noutput_only: yes\ntime_limit: 1\nmemory_limit: 64\n", 2, { "check/manager": "", "sol/full/output_000.txt": "" });
    expect(problem).toMatchObject({ kind: { kind: "outputs", fileName: "output_{}.txt" }, limits: { cpuTime: null, memory: null }, submissions: [{ name: "sol/full" }] });
  });

  test("BatchAndOutput says of each test where its output comes from, and tells the checker", () => {
    const yaml = 'name: t\nn_input: 3\noutput_only_testcases: "0"\noutput_optional_testcases: "0, 2"\n';
    expect(read(yaml, 3, { "check/checker": "" })).toMatchObject({
      kind: { kind: "batch" },
      tests: [{ submitted: { fileName: "output_000.txt", only: true }, checkerArgs: ["outputonly"] }, { checkerArgs: ["batch"] }, { submitted: { fileName: "output_002.txt", only: false }, checkerArgs: ["batch"] }],
    });
    expect(read(yaml, 3).tests.map(({ checkerArgs, submitted }) => [checkerArgs.length, submitted?.fileName ?? null])).toEqual([[0, "output_000.txt"], [0, null], [0, "output_002.txt"]]);
  });

  test("TwoSteps, and a type that the files deny, are errors", () => {
    expect(refused("name: t\nn_input: 2\ntask_type: TwoSteps\n")).toBe("PKG/task.yaml:3:12: task_type: TwoSteps is not offered: of the task types of CMS there are Batch, BatchAndOutput, OutputOnly and Communication");
    expect(refused("name: t\nn_input: 2\ntask_type: Communication\n")).toBe("PKG/task.yaml:3:12: task_type: is Communication, and by its files the task is of the type Batch");
    expect(refused("name: t\nn_input: 2\ntask_type: Bach\n")).toBe('PKG/task.yaml:3:12: task_type: must be one of Batch, BatchAndOutput, OutputOnly, Communication, not "Bach"');
    expect(read("name: t\nn_input: 2\ntask_type: Batch\n").warnings).toEqual([]);
  });
});

describe("score types", () => {
  const scored = (type: string, parameters: string, count = 5, more = "") => read(`name: t\nn_input: ${count}\nscore_type: ${type}\nscore_type_parameters: ${parameters}\n${more}`, count);

  test("Sum gives each test the same points", () => {
    expect(scored("Sum", "17.5").tests.map(({ points }) => points)).toEqual([17.5, 17.5, 17.5, 17.5, 17.5]);
  });

  test("GEN with subtasks is GroupMin, GEN without is Sum, and n_input may be left out", () => {
    const problem = read("name: t\nscore_precision: 1\n", 3, { "gen/GEN": "#ST: 40\n1\n2\n#ST: 60\n3\n" });
    expect(groups(problem)).toEqual(["subtask0 min 40: 0 1", "subtask1 min 60: 2"]);
    expect(problem.root.rule).toMatchObject({ score: "sum", points: null, round: 1 });
    expect((problem.root.children[0] as Group).rule).toMatchObject({ testScore: { kind: "fraction", of: 1 }, round: 1, stop: false });
    expect(read("name: t\ntotal_value: 60\n", 3, { "gen/GEN": "1\n2\n3\n" }).tests.map(({ points }) => points)).toEqual([20, 20, 20]);
  });

  test("tests of a subtask are a count, a regular expression from the beginning of the name, or a list", () => {
    expect(groups(scored("GroupMin", "[[40, 2], [60, 3]]"))).toEqual(["subtask0 min 40: 0 1", "subtask1 min 60: 2 3 4"]);
    expect(groups(scored("GroupMul", '[[40, "00[01]"], [60, "0"]]'))).toEqual(["subtask0 product 40: 0 1", "subtask1 product 60: 0 1 2 3 4"]);
    expect(groups(scored("GroupMin", '[[100, "(?P<a>00)[3-9]\\\\Z"], [0, "000|001|002"]]'))).toEqual(["subtask0 min 100: 3 4", "subtask1 min 0: 0 1 2"]);
    expect(groups(scored("GroupMul", '[[1.5, ["004", "000"]], [2, ["001", "002", "003", "000"]]]'))).toEqual(["subtask0 product 1.5: 4 0", "subtask1 product 2: 1 2 3 0"]);
  });

  test("subtasks may be mappings, and GroupThreshold has a threshold", () => {
    expect(groups(scored("GroupMin", "[{max_score: 40, testcases: 2}, {max_score: 60, testcases: 3, always_show_testcases: true}]"))).toEqual(["subtask0 min 40: 0 1", "subtask1 min 60: 2 3 4"]);
    expect(groups(scored("GroupThreshold", '[[100, 3, 10], {max_score: 5, testcases: 2, threshold: 0.5}]'))).toEqual(["subtask0 threshold 100 <= 10: 0 1 2", "subtask1 threshold 5 <= 0.5: 3 4"]);
  });

  test("a count goes by the order of names as text, in which 1000 comes before 999", () => {
    const many = scored("GroupMin", "[[1, 101], [2, 901]]", 1002);
    expect((many.root.children as readonly Group[]).map(({ children }) => [children.length, children[100], children.at(-1)])).toEqual([[101, 100, 100], [901, 199, 999]]);
    expect((many.root.children[1] as Group).children[0]).toBe(1000);
  });

  test("tests that are in no subtask count for nothing, and a warning says so", () => {
    const problem = scored("GroupMin", '[[100, ["001"]]]', 3);
    expect(groups(problem)).toEqual(["subtask0 min 100: 1", "unscored none null: 0 2"]);
    expect((problem.root.children[1] as Group).rule.verdict).toBe("accept");
    expect(warnings(problem)).toEqual(["PKG/task.yaml:4:24: score_type_parameters: 2 of 3 tests are in no subtask, and count for nothing"]);
  });

  test("score_type needs its parameters and n_input, as CMS has it", () => {
    const problem = read("name: t\nscore_type: GroupMul\nscore_type_parameters: [[100, 3]]\n", 3, { "gen/GEN": "1\n2\n3\n" });
    expect([problem.root.rule.score, ...warnings(problem)]).toEqual(["sum", "PKG/task.yaml:2:13: score_type: is ignored: CMS takes score_type only together with score_type_parameters and n_input"]);
  });

  test.each([
    ["GroupMean", "[[1, 5]]", "3:13: score_type: must be one of Sum, GroupMin, GroupMul, GroupThreshold, not \"GroupMean\""],
    ["Sum", "[1, 2]", "4:24: score_type_parameters: must be a number, not a list"],
    ["GroupMin", "5", "4:24: score_type_parameters: must be a list, not a number"],
    ["GroupMin", "[]", "4:24: score_type_parameters: must have a subtask at least"],
    ["GroupMin", "[[40]]", "4:25: score_type_parameters.0: must be a list of 2 values (points, tests), not of 1"],
    ["GroupMin", '[[40, 2], [60, "00."]]', "4:24: score_type_parameters: must name the tests of all subtasks in the same way: by a number, by a regular expression, or by a list of codenames"],
    ["GroupMin", "[[40, 2], [60, 4]]", "4:39: score_type_parameters.1.1: is 4, and with those before it more tests than there are (5)"],
    ["GroupMin", "[[40, 2.5]]", "4:30: score_type_parameters.0.1: must be a whole number, not 2.5"],
    ["GroupMin", '[[40, "1.*"]]', '4:30: score_type_parameters.0.1: no test matches "1.*"; tests have names from 000 to 004'],
    ["GroupMin", '[[40, "("]]', '4:30: score_type_parameters.0.1: "(" is no regular expression'],
    ["GroupMin", "[[40, [0, 1]]]", '4:31: score_type_parameters.0.1.0: must be the codename of a test as text, such as "000"'],
    ["GroupMin", '[[40, ["007"]]]', '4:31: score_type_parameters.0.1.0: there is no test "007"; tests have names from 000 to 004'],
    ["GroupMul", '[[40, ["001", "001"]]]', "4:38: score_type_parameters.0.1.1: names the test 001 a second time"],
    ["GroupThreshold", "[[40, 5]]", "4:25: score_type_parameters.0: must be a list of 3 values (points, tests, threshold), not of 2"],
    ["GroupThreshold", "[{max_score: 1, testcases: 5}]", "4:25: score_type_parameters.0: must have the key threshold"],
    ["GroupMin", "[{max_score: 1}]", "4:25: score_type_parameters.0: must have the key testcases"],
  ])("%s with %s is refused with its place", (type, parameters, message) => {
    expect(refused(`name: t\nn_input: 5\nscore_type: ${type}\nscore_type_parameters: ${parameters}\n`, 5)).toBe(`PKG/task.yaml:${message}`);
  });
});

describe("bad input", () => {
  const toolHint = "inputs and outputs are made from gen/GEN by the task's own tools (cmsMake, task-maker): run them first, or correct n_input";

  test("a directory without a task, and a task without tests", () => {
    expect(refusal(readCms, packages.make({ "input/input0.txt": "" }))).toBe("cannot judge with PKG: it has no task.yaml (a task of CMS has one; --format names another format)");
    expect(refused("name: t\n", 0)).toStartWith("cannot judge with PKG: there are no tests in it (a task of CMS has ");
    expect(refused("name: t\n", 0, { "gen/GEN": "# nothing yet\n" })).toStartWith("cannot judge with PKG: there are no tests in it (");
    expect(refused("", 0)).toStartWith("cannot judge with PKG: there are no tests in it (");
  });

  test("n_input that disagrees with GEN, and with the files", () => {
    expect(refused("name: t\nn_input: 3\n", 3, { "gen/GEN": "1\n2\n" })).toBe("PKG/task.yaml:2:10: n_input: is 3, and PKG/gen/GEN has 2 tests");
    expect(refused("name: t\nn_input: 4\n", 2)).toBe(`cannot judge with PKG: input/input2.txt is missing, and 3 more; the task has 4 tests (${toolHint})`);
    expect(warnings(read("name: t\nn_input: 1\n", 2))).toEqual(["PKG/input/input1.txt is not used: the task has 1 test"]);
    expect(refused("name: t\nn_input: 1e9\n", 2)).toBe("PKG/task.yaml:2:10: n_input: must be at most 1000000, not 1000000000");
  });

  test("an answer that is missing, but not where a manager decides", () => {
    const content = { "task.yaml": "name: t\nn_input: 1\n", "input/input0.txt": "" };
    expect(refusal(readCms, packages.make(content))).toBe(`cannot judge with PKG: output/output0.txt is missing; the task has 1 test (${toolHint})`);
    expect(readCms(packages.make({ ...content, "check/manager": "" })).tests[0]!.answer).toBeNull();
  });

  test("a task without n_input and GEN takes the tests that are there, and says that CMS does not", () => {
    expect(warnings(read("name: t\n", 3))).toEqual(["PKG/task.yaml has no n_input, and there is no PKG/gen/GEN, so CMS does not import it: the 3 tests of input/ are taken"]);
  });

  test("what is wrong in GEN has its line", () => {
    expect(refused("name: t\n", 2, { "gen/GEN": "#ST: 30\n1\n2\n" })).toBe("PKG/gen/GEN:1: the points of the subtasks add up to 30, not to 100");
  });

  test.each([
    ["name: [", "1:8: flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["- name", "1:1: must be a mapping, not a list"],
    ["name: t\nname: u", "2:1: duplicate key 'name'"],
    ["name: a/b\nn_input: 2", "1:7: name: must be the name of the task, without '/'"],
    ["n_input: 2\ntime_limit: fast", '2:13: time_limit: must be a number, not "fast"'],
    ["n_input: 2\ntimeout: 0", "2:10: timeout: must be more than 0, not 0"],
    ["n_input: 2\nmemlimit: -1", "2:11: memlimit: must be more than 0, not -1"],
    ["n_input: two", '1:10: n_input: must be a number, not "two"'],
    ["n_input: 2\ninfile: ../in", '2:9: infile: must be the name of a file in the working directory, not "../in"'],
    ["n_input: 2\npublic_testcases: some", '2:19: public_testcases: must be numbers of tests with commas, such as "0, 3", not "some"'],
    ['n_input: 2\nrisultati: "2"', "2:12: risultati: there is no test 2: the task has 2, from 0 to 1"],
    ["n_input: 2\nnum_processes: 0", "2:16: num_processes: must be at least 1, not 0"],
    ["n_input: 2\noutput_only: maybe", '2:14: output_only: must be true or false, not "maybe"'],
    ["n_input: 2\nscore_precision: -1", "2:18: score_precision: must be at least 0, not -1"],
  ])("%j is refused with line and column", (yaml, message) => {
    expect(refused(yaml)).toStartWith(`PKG/task.yaml:${message}`);
  });

  test("links that lead out of the package are refused, whatever they are", () => {
    expect(refused("name: t\nn_input: 2\n", 1, { "input/input1.txt": "->/etc/passwd", "output/output1.txt": "" })).toStartWith("cannot use PKG/input/input1.txt: it leads out of the package, to /etc/passwd");
    expect(refused("name: t\nn_input: 2\n", 2, { "check/checker": "->/bin/true" })).toStartWith("cannot use PKG/check/checker: it leads out of the package, to /");
    expect(refused("name: t\nn_input: 2\n", 2, { "sol/grader.c": "->/etc/hostname" })).toStartWith("cannot use PKG/sol/grader.c: it leads out of the package, to /");
    expect(read("name: t\nn_input: 2\n", 1, { "input/input1.txt": "->input0.txt", "output/output1.txt": "->output0.txt" }).tests).toHaveLength(2);
  });
});

test("the packages of our own are read without a warning", async () => {
  const types = ["files", "grader", "old", "output-only", "both", "stub", "streams", "threshold"];
  const problems = await Promise.all(types.map((type) => readProblem(join(import.meta.dir, "../../../fixtures/problems", `cms-${type}`))));
  expect(problems.map(({ format, kind: { kind }, root: { children }, submissions, warnings: [warning] }) => [format, kind, children.length, submissions.length, warning?.replace(/^.*\/problems\//, "") ?? null])).toEqual([
    ["cms", "batch", 4, 8, null], ["cms", "batch", 3, 5, null], ["cms", "batch", 2, 3, "cms-old/task.yaml is missing: ../cms-old.yaml is taken, which CMS still does"], ["cms", "outputs", 3, 3, null],
    ["cms", "batch", 3, 3, null], ["cms", "communication", 2, 4, null], ["cms", "communication", 2, 3, null], ["cms", "batch", 2, 4, null],
  ]);
});
