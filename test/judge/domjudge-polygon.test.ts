// Packages of DOMjudge and Polygon from beginning to end: each submission that comes with them has the verdict and the score that it is there for.
import { expect } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openState, type State } from "../helpers/binary.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/g++"), executable("/usr/bin/python3"));
const fixtures = join(import.meta.dir, "../fixtures/problems");

interface Document {
  readonly problem: string;
  readonly format: string;
  readonly submissions: readonly {
    readonly path: string;
    readonly verdict: string | null;
    readonly as_expected: boolean | null;
    readonly score: number | null;
    readonly max_score: number | null;
    readonly groups: readonly { readonly name: string; readonly verdict: string | null; readonly score: number | null }[];
    readonly tests: readonly { readonly name: string; readonly verdict: string | null; readonly passes: readonly unknown[]; readonly checker: { readonly message: string | null } | null }[];
  }[];
}

async function judge(state: State, problem: string, ...more: string[]): Promise<{ readonly exitCode: number | null; readonly document: Document; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await state.mini(["judge", problem, ...more, "--json"]);
  if (stdout === "") throw new Error(stderr);
  return { exitCode, document: JSON.parse(stdout) as Document, stderr };
}

/** Quicker than the whole: CPython in place of PyPy, no second look at what ran out of time. */
const quick = ["--pack", "codeforces", "--rerun-close", "0%"];
/** Where only verdicts count. */
const first = [...quick, "--until", "first-error"];

/** Of the submissions that come with a package: verdict and score by their paths below `submissions/` or `solutions/`. All are as expected. */
async function verdictsOf(name: string, flags: readonly string[]): Promise<Readonly<Record<string, string>>> {
  await using state = openState();
  const { exitCode, document } = await judge(state, join(fixtures, name), "--submissions", ...flags);
  expect(document.submissions.filter(({ as_expected: asExpected }) => asExpected === false)).toEqual([]);
  expect(exitCode).toBe(0);
  return Object.fromEntries(document.submissions.map(({ path, verdict, score }) => [path.replace(/^(submissions|solutions)\//, ""), `${verdict}${score === null ? "" : ` ${score}`}`]));
}

claim("DOMjudge: a problem with the default validator, and submissions of every directory", async () => {
  expect(await verdictsOf("domjudge-double", first)).toEqual({
    "accepted/double.c++": "AC", "accepted/double.py": "AC", "accepted/two-files": "AC", "check_manually/guess.py": "WA", "compiler_error/unfinished.c": "CE", "mixed/small.py": "RTE",
    "no_output/silent.py": "WA", "output_limit/chatter.py": "OLE", "run_time_error/crash.py": "RTE", "time_limit_exceeded/endless.py": "TLE", "wrong_answer/same.py": "WA",
  });
});

claim("DOMjudge: scores of groups by its own rules", async () => {
  expect(await verdictsOf("domjudge-scores", quick)).toEqual({ "accepted/all.py": "AC 100", "partial/one.py": "WA 0", "partial/positive.py": "WA 50", "partial/small.py": "WA 85", "wrong_answer/none.py": "WA 0" });
});

claim("DOMjudge: scores of a validator, which gets the flags of the group", async () => {
  expect(await verdictsOf("domjudge-part", [])).toEqual({ "accepted/exact.py": "AC 95", "partial/near.py": "WA 88", "wrong_answer/above.py": "WA 0" });
});

claim("DOMjudge: the same package has another score by the rules of Kattis", async () => {
  await using state = openState();
  const problem = join(fixtures, "domjudge-scores");
  const scoreAs = async (format: string) => (await judge(state, problem, join(problem, "submissions/accepted/all.py"), "--format", format, ...quick)).document.submissions[0]!.score;
  expect(await scoreAs("domjudge")).toBe(100);
  // The sample is worth 1 there, small has 20 for each of its tests.
  expect(await scoreAs("kattis")).toBe(1 + 2 * 20 + (15 + 30 + 45) / 3 + 50);
});

claim("DOMjudge: several passes, and an interactive problem", async () => {
  expect(await verdictsOf("domjudge-twice", first)).toEqual({ "accepted/backwards.py": "AC", "run_time_error/second.py": "RTE", "wrong_answer/lost.py": "WA", "wrong_answer/open.py": "WA" });
  expect(await verdictsOf("domjudge-guess", first)).toEqual({ "accepted/halves.py": "AC", "run_time_error/crash.py": "RTE", "time_limit_exceeded/loops.py": "TLE", "wrong_answer/counts.py": "WA" });
});

claim("DOMjudge: a submission with two tags of a kind is a judge error, and others are judged", async () => {
  await using state = openState();
  const problem = join(state.scratch, "problem");
  cpSync(join(fixtures, "domjudge-scores"), problem, { recursive: true, filter: (path) => !path.endsWith("/partial") });
  writeFileSync(join(problem, "submissions/wrong_answer/none.py"), "# @EXPECTED_SCORE@: 0\n# @EXPECTED_SCORE@: 1\nprint()\n");
  const { exitCode, document } = await judge(state, problem, "--submissions", ...first);
  expect(document.submissions.map(({ path, verdict }) => [path.slice("submissions/".length), verdict])).toEqual([["accepted/all.py", "AC"], ["wrong_answer/none.py", "JE"]]);
  expect(exitCode).toBe(5);
});

claim("Polygon: a built-in checker, and solutions of every tag", async () => {
  expect(await verdictsOf("polygon-sum", first)).toEqual({
    "main.py": "AC", "fast.cpp": "AC", "wrong.py": "WA", "words.py": "WA", "endless.py": "TLE", "greedy.py": "MLE", "slow.py": "AC", "silent.py": "WA", "crash.py": "RTE",
  });
});

claim("Polygon: groups, points, files in place of streams, a grader, a checker that gives percent", async () => {
  await using state = openState();
  const { exitCode, document } = await judge(state, join(fixtures, "polygon-groups"), "--submissions");
  const half = document.submissions.find(({ path }) => path.endsWith("half.cpp"))!;
  expect(half.groups.filter(({ name }) => name !== "").map(({ name, verdict, score }) => [name, verdict, score])).toEqual([["samples", "AC", 0], ["small", "AC", 30], ["each", "WA", 20], ["worst", "WA", 20]]);
  expect(document.submissions.map(({ path, verdict, score, max_score: most, as_expected: asExpected }) => [path.slice("solutions/".length), verdict, score, most, asExpected])).toEqual([
    ["exact.cpp", "AC", 100, 100, true], ["half.cpp", "WA", 70, 100, true], ["zero.cpp", "WA", 0, 100, true],
  ]);
  expect([exitCode, document.problem, document.format]).toEqual([0, "Near enough", "polygon"]);
});

claim("Polygon: an interactor, and a checker that reads what it wrote", async () => {
  expect(await verdictsOf("polygon-guess", first)).toEqual({ "halves.py": "AC", "counts.py": "WA", "crash.py": "RTE", "loops.py": "TLE" });
});

claim("Polygon: each test run twice, with the checker's output, or the interactor's of the first run or of both", async () => {
  expect(await verdictsOf("polygon-twice", first)).toEqual({ "back.py": "AC", "first.py": "WA", "second.py": "RTE" });
  expect(await verdictsOf("polygon-talk-once", first)).toEqual({ "adds.py": "AC", "keeps.py": "WA", "second.py": "RTE" });
  expect(await verdictsOf("polygon-talk-twice", first)).toEqual({ "adds.py": "AC", "keeps.py": "WA", "second.py": "RTE" });
});

claim("Polygon: a package that is not a full one is refused, with what to do", async () => {
  await using state = openState();
  const problem = join(state.scratch, "problem");
  cpSync(join(fixtures, "polygon-sum"), problem, { recursive: true, filter: (path) => !path.endsWith("/02.a") });
  const { exitCode, stderr } = await state.mini(["judge", problem]);
  expect(stderr).toContain(`cannot judge with ${problem}: tests/02.a is missing\n`);
  expect(stderr).toContain("take the full package for Linux from Polygon");
  expect(exitCode).toBe(64);
});
