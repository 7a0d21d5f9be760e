// Full packages of Polygon: what a problem.xml becomes, and what is refused.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readPolygon } from "../../../../src/judge/formats/polygon/read.ts";
import { extensionsOf, languageOf } from "../../../../src/judge/formats/polygon/source-types.ts";
import { readProblem } from "../../../../src/judge/formats/read.ts";
import type { Group, Problem } from "../../../../src/judge/problem.ts";

const fixtures = join(import.meta.dir, "../../../fixtures/problems");
const base = mkdtempSync(join(tmpdir(), "polygon-"));
afterAll(() => rmSync(base, { recursive: true }));
let count = 0;

interface Parts {
  readonly judging: string;
  readonly limits: string;
  readonly patterns: string;
  readonly tests: string;
  readonly resources: string;
  readonly assets: string;
  readonly more: string;
}

const usual: Parts = {
  judging: 'input-file="" output-file=""',
  limits: "<time-limit>1500</time-limit><memory-limit>268435456</memory-limit>",
  patterns: "<input-path-pattern>tests/%02d</input-path-pattern><answer-path-pattern>tests/%02d.a</answer-path-pattern>",
  tests: "<test-count>2</test-count>",
  resources: "",
  assets: '<checker name="std::wcmp.cpp" type="testlib"/>',
  more: "",
};
const files: Readonly<Record<string, string>> = { "tests/01": "1\n", "tests/01.a": "1\n", "tests/02": "2\n", "tests/02.a": "2\n", "files/check.cpp": "", "files/testlib.h": "", "s/a.cpp": "", "s/b.py": "" };

function made(parts: Partial<Parts> = {}, others: Readonly<Record<string, string | null>> = {}): string {
  const root = join(base, String(count++));
  const { judging, limits, patterns, tests, resources, assets, more } = { ...usual, ...parts };
  const xml = `<problem short-name="short"><judging ${judging}><testset name="tests">${limits}${patterns}${tests}</testset></judging>\n<files><resources>${resources}</resources></files>\n<assets>${assets}</assets>${more}</problem>`;
  for (const [name, text] of Object.entries({ "problem.xml": xml, ...files, ...others })) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, name)), { recursive: true });
    if (text.startsWith("->")) symlinkSync(text.slice(2), join(root, name));
    else writeFileSync(join(root, name), text);
  }
  return root;
}

const read = (parts: Partial<Parts> = {}, others: Readonly<Record<string, string | null>> = {}): Problem => readPolygon(made(parts, others));

/** The message of the error and its hint. */
function refused(parts: Partial<Parts>, others: Readonly<Record<string, string | null>> = {}): string {
  const root = made(parts, others);
  try {
    readPolygon(root);
    return "no error";
  } catch (error) {
    const { message, hint } = error as { message: string; hint: string | null };
    return (message + (hint === null ? "" : ` (${hint})`)).replaceAll(root, "PKG");
  }
}

const solutions = (...tagged: readonly (readonly [tag: string, type: string])[]) =>
  `${usual.assets}<solutions>${tagged.map(([tag, type]) => `<solution tag="${tag}"><source path="s/a.cpp" type="${type}"/></solution>`).join("")}</solutions>`;
const grouped = (tests: string, groups: string, number = 2) => ({ tests: `<test-count>${number}</test-count><tests>${tests}</tests><groups>${groups}</groups>` });
const outline = ({ name, children, rule }: Group): unknown => [name, rule.score, rule.points, ...children.map((child) => (typeof child === "number" ? child : outline(child)))];

describe("a package of the usual kind", () => {
  test("has its limits, its tests and what is known of them", async () => {
    const problem = await readProblem(join(fixtures, "polygon-sum"));
    expect(problem).toMatchObject({
      name: "Sum & more", format: "polygon", isScoring: false, kind: { kind: "batch" }, passes: 1, inputFile: null, outputFile: null, packs: ["codeforces"], languages: null, additions: [],
      checker: { kind: "built-in", name: "ncmp" },
      limits: { cpuTime: 0.5, memory: 134217728, output: null },
    });
    expect(problem.tests.map(({ name, input, isSample, points, description }) => [name, input, isSample, points, description])).toEqual([
      ["01", join(fixtures, "polygon-sum/tests/01"), true, null, undefined],
      ["02", join(fixtures, "polygon-sum/tests/02"), false, null, "large"],
      ["03", join(fixtures, "polygon-sum/tests/03"), false, null, undefined],
    ]);
    expect(outline(problem.root)).toEqual(["", "none", null, 0, 1, 2]);
  });

  test("has solutions with the languages of their types and the verdicts of their tags", async () => {
    const { submissions, warnings } = await readProblem(join(fixtures, "polygon-sum"));
    expect(submissions.map(({ name, language, expected }) => [name, language, expected?.source, expected?.permitted?.join(" ")])).toEqual([
      ["solutions/main.py", "python", "tag main", "AC"],
      ["solutions/fast.cpp", "cpp20", "tag accepted", "AC"],
      ["solutions/wrong.py", "python", "tag wrong-answer", "WA"],
      ["solutions/words.py", "python", "tag presentation-error", "WA"],
      ["solutions/endless.py", "python", "tag time-limit-exceeded", "TLE"],
      ["solutions/greedy.py", "python", "tag memory-limit-exceeded", "MLE RTE"],
      ["solutions/slow.py", "python", "tag time-limit-exceeded-or-accepted", "AC TLE"],
      ["solutions/silent.py", "python", "tag rejected", "WA TLE MLE RTE OLE"],
      ["solutions/crash.py", "python", "tag failed", "WA TLE MLE RTE OLE"],
    ]);
    expect(warnings.map((line) => line.slice(line.indexOf("solutions/")))).toEqual([
      "solutions/unfinished.py has the tag do-not-run: it is not judged",
      "solutions/old.pas is of the type pas.fpc, which no language here is for: it is not judged",
    ]);
  });

  test("needs no list of tests, and takes the only testset, whatever its name", () => {
    expect(read().tests.map(({ name }) => name)).toEqual(["01", "02"]);
    const root = made();
    writeFileSync(join(root, "problem.xml"), readFileSync(join(root, "problem.xml"), "utf8").replace('name="tests"', 'name="main"'));
    expect(readPolygon(root).tests).toHaveLength(2);
  });

  test("is named in English, else in its first language, else by its short name", () => {
    const names = (...pairs: readonly string[]) => ({ more: `<names>${pairs.map((pair) => `<name language="${pair.split(":")[0]}" value="${pair.split(":")[1]}"/>`).join("")}</names>` });
    expect([read(names("russian:R", "english:E")).name, read(names("russian:R")).name, read().name]).toEqual(["E", "R", "short"]);
  });

  test("may have patterns in every form of a number, and a percent sign", () => {
    const patterns = "<input-path-pattern>t%%/%3d.in</input-path-pattern><answer-path-pattern>t%%/%d.ans</answer-path-pattern>";
    expect(read({ patterns }, { "t%/  1.in": "", "t%/1.ans": "", "t%/  2.in": "", "t%/2.ans": "" }).tests.map(({ name }) => name)).toEqual(["  1.in", "  2.in"]);
  });
});

describe("types of sources", () => {
  test.each([
    ["cpp.g++17", "cpp17"], ["cpp.g++", "cpp17"], ["cpp.g++11", "cpp17"], ["cpp.ms2017", "cpp17"], ["cpp.gcc13-64-winlibs-g++20", "cpp20"], ["cpp.gcc14-64-msys2-g++23", "cpp23"],
    ["cpp.msys2-mingw64-9-g++17", "cpp17"], ["cpp.clang++20-diagnostics", "cpp17"], ["c.gcc", "c11"], ["java8", "java"], ["java21", "java"], ["kotlin.1.9", "kotlin"], ["python.3", "python"],
    ["python.pypy3-64", "pypy3"], ["python.2", null], ["python.pypy2", null], ["rust.2021", "rust"], ["go", "go"], ["pas.dpr", null], ["csharp.mono", null],
  ])("%s is %p", (type, language) => {
    expect(languageOf(type)).toBe(language);
  });

  test("and of resources, with wildcards", () => {
    expect([extensionsOf("cpp.*"), extensionsOf("java*"), extensionsOf("python.3"), extensionsOf("x")]).toEqual([[".cpp", ".cc", ".cxx", ".c++"], [".java"], [".py"], null]);
  });
});

describe("groups", () => {
  test("have their policies, points and prerequisites", async () => {
    const problem = await readProblem(join(fixtures, "polygon-groups"));
    expect(problem.isScoring).toBe(true);
    expect(outline(problem.root)).toEqual(["", "sum", null, ["samples", "pass-fail", 0, 0], ["small", "pass-fail", 30, 1, 2], ["each", "sum", null, 3, 4], ["worst", "min", 40, 5, 6]]);
    const rules = problem.root.children.map((child) => (child as Group).rule);
    expect(rules.map(({ requires }) => requires)).toEqual([[], ["samples"], [], ["samples", "small"]]);
    expect(rules.map(({ stop }) => stop)).toEqual([true, true, false, false]);
    // A checker's points are out of those: a group by its worst test has all of its points on each.
    expect(problem.tests.map(({ points }) => points)).toEqual([0, 30, 0, 10, 20, 40, 40]);
    expect(problem).toMatchObject({ inputFile: "near.in", outputFile: "near.out", checker: { kind: "program", protocol: "testlib", scale: 100 } });
  });

  test("may have points of their own that each test has a part of", () => {
    const problem = read(grouped('<test group="1"/><test group="1"/>', '<group name="1" points="30" points-policy="each-test"/>'));
    expect([outline(problem.root), problem.tests.map(({ points }) => points)]).toEqual([["", "sum", null, ["1", "sum", null, 0, 1]], [15, 15]]);
  });

  test("without any points make verdicts and no scores", () => {
    const problem = read(grouped('<test group="1" points="0.0"/><test group="2"/>', '<group name="2"><dependencies><dependency group="1"/></dependencies></group>'));
    expect([problem.isScoring, outline(problem.root)]).toEqual([false, ["", "none", null, ["1", "none", null, 0], ["2", "none", null, 1]]]);
  });

  test("come after those that they depend on, with their tests, and others stay where they are", () => {
    const problem = read(grouped('<test group="b"/><test group="a" points="1"/>', '<group name="a"/><group name="b"><dependencies><dependency group="a"/></dependencies></group>'));
    expect([outline(problem.root), problem.tests.map(({ name }) => name)]).toEqual([["", "sum", null, ["a", "sum", null, 0], ["b", "sum", null, 1]], ["a/02", "b/01"]]);
    const loose = read(grouped('<test/><test group="a" points="1"/>', ""));
    expect([outline(loose.root), loose.tests.map(({ name }) => name)]).toEqual([["", "sum", null, 0, ["a", "sum", null, 1]], ["01", "a/02"]]);
  });

  test("of an unknown policy are read as each-test, with a warning and the nearest one", () => {
    const { warnings } = read(grouped('<test group="1" points="5"/><test group="1" points="5"/>', '<group name="1" points-policy="complete-grup"/>'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("unknown points-policy complete-grup, which is read as each-test: did you mean 'complete-group'?");
  });

  test("are refused when they are not there, there twice, or depend on themselves", () => {
    const dependsOn = (name: string, on: string) => `<group name="${name}"><dependencies><dependency group="${on}"/></dependencies></group>`;
    const tests = '<test group="one"/><test group="two"/>';
    expect(refused(grouped(tests, dependsOn("one", "tow")))).toContain("judging.testset.groups.group: depends on the group tow, which is not there: did you mean 'two'?");
    expect(refused(grouped(tests, '<group name="one"/><group name="one"/>'))).toContain("there is another group one before it");
    expect(refused(grouped(tests, dependsOn("one", "two") + dependsOn("two", "one")))).toContain("depends on itself, by way of one, two");
  });

  test("may have expectations of their own", async () => {
    const { submissions } = await readProblem(join(fixtures, "polygon-groups"));
    expect(submissions.map(({ expected }) => expected!.parts.map(({ tests, expected: part }) => [tests, part.permitted![0], part.source]))).toEqual([
      [], [["samples", "AC", "tag accepted for group samples"], ["worst", "WA", "tag rejected for group worst"]], [],
    ]);
    const assets = `${usual.assets}<solutions><solution tag="main"><source path="s/a.cpp" type="cpp.g++17"/><extra-tags><extra-tag group="9" tag="rejected"/></extra-tags></solution></solutions>`;
    expect(refused({ assets })).toContain("extra-tag: there is no group 9");
  });
});

describe("checkers and interactors", () => {
  const testlib = '<file path="files/testlib.h" type="h.g++"/>';
  const standard = '<checker name="std::wcmp.cpp" type="testlib"><source path="files/check.cpp" type="cpp.g++17"/></checker>';

  test("a standard checker is the package's own source, else the one that is built in", () => {
    expect(read({ assets: standard, resources: testlib }).checker).toMatchObject({ kind: "program", scale: "test", program: { language: "cpp17", packs: ["codeforces"] } });
    expect(read({ assets: standard }).checker).toEqual({ kind: "built-in", name: "wcmp" });
    expect(read({ assets: standard, resources: testlib }, { "files/check.cpp": null }).checker).toEqual({ kind: "built-in", name: "wcmp" });
    expect(refused({ assets: '<checker name="std::zcmp.cpp"/>' })).toContain("assets.checker: has no <source>, and std::zcmp.cpp is not built in");
    expect(refused({ assets: '<checker name="std::exact.cpp"/>' })).toContain("std::exact.cpp is not built in");
  });

  test("headers lie beside checkers; graders and their headers beside submissions", () => {
    const resources = '<file path="files/testlib.h" type="h.g++"/><file path="files/olymp.sty"/><file path="files/grader.cpp" type="cpp.g++17"/><file path="files/task.h" type="h.g++"/>';
    const problem = read({ resources, assets: standard }, { "files/olymp.sty": "", "files/grader.cpp": "", "files/task.h": "" });
    const shown = (paths: readonly string[]) => paths.map((path) => path.slice(problem.path.length + 1));
    expect(problem.checker.kind === "program" && shown(problem.checker.program.added)).toEqual(["files/testlib.h", "files/task.h"]);
    expect(problem.additions.map(({ paths, forLanguage, role }) => [...shown(paths), forLanguage?.[0], role])).toEqual([["files/grader.cpp", ".cpp", "beside"], ["files/task.h", ".c", "beside"]]);
  });

  test("resources go where they are marked for", async () => {
    const problem = await readProblem(join(fixtures, "polygon-groups"));
    expect(problem.additions.map(({ paths, forLanguage }) => [paths[0]!.slice(problem.path.length + 1), forLanguage])).toEqual([
      ["files/near.h", [".cpp", ".cc", ".cxx", ".c++"]], ["files/main.cpp", [".cpp", ".cc", ".cxx", ".c++"]],
    ]);
    expect(problem.checker.kind === "program" && problem.checker.program.added.map((path) => path.slice(problem.path.length + 1))).toEqual(["files/words.h"]);
  });

  test("an interactor's file is what the checker reads", async () => {
    const problem = await readProblem(join(fixtures, "polygon-guess"));
    expect(problem.kind).toEqual({ kind: "interactive", interactor: { protocol: "testlib", program: { path: join(problem.path, "files/interactor.cpp"), language: "cpp17", added: [], packs: ["codeforces"], root: problem.path } } });
    expect(problem.checker.kind).toBe("program");
  });

  test("each test may be run twice, and an interactor take part in one of the runs or in both", async () => {
    expect(await readProblem(join(fixtures, "polygon-twice"))).toMatchObject({ passes: 2, passing: "always", kind: { kind: "batch" } });
    const judging = 'input-file="" output-file="" run-count="2"';
    const interactor = (runs: string) => ({ judging, assets: `${usual.assets}<interactor><source path="s/a.cpp" type="cpp.g++17"/>${runs}</interactor>` });
    expect(read(interactor("")).kind).toMatchObject({ interactor: { runs: [1] } });
    expect(read(interactor("<runs><run>1</run><run>2</run></runs>")).kind).toMatchObject({ interactor: { runs: [1, 2] } });
    expect(refused(interactor("<runs><run>3</run></runs>"))).toContain("takes part in run 3, and each test has 2");
    expect(read({ more: '<tags><tag value="run-twice"/></tags>' }).passes).toBe(2);
    expect(refused({ judging: 'run-count="x"' })).toContain('run-count must be from 1 to 9, not "x"');
  });
});

describe("what is refused, with its place and what to do", () => {
  const full = "take the full package for Linux from Polygon: others lack the generated tests, or have the line ends of Windows";
  test("a package without the files of its tests, and one for Windows", () => {
    expect(refused({}, { "tests/02": null })).toBe(`cannot judge with PKG: tests/02 is missing (${full})`);
    expect(refused({}, { "tests/02.a": null })).toBe(`cannot judge with PKG: tests/02.a is missing (${full})`);
    expect(refused({}, { "tests/01": "1\r\n", "tests/02": "2\r\n" })).toBe(`cannot judge with PKG: its tests have the line ends of Windows (PKG is a package for Windows) (${full})`);
    // A single test may be about such line ends.
    expect(refused({}, { "tests/01": "1\r\n" })).toBe("no error");
  });

  test("no problem.xml, no problem in it, no XML in it", () => {
    expect(refused({}, { "problem.xml": null })).toContain("it has no problem.xml");
    expect(refused({}, { "problem.xml": "<contest/>" })).toBe("PKG/problem.xml:1:1: <contest> is not the <problem> of a package");
    expect(refused({}, { "problem.xml": "<problem>\n<judging>" })).toBe("PKG/problem.xml:2:1: the element <judging> has no end");
  });

  test("no tests, and a number of tests that is not theirs", () => {
    expect(refused({ tests: "<test-count>0</test-count>" })).toContain("there are no tests in it");
    expect(refused({ tests: "<test-count>2</test-count><tests><test/></tests>" })).toContain("judging.testset: has 1 tests, and its <test-count> is 2");
    expect(refused({ tests: "<test-count>99999999999</test-count>" })).toContain("must be at most 1000000");
  });

  test.each([
    [{ limits: "<time-limit>x</time-limit><memory-limit>1</memory-limit>" }, 'judging.testset.time-limit: must be a whole number, not "x"'],
    [{ limits: "<time-limit>0</time-limit><memory-limit>1</memory-limit>" }, "must be at least 1, not 0"],
    [{ limits: "<time-limit>1</time-limit>" }, "judging.testset: has no <memory-limit>"],
    [{ patterns: "<input-path-pattern>tests/%s</input-path-pattern>" }, 'must have one %d, such as tests/%02d, not "tests/%s"'],
    [{ patterns: "<input-path-pattern>%d%d</input-path-pattern>" }, "must have one %d"],
    [{ judging: 'input-file="../x"' }, 'input-file must be the name of a file, not "../x"'],
    [{ assets: "" }, "assets: has no <checker>"],
    [{ assets: '<checker type="other"/>' }, "its type is other, and checkers of testlib can be asked"],
    [{ assets: '<checker><source path="files/no.cpp" type="cpp.g++17"/></checker>' }, "the file files/no.cpp is not in the package"],
    [{ assets: '<checker><source path="s/b.py" type="java11"/></checker>' }, "it is of the type java11, and programs with testlib for C++ can be asked"],
    [{ assets: `${usual.assets}<scorer/>` }, "assets.scorer: a scorer is not supported"],
    [{ assets: `${usual.assets}<solutions><solution tag="main"><source path="s/no.cpp" type="cpp.g++17"/></solution></solutions>` }, "the file s/no.cpp is not in the package"],
    [{ resources: '<file path="files/no.h"/>' }, "files.resources.file: the file files/no.h is not in the package"],
    [{ tests: '<test-count>2</test-count><tests><test points="-1"/><test/></tests>' }, 'points must be a number from 0 on, not "-1"'],
    [{ judging: 'input-file="a"', assets: `${usual.assets}<interactor><source path="s/a.cpp" type="cpp.g++17"/></interactor>` }, "an interactive problem has no input-file"],
    [{ assets: '<checker><source path="../check.cpp" type="cpp.g++17"/></checker>' }, "it is outside of the package"],
    [{ patterns: "<input-path-pattern>../%d</input-path-pattern><answer-path-pattern>tests/%02d.a</answer-path-pattern>" }, "it is outside of the package"],
  ] as const)("%j", (parts, message) => {
    expect(refused(parts)).toContain(message);
  });

  test("a link out of the package", () => {
    expect(refused({}, { "tests/02": "->/etc/passwd" })).toContain("it leads out of the package, to /etc/passwd");
  });
});

describe("what is reported and read all the same", () => {
  test("misspelled keys, with the nearest one", () => {
    const { warnings } = read({ tests: '<test-count>2</test-count><tests><test gruop="1"/><test/></tests>' });
    expect(warnings[0]).toContain("judging.testset.tests.test: unknown attribute gruop, which is ignored: did you mean 'group'?");
  });

  test("unknown tags: nothing is expected then", () => {
    const { submissions, warnings } = read({ assets: solutions(["acepted", "cpp.g++17"]) });
    expect([submissions[0]!.expected, warnings[0]!.slice(warnings[0]!.indexOf("unknown"))]).toEqual([null, "unknown tag acepted, which is ignored: did you mean 'accepted'?"]);
  });
});

test("a description of many tests is read before their files are looked for", () => {
  const number = 20_000;
  const tests = `<test-count>${number}</test-count><tests>${'<test method="generated" cmd="gen 1" group="1" points="0.0"/>'.repeat(number)}</tests>`;
  expect(refused({ tests, patterns: usual.patterns.replaceAll("%02d", "%06d") })).toContain("cannot judge with PKG: tests/000001 is missing");
});
