// Problems of Hydro become problems.
import { afterAll, describe, expect, test } from "bun:test";
import { join, relative } from "node:path";
import { pair } from "../../../../src/judge/formats/hydro/pairing.ts";
import { bytesOf, secondsOf } from "../../../../src/judge/formats/hydro/quantities.ts";
import { readHydro } from "../../../../src/judge/formats/hydro/read.ts";
import { shared } from "../../../../src/judge/formats/hydro/scores.ts";
import { readProblem } from "../../../../src/judge/formats/read.ts";
import type { Group, Problem } from "../../../../src/judge/problem.ts";
import { MadePackages, type PackageContent, refusal } from "../../../helpers/problem-package.ts";

const packages = new MadePackages();
afterAll(() => packages.remove());

const twoTests: PackageContent = { "1.in": "1", "1.out": "1", "2.in": "2", "2.out": "2" };
const problem = (config: string | null, files: PackageContent = twoTests) => packages.make({ ...(config === null ? {} : { "config.yaml": config }), ...files });
const read = (config: string | null, files?: PackageContent) => readHydro(problem(config, files));
const refused = (config: string | null, files?: PackageContent) => refusal(readHydro, problem(config, files));
const warnings = ({ path, warnings: all }: Problem) => all.map((warning) => warning.replaceAll(path, "PKG"));
const inside = ({ path }: Problem, file: string | null) => (file === null ? null : file.startsWith(path) ? relative(path, file) : file);
const groups = (from: Problem) => (from.root.children as readonly Group[]).map(({ name, children, rule: { score, points, requires, stopAt } }) => [name, score, String(points), children.map((child) => `${from.tests[child as number]!.name}:${from.tests[child as number]!.points}`).join(" "), ...requires, ...(stopAt === undefined ? [] : [stopAt])].join(" "));

describe("times and sizes", () => {
  test("a number alone is milliseconds", () => {
    expect(["1000ms", "1s", "1000", "1.5s", "500us", "2500us", "0.29s", "1S"].map(secondsOf)).toEqual([1, 1, 1, 1.5, null, 0.002, 0.29, 1]);
    expect(["", "1m", "1 s", "-1s", "0", "s", "1e3", "1h"].map(secondsOf)).toEqual(Array(8).fill(null));
  });

  test("a number alone is MB, and sizes are whole MB", () => {
    const megabytes = (text: string) => (bytesOf(text) ?? Number.NaN) / 2 ** 20;
    expect(["256m", "256", "1g", "256MB", "128MiB", "1k", "1536k", "0.5m"].map(megabytes)).toEqual([256, 256, 1024, 256, 128, 1, 2, 1]);
    expect(["", "m", "256b", "1t", "0", "-1m"].map(bytesOf)).toEqual(Array(6).fill(null));
  });
});

test("what is left of the points is shared, and the last ones get the remainder", () => {
  expect(shared([null, null, null], 100)).toEqual([33, 33, 34]);
  expect(shared([null, 30, null, null, 0], 100)).toEqual([17, 30, 17, 18, 18]);
  expect(shared([60, 60, null], 100)).toEqual([60, 60, 0]);
  expect(shared([10, 20], 100)).toEqual([10, 20]);
});

describe("names of files", () => {
  const found = (...files: string[]) => pair(files).subtasks.flatMap(({ id, type, cases }) => cases.map((one) => `${id} ${type} ${one.id} ${one.input} ${one.output}`));

  test.each([
    ["1.in", "1.out", "1 sum 1"],
    ["1.in", "1.ans", "1 sum 1"],
    ["name10.in", "name10.out", "1 sum 10"],
    ["data.1.in", "data.1.out", "1 sum 1"],
    ["file.in1", "file.ou1", "1 sum 1"],
    ["file.in12", "file.out12", "1 sum 12"],
    ["input3.txt", "output3.txt", "1 sum 3"],
    ["input3.in", "output3.out", "1 sum 3"],
    ["a7.in.txt", "a7.out.txt", "1 sum 7"],
    ["1_2.in", "1_2.out", "1 min 2"],
    ["name1-2.in", "name1-2.ans", "1 min 2"],
    ["a01_03.in", "a01_03.out", "1 min 3"],
    ["subtask_2_1.in", "subtask_2_1.out", "2 min 1"],
    ["01sample-01.in", "01sample-01.out", "1 sum 1"],
    ["two words 3-4.in", "two words 3-4.out", "3 min 4"],
    ["5-large.in", "5-large.out", "1 sum 5"],
    ["A1.IN", "A1.OUT", "1 sum 1"],
    ["input/1.in", "output/1.out", "1 sum 1"],
    ["input/b2-3.in", "output/b2-3.ans", "2 min 3"],
    ["input/input1.txt", "output/output1.txt", "1 sum 1"],
  ])("%s goes with %s", (input, output, expected) => {
    expect(found(input, output, "readme.md", "checker.cpp", "config.yaml")).toEqual([`${expected} ${input} ${output}`]);
    expect(found(output, input)).toEqual([`${expected} ${input} ${output}`]);
  });

  test("tests are in the order of their numbers", () => {
    expect(found("t10.in", "t10.out", "t9.in", "t9.out", "t1.in", "t1.out").map((line) => line.split(" ")[2])).toEqual(["1", "9", "10"]);
  });

  test("what has no partner is no test; an input is told", () => {
    expect(pair(["1.in", "2.in", "2.out", "notes1.txt", "output5.txt"])).toMatchObject({ subtasks: [{ cases: [{ id: 2 }] }], alone: ["1.in"] });
  });
});

describe("without a config", () => {
  test("files are paired: without a subtask in their names points are added up", () => {
    const found = read(null, { "a1.in": "", "a1.out": "", "a2.in": "", "a2.ans": "", "a3.in": "", "a3.out": "" });
    expect(groups(found)).toEqual(["subtask1 sum null a1:33 a2:33 a3:34"]);
    expect(found).toMatchObject({ format: "hydro", name: "problem", isScoring: true, kind: { kind: "batch" }, checker: { kind: "built-in", name: "lines" }, limits: { cpuTime: 1, memory: 2 ** 28 }, inputFile: null, packs: ["extra"], warnings: [] });
    expect(inside(found, found.tests[1]!.answer)).toBe("a2.ans");
    expect((found.root.children[0] as Group).rule).toMatchObject({ verdict: "worst", stop: false, testScore: { kind: "fraction", of: "test-points", floor: true } });
  });

  test("with subtasks in their names each is a minimum, and they share the points", () => {
    const found = read(null, { "p1-1.in": "", "p1-1.out": "", "p1-2.in": "", "p1-2.out": "", "p2-1.in": "", "p2-1.out": "", "p10-1.in": "", "p10-1.out": "" });
    expect(groups(found)).toEqual(["subtask1 min 33 p1-1:33 p1-2:33 zero", "subtask2 min 33 p2-1:33 zero", "subtask10 min 34 p10-1:34 zero"]);
  });

  test("an exported problem has them in testdata/, and its solutions beside it", async () => {
    const path = packages.make({ "problem.yaml": "pid: P1\ntitle: x\n", "testdata/1.in": "", "testdata/1.out": "", "std/a.cc": "", "submissions/wrong_answer/b.py": "", "submissions/partially_accepted/c.c": "", "submissions/other/d.c": "", "submissions/other/x.zip": "" });
    const found = await readProblem(path);
    expect([found.format, found.tests.length, found.path]).toEqual(["hydro", 1, path]);
    expect(found.submissions.map(({ name, expected }) => [name, expected?.permitted ?? expected?.score ?? null])).toEqual([["std/a.cc", ["AC"]], ["submissions/other/d.c", null], ["submissions/partially_accepted/c.c", [1, 99]], ["submissions/wrong_answer/b.py", ["WA"]]]);
  });

  test("config.yaml is taken before config.yml, and that before config.ini", async () => {
    const time = (files: PackageContent) => readHydro(packages.make({ ...twoTests, ...files })).limits.cpuTime;
    const ini = { "config.ini": "1\n1.in|1.out|3|100|65536\n" };
    expect([time({ "config.yml": "time: 2s" }), time({ "config.yml": "time: 2s", "config.yaml": "time: 4s", ...ini }), time({ "config.yml": "time: 2s", ...ini })]).toEqual([2, 4, 2]);
    expect((await readProblem(packages.make({ ...twoTests, ...ini }))).format).toBe("hydro");
  });
});

describe("config.ini", () => {
  test("each line is a subtask with its own limits", () => {
    const found = readHydro(packages.make({ "config.ini": "2\r\n1.in|1.out|1.5|40|131072\r\n2.in|2.out|1|60|\r\n\r\n", "Input/1.in": "", "Output/1.out": "", "2.in": "", "2.out": "" }));
    expect(groups(found)).toEqual(["subtask1 min 40 1:40 zero", "subtask2 min 60 2:60 zero"]);
    expect(found.tests.map(({ cpuTime, memory }) => [cpuTime, memory === undefined ? null : memory / 2 ** 20])).toEqual([[1.5, 128], [1, null]]);
    expect(inside(found, found.tests[0]!.input)).toBe("Input/1.in");
  });

  test.each([
    ["x\n", '1: must be the number of tests, not "x"'],
    ["2\n1.in|1.out|1|50\n", "3: there must be 2 tests, and test 2 is missing"],
    ["1\n1.in|1.out|soon|50|1\n", '2: the third value must be seconds, not "soon"'],
    ["1\n1.in|1.out|1|all\n", '2: the fourth value must be points, not "all"'],
    ["1\n1.in|1.out|1|50|big\n", '2: the fifth value must be KiB, not "big"'],
    ["1\n3.in|1.out|1|50|1024\n", '2: there is no input "3.in"'],
    ["1\n/etc/passwd|1.out|1|50|1024\n", '2: "/etc/passwd" is outside of the directory of the tests'],
  ])("%j is refused with its line", (text, message) => {
    expect(refusal(readHydro, packages.make({ ...twoTests, "config.ini": text }))).toBe(`PKG/config.ini:${message}`);
  });
});

describe("subtasks", () => {
  const files = Object.fromEntries(["1", "2", "3", "4"].flatMap((name) => [[`${name}.in`, name], [`${name}.out`, name]]));

  test("inherit limits from the problem, and cases from the subtask", () => {
    const found = read(`
time: 2s
memory: 64m
subtasks:
  - score: 30
    time: 500ms
    cases:
      - {input: 1.in, output: 1.out}
      - {input: 2.in, output: 2.out, time: 100ms, memory: 1g}
  - type: sum
    memory: 128
    cases:
      - {input: 3.in, output: 3.out}
`, files);
    expect(found.limits).toMatchObject({ cpuTime: 2, memory: 2 ** 26 });
    expect(found.tests.map(({ cpuTime, memory }) => [cpuTime, memory! / 2 ** 20])).toEqual([[0.5, 64], [0.1, 1024], [2, 128]]);
    expect(groups(found)).toEqual(["subtask1 min 30 1:30 2:30 zero", "subtask2 sum null 3:70"]);
  });

  test("are in the order of their ids, after those that they need", () => {
    const found = read(`
subtasks:
  - {id: 3, score: 50, type: max, cases: [{input: 1.in, output: 1.out, score: 20}, {input: 2.in, output: 2.out}]}
  - {id: 1, score: 20, if: [2], cases: [{input: 3.in, output: 3.out}]}
  - {id: 2, cases: [{input: 4.in, output: 4.out}]}
`, files);
    expect(groups(found)).toEqual(["subtask2 min 30 4:30 zero", "subtask1 min 20 3:20 subtask2 zero", "subtask3 max 50 1:20 2:50 full"]);
    expect(found.tests.map(({ name }) => name)).toEqual(["4", "3", "1", "2"]);
  });

  test("cases alone are one subtask whose points are added up", () => {
    expect(groups(read("cases:\n  - {input: 1.in, output: 1.out, score: 40}\n  - {input: 2.in, output: 2.out}\n  - {input: 3.in, output: 3.out}\n", files))).toEqual(["subtask1 sum null 1:40 2:30 3:30"]);
  });

  test("without cases they get those that the names of files make, and keep what they say", () => {
    const named = Object.fromEntries(["1-1", "1-2", "2-1", "3-1"].flatMap((name) => [[`${name}.in`, ""], [`${name}.out`, ""]]));
    expect(groups(read("time: 1s\nsubtasks:\n  - {id: 2, score: 60, type: sum, if: 1}\n  - {id: 1, score: 20}\n", named))).toEqual(["subtask1 min 20 1-1:20 1-2:20 zero", "subtask2 sum null 2-1:60 subtask1", "subtask3 min 20 3-1:20 zero"]);
  });

  test("a file that is used twice is two tests; no input is the empty file", () => {
    const found = read("subtasks:\n  - cases: [{input: 1.in, output: 1.out}]\n  - cases: [{input: 1.in, output: 2.out}, {output: /dev/null}]\n", files);
    expect(found.tests.map(({ name, input, answer }) => [name, inside(found, input), inside(found, answer)])).toEqual([["1", "1.in", "1.out"], ["2/1", "1.in", "2.out"], ["2", "/dev/null", null]]);
  });

  test.each([
    ["- {type: avg, cases: [{input: 1.in}]}", '2:10: subtasks.0.type: must be one of min, max, sum, not "avg"'],
    ["- {id: 1, cases: [{input: 1.in}]}\n- {id: 1, cases: [{input: 2.in}]}", "3:3: subtasks.1: has the id 1, as another subtask has"],
    ["- {if: [7], cases: [{input: 1.in}]}", "2:9: subtasks.0.if.0: there is no subtask 7"],
    ["- {if: [1], cases: [{input: 1.in}]}", "2:9: subtasks.0.if.0: a subtask needs itself"],
    ["- {if: [2], cases: [{input: 1.in}]}\n- {if: [1], cases: [{input: 2.in}]}", "3:9: subtasks.1.if.0: subtasks 2 and 1 need each other"],
    ["- {cases: [{input: 1.in}]}\n- {id: 4}", "3:3: subtasks.1: subtask 4 has no tests: neither cases nor files whose names say that they are in it"],
    ["- {cases: [{input: 9.in}]}", '2:20: subtasks.0.cases.0.input: there is no input "9.in"'],
    ["- {cases: [{input: 1.in, output: 9.out}]}", '2:34: subtasks.0.cases.0.output: there is no output "9.out"'],
    ["- {cases: [{input: ../1.in}]}", '2:20: subtasks.0.cases.0.input: "../1.in" is outside of the directory of the tests'],
    ["- {score: many, cases: [{input: 1.in}]}", '2:11: subtasks.0.score: must be a number, not "many"'],
    ["- {time: 1h, cases: [{input: 1.in}]}", '2:10: subtasks.0.time: must be a time such as 1000ms or 1s, not "1h"'],
    ["- {cases: [{input: 1.in, memory: lots}]}", '2:34: subtasks.0.cases.0.memory: must be a size such as 256m or 1g, not "lots"'],
    ["- 1.in", "2:3: subtasks.0: must be a mapping, not text"],
  ])("%j is refused with its place", (text, message) => {
    expect(refused(`subtasks:\n${text}\n`, files)).toBe(`PKG/config.yaml:${message}`);
  });
});

describe("types", () => {
  test("filename is that of the input and the output", () => {
    expect(read("filename: sum\n")).toMatchObject({ inputFile: "sum.in", outputFile: "sum.out" });
    expect(refused("filename: ../sum\n")).toBe('PKG/config.yaml:1:11: filename: must be the name of a file without its ending, not "../sum"');
  });

  test("an interactor decides by itself", () => {
    const found = read("type: interactive\ninteractor: talk.cc\ntime: 3s\njudge_extra_files: [a.h]\n", { ...twoTests, "talk.cc": "", "a.h": "", "testlib.h": "" });
    expect(found).toMatchObject({ kind: { kind: "interactive", interactor: { protocol: "testlib", isChecker: true } }, checker: { kind: "program", protocol: "testlib", scale: "auto" }, limits: { validationTime: 6 } });
    const { checker } = found;
    expect(checker.kind === "program" && [checker.program.path, ...checker.program.added].map((file) => inside(found, file))).toEqual(["talk.cc", "a.h", "testlib.h"]);
    expect(refused("type: interactive\n")).toBe("PKG/config.yaml:1:7: type: a problem of the type interactive needs interactor");
  });

  test("a manager talks to several processes", () => {
    const found = read("type: communication\nmanager: {file: m.py, lang: py.py3}\nnum_processes: 3\n", { ...twoTests, "m.py": "" });
    expect(found).toMatchObject({ kind: { kind: "communication", protocol: "hydro", processes: 3, io: "std", manager: { language: "python" } }, warnings: [] });
    expect(refused("type: communication\nnum_processes: 2\n")).toBe("PKG/config.yaml:1:7: type: a problem of the type communication needs manager");
    expect(refused("type: communication\nmanager: 1.in\n")).toBe("PKG/config.yaml:1:7: type: a problem of the type communication needs num_processes");
  });

  test("an answer is submitted: one file for all tests, or files by number or by the content of the input", () => {
    expect(read("type: submit_answer\n")).toMatchObject({ kind: { kind: "outputs", fileName: null }, checker: { name: "lines" } });
    expect(read("type: submit_answer\n").tests[0]!.submitted).toBeUndefined();
    expect(read("type: submit_answer\nsubType: multi\nfilename: ans#.txt\n").tests.map(({ submitted }) => submitted)).toEqual([{ fileName: "ans1.txt", only: true }, { fileName: "ans2.txt", only: true }]);
    expect(read("type: submit_answer\nsubType: multi\n", { "1.in": " fir/st.txt\n", "1.out": "" }).tests[0]!.submitted).toEqual({ fileName: "first.txt", only: true });
    expect(refused("type: submit_answer\nsubType: multi\n", { "1.in": "", "1.out": "" })).toStartWith("cannot judge with PKG/1.in: it must hold the name of the file that is submitted for this test (");
  });

  test("several passes need a checker that asks for them", () => {
    expect(read("multi_pass: 3\nchecker_type: testlib\nchecker: c.cc\n", { ...twoTests, "c.cc": "" })).toMatchObject({ passes: 3 });
    expect(read("type: interactive\ninteractor: c.cc\nmulti_pass: 2\n", { ...twoTests, "c.cc": "" })).toMatchObject({ passes: 2 });
    expect(refused("multi_pass: 3\n")).toBe("PKG/config.yaml:1:13: multi_pass: needs a checker of checker_type testlib or kattis");
    expect(refused("multi_pass: 21\n")).toBe("PKG/config.yaml:1:13: multi_pass: must be at most 20, not 21");
    expect(refused("multi_pass: 1\n")).toBe("PKG/config.yaml:1:13: multi_pass: must be at least 2, not 1");
    expect(refused("type: submit_answer\nmulti_pass: 2\n")).toBe("PKG/config.yaml:2:13: multi_pass: is not for problems of the type submit_answer");
  });

  test("what is not done is an error that names it", () => {
    expect(refused("type: objective\n")).toBe("PKG/config.yaml:1:7: type: the type objective is not done: questions with answers are not judged here");
    expect(refused("type: remote_judge\ntarget: x\n")).toBe("PKG/config.yaml:1:7: type: the type remote_judge is not done: it is judged at another site");
    expect(refused("type: other\n")).toBe('PKG/config.yaml:1:7: type: must be one of default, interactive, communication, submit_answer, not "other"');
    expect(refused("redirect: P1\n")).toBe("PKG/config.yaml:1:11: redirect: redirect is not done: the tests are those of another problem, so judge with its directory");
    expect(refused("user_extra_files: [compile.sh]\n")).toBe("PKG/config.yaml:1:20: user_extra_files.0: compile.sh is not done: commands of languages are those of the packs (--pack)");
  });
});

describe("checkers", () => {
  const checker = (config: string, files: PackageContent = {}) => {
    const found = read(config, { ...twoTests, ...files });
    return found.checker.kind === "built-in" ? found.checker.name : [found.checker.protocol, found.checker.scale, inside(found, found.checker.program.path), found.checker.program.language];
  };

  test("each kind has its protocol and its scale", () => {
    expect([checker(""), checker("checker_type: default\n"), checker("checker_type: strict\n")]).toEqual(["lines", "lines", "exact"]);
    const of = (kind: string) => checker(`checker_type: ${kind}\nchecker: c.cpp\n`, { "c.cpp": "" });
    expect(["testlib", "syzoj", "hustoj", "lemon", "qduoj", "kattis"].map(of)).toEqual([
      ["testlib", "auto", "c.cpp", null], ["syzoj", 100, "c.cpp", null], ["hustoj", 1, "c.cpp", null], ["lemon", "test", "c.cpp", null], ["qduoj", 1, "c.cpp", null], ["kattis", "test", "c.cpp", null],
    ]);
    expect(checker("checker_type: testlib\nchecker: {file: c.cpp, lang: cc.cc17o2}\n", { "c.cpp": "" })).toEqual(["testlib", "auto", "c.cpp", "cpp"]);
  });

  test("a name without a point is a checker of testlib that is built in", () => {
    expect([checker("checker_type: testlib\nchecker: wcmp\n"), checker("checker_type: testlib\nchecker: {file: rcmp6}\n")]).toEqual(["wcmp", "rcmp6"]);
    expect(refused("checker_type: testlib\nchecker: wcm\n")).toEndWith(": did you mean 'wcmp'?");
    expect(refused("checker_type: testlib\nchecker: pointscmp\n")).toStartWith('PKG/config.yaml:2:10: checker: "pointscmp" is no checker that is built in (wcmp, lcmp, ');
    expect(refused("checker_type: lemon\nchecker: wcmp\n")).toBe("PKG/config.yaml:2:10: checker: wcmp is a checker of testlib, and checker_type is lemon");
  });

  test("a checker beside a comparison is ignored with a warning, as in Hydro", () => {
    expect(warnings(read("checker: c.cpp\n", { ...twoTests, "c.cpp": "" }))).toEqual(["PKG/config.yaml:1:10: checker: is ignored: checker_type is default, which compares by itself"]);
  });

  test("mistakes have their places", () => {
    expect(refused("checker_type: testlb\n")).toBe("PKG/config.yaml:1:15: checker_type: must be one of default, strict, testlib, syzoj, hustoj, lemon, qduoj, kattis, not \"testlb\": did you mean 'testlib'?");
    expect(refused("checker_type: testlib\n")).toBe("PKG/config.yaml:1:15: checker_type: is testlib, and there is no checker");
    expect(refused("checker_type: testlib\nchecker: c.cpp\n")).toBe('PKG/config.yaml:2:10: checker: there is no checker "c.cpp"');
    expect(refused("validator: v.cpp\n")).toBe('PKG/config.yaml:1:12: validator: there is no validator "v.cpp"');
    expect(refused("checker_type: testlib\nchecker: [a.cc]\n")).toBe("PKG/config.yaml:2:10: checker: must be text, not a list");
  });
});

describe("the rest", () => {
  test("rates and languages have our names of languages", () => {
    const found = read("time_limit_rate: {py.py3: 2, py.py2: 3, java: 1.5, odd: 4}\nmemory_limit_rate: {cc: 2}\nlangs: [cc, cc.cc17o2, py.py3, py.pypy3]\n");
    expect(found.limits).toMatchObject({ timeFactors: { python: 2, java: 1.5, odd: 4 }, memoryFactors: { cpp: 2 } });
    expect(found.languages).toEqual(["cpp", "python", "pypy"]);
    expect(refused("time_limit_rate: {java: 0}\n")).toBe("PKG/config.yaml:1:25: time_limit_rate.java: must be more than 0, not 0");
  });

  test("extra files lie beside every submission", () => {
    const found = read("user_extra_files: [task.h]\n", { ...twoTests, "task.h": "" });
    expect(found.additions.map(({ forLanguage, paths, role }) => [forLanguage, ...paths.map((path) => inside(found, path)), role])).toEqual([[null, "task.h", "beside"]]);
    expect(refused("user_extra_files: [task.h]\n")).toBe('PKG/config.yaml:1:20: user_extra_files.0: there is no file "task.h"');
    expect(refused("judge_extra_files: task.h\n")).toBe("PKG/config.yaml:1:20: judge_extra_files: must be a list, not text");
  });

  test("keys of the site mean nothing, unknown ones are warnings with the nearest key", () => {
    expect(warnings(read("detail: full\nscore: 100\nkey: x\nchecker_typ: strict\nmemroy: 1g\n"))).toEqual(["PKG/config.yaml:4:1: checker_typ: unknown key, which is ignored: did you mean 'checker_type'?", "PKG/config.yaml:5:1: memroy: unknown key, which is ignored: did you mean 'memory'?"]);
    expect(warnings(read("cases: [{input: 1.in, ouput: 1.out}]\nsubtasks: []\n"))).toEqual(["PKG/config.yaml:2:11: subtasks: is ignored: Hydro takes the cases beside it", "PKG/config.yaml:1:23: cases.0.ouput: unknown key, which is ignored: did you mean 'output'?"]);
  });

  test("no tests, broken text and links out of the package are errors", () => {
    expect(refused("time: 1s\n", { "notes.txt": "" })).toStartWith("cannot judge with PKG: there are no tests in it (tests of Hydro are named in config.yaml");
    expect(refused("time: [\n")).toStartWith("PKG/config.yaml:");
    expect(refused("a: 1\na: 2\n")).toBe("PKG/config.yaml:2:1: duplicate key 'a'");
    expect(refused(null, { "1.in": "->/etc/passwd", "1.out": "" })).toStartWith("cannot use PKG/1.in: it leads out of the package, to /etc/passwd");
    expect(refused("checker_type: testlib\nchecker: c.cpp\n", { ...twoTests, "c.cpp": "->/etc/hostname" })).toStartWith("cannot use PKG/c.cpp: it leads out of the package, to /");
    expect(warnings(read(null, { ...twoTests, "3.in": "", "4.in": "" }))).toEqual(["PKG/3.in has no answer and is not used (1 more like it)"]);
  });
});

test("the packages of our own are read without a warning", async () => {
  const names = ["named", "subtasks", "ini", "talk", "group", "answer", "answers", "passes", ...["strict", "testlib", "syzoj", "hustoj", "lemon", "qduoj", "kattis"].map((kind) => `checkers/${kind}`)];
  const problems = await Promise.all(names.map((name) => readProblem(join(import.meta.dir, "../../../fixtures/problems", `hydro-${name}`))));
  expect(problems.map(({ format, kind: { kind }, root: { children }, checker }) => [format, kind, children.length, checker.kind === "program" ? checker.protocol : checker.name] as readonly unknown[])).toEqual([
    ["hydro", "batch", 3, "lines"], ["hydro", "batch", 3, "testlib"], ["hydro", "batch", 2, "lines"], ["hydro", "interactive", 1, "testlib"], ["hydro", "communication", 1, "lines"],
    ["hydro", "outputs", 2, "lines"], ["hydro", "outputs", 1, "lines"], ["hydro", "batch", 1, "kattis"],
    ...["exact", "testlib", "syzoj", "hustoj", "lemon", "qduoj", "kattis"].map((kind) => ["hydro", "batch", 1, kind]),
  ]);
  expect(problems.flatMap(({ warnings: all }) => all)).toEqual([]);
});
