// What a package expects of a submission, against what was decided about it.
import { describe, expect, test } from "bun:test";
import { decide } from "../../../../src/judge/decide/decide.ts";
import { expectedOnTests, judgeExpectation } from "../../../../src/judge/decide/expected.ts";
import type { Expectation } from "../../../../src/judge/expectation.ts";
import type { Format } from "../../../../src/judge/problem.ts";
import type { TestRecord } from "../../../../src/judge/records.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";
import { expectation, problemOf, recordOf } from "./made.ts";

const tests = { sample: { children: { "1": {} } }, secret: { children: { g1: { children: { a: {}, b: {} } }, g2: { children: { a: {}, "b-big": {} } } } } };
const problemIn = (format: Format) => problemOf({ children: tests }, { format, isScoring: false });

function judged(format: Format, expected: Expectation, verdicts: readonly (Verdict | null)[], records: (TestRecord | null)[] = verdicts.map((verdict) => (verdict === null ? null : recordOf(verdict)))) {
  const problem = problemIn(format);
  return judgeExpectation(problem, expected, decide(problem, records, {}), records);
}

const defaults: Record<string, Partial<Expectation>> = {
  accepted: { permitted: ["AC"] },
  rejected: { required: ["RTE", "TLE", "WA"] },
  wrong_answer: { permitted: ["AC", "WA"], required: ["WA"] },
  time_limit_exceeded: { permitted: ["AC", "TLE"], required: ["TLE"] },
  run_time_error: { permitted: ["AC", "RTE"], required: ["RTE"] },
  brute_force: { permitted: ["AC", "RTE", "TLE"], required: ["RTE", "TLE"] },
};

describe("version 2025-09: all tests in `permitted`, one in `required`", () => {
  const rows: [directory: string, verdicts: (Verdict | null)[], asExpected: boolean | null][] = [
    ["accepted", ["AC", "AC", "AC", "AC", "AC"], true],
    ["accepted", ["AC", "AC", "AC", "AC", "WA"], false],
    ["wrong_answer", ["AC", "WA", "AC", "AC", "WA"], true],
    ["wrong_answer", ["AC", "AC", "AC", "AC", "AC"], false],
    ["wrong_answer", ["AC", "WA", "TLE", "AC", "AC"], false],
    ["time_limit_exceeded", ["AC", "TLE", "AC", "AC", "TLE"], true],
    ["time_limit_exceeded", ["AC", "TLE", "AC", "WA", "AC"], false],
    ["run_time_error", ["AC", "RTE", "AC", "AC", "AC"], true],
    ["run_time_error", ["AC", "MLE", "AC", "AC", "AC"], true],
    ["brute_force", ["AC", "AC", "AC", "RTE", "TLE"], true],
    ["brute_force", ["AC", "AC", "AC", "WA", "TLE"], false],
    ["rejected", ["AC", "AC", "AC", "AC", "WA"], true],
    ["rejected", ["AC", "AC", "AC", "AC", "AC"], false],
    // Output without end is what some judge calls each of the three.
    ["time_limit_exceeded", ["AC", "OLE", "AC", "AC", "AC"], true],
    ["run_time_error", ["AC", "OLE", "AC", "AC", "AC"], true],
    ["wrong_answer", ["AC", "OLE", "AC", "AC", "AC"], true],
    ["accepted", ["OLE", "AC", "AC", "AC", "AC"], false],
    // Not all was run: what was seen counts, what was not seen may still come.
    ["wrong_answer", ["AC", "WA", null, null, null], true],
    ["wrong_answer", ["AC", "AC", null, null, null], null],
    ["accepted", ["AC", "WA", null, null, null], false],
    ["accepted", [null, null, null, null, null], null],
    // A fault of the judge says nothing about a submission.
    ["accepted", ["AC", "WA", "JE", "AC", "AC"], null],
  ];
  for (const [directory, verdicts, asExpected] of rows) {
    test(`${directory}, ${verdicts.map((verdict) => verdict ?? "not run").join(" ")}: ${asExpected}`, () => {
      expect(judged("2025-09", expectation(defaults[directory]!), verdicts).asExpected).toBe(asExpected);
    });
  }

  test("a reason names the first test, and how many more there are", () => {
    expect(judged("2025-09", expectation({ ...defaults["accepted"], source: "submissions/accepted" }), ["AC", "WA", "AC", "TLE", "WA"]).reasons).toEqual(["secret/g1/a has WA, and 2 more are like it; submissions/accepted allows AC"]);
    expect(judged("2025-09", expectation({ ...defaults["brute_force"], source: "submissions/brute_force" }), ["AC", "AC", "AC", "AC", "AC"]).reasons).toEqual(["no test has RTE or TLE, which submissions/brute_force requires"]);
  });

  test("a test that its group leaves out for good is not waited for", () => {
    const problem = problemOf({ rule: { stop: true }, children: { a: {}, b: {} } }, { format: "2025-09", isScoring: false });
    const records = [recordOf("WA"), null];
    expect(judgeExpectation(problem, expectation({ required: ["TLE"] }), decide(problem, records, {}), records)).toEqual({ asExpected: false, reasons: ["no test has TLE, which submissions.yaml requires"], notes: [] });
  });
});

describe("parts of the tests", () => {
  const { parts: _, ...words } = expectation({});
  const part = (pattern: string, more: Partial<Expectation>) => expectation({ parts: [{ tests: pattern, expected: { ...words, ...more } }] });
  test("a pattern names groups, or tests in them", () => {
    expect(judged("2025-09", part("secret/g1", { permitted: ["AC"] }), ["WA", "AC", "AC", "WA", "WA"]).asExpected).toBe(true);
    expect(judged("2025-09", part("secret/*/*-big", { required: ["TLE"] }), ["AC", "AC", "AC", "AC", "TLE"]).asExpected).toBe(true);
    expect(judged("2025-09", part("{sample,secret/g2}", { permitted: ["AC"] }), ["AC", "WA", "WA", "AC", "TLE"]).reasons).toEqual(["{sample,secret/g2}: secret/g2/b-big has TLE; submissions.yaml allows AC"]);
  });
  test("the empty pattern is for all tests", () => {
    expect(judged("2025-09", part("", { permitted: ["AC"] }), ["WA", "AC", "AC", "AC", "AC"]).asExpected).toBe(false);
  });
  test("a pattern that names nothing is a mistake in the package", () => {
    const about = (more: Partial<Expectation>) => judged("2025-09", part("secret/g9", more), ["AC", "AC", "AC", "AC", "AC"]);
    expect(about({ required: ["WA"] })).toEqual({ asExpected: false, reasons: ["secret/g9: no test and no group has such a name (submissions.yaml)"], notes: [] });
    // What all of none have says nothing.
    expect(about({ permitted: ["AC"] })).toMatchObject({ asExpected: true, notes: ["secret/g9: no test and no group has such a name (submissions.yaml)"] });
  });
  test("what each test may have is told by itself", () => {
    const expected = { ...part("secret/g1", { permitted: ["AC"] }), permitted: ["AC", "WA"] as const };
    expect([1, 3].map((number) => expectedOnTests(problemIn("2025-09"), expected)(number, "WA"))).toEqual([false, true]);
    expect(expectedOnTests(problemIn("kattis"), expectation({ about: "overall", permitted: ["WA"] }))(1, "AC")).toBeNull();
  });
  test("a group is meant with its tests, also where these do not have its name in theirs", () => {
    const problem = problemOf({ children: { first: { children: { a: {} } }, second: { children: { b: {} } } } }, { format: "polygon", isScoring: false });
    const renamed = { ...problem, tests: problem.tests.map((one, number) => ({ ...one, name: `tests/0${number + 1}` })) };
    const expected = { ...part("second", { about: "overall", permitted: ["TLE"] }) };
    const records = [recordOf("WA"), recordOf("TLE")];
    expect(judgeExpectation(renamed, expected, decide(renamed, records, {}), records)).toEqual({ asExpected: true, reasons: [], notes: [] });
  });
});

describe("the legacy format: the verdict of the submission", () => {
  const overall = (...permitted: Verdict[]) => expectation({ about: "overall", permitted, source: "its directory" });
  const rows: [permitted: Verdict[], verdicts: (Verdict | null)[], asExpected: boolean | null, notes: number][] = [
    [["AC"], ["AC", "AC", "AC", "AC", "AC"], true, 0],
    [["WA"], ["AC", "WA", "AC", "AC", "AC"], true, 0],
    [["AC"], ["AC", "WA", "AC", "AC", "AC"], false, 0],
    [["TLE"], ["AC", "TLE", "WA", "AC", "AC"], true, 0],
    // Also wrong, before it is too slow: some judges say no.
    [["TLE"], ["AC", "WA", "TLE", "AC", "AC"], true, 1],
    [["TLE"], ["AC", "RTE", "TLE", "AC", "AC"], false, 0],
    [["RTE"], ["AC", "WA", "TLE", "AC", "RTE"], true, 1],
    [["RTE"], ["AC", "MLE", "AC", "AC", "AC"], true, 0],
    [["WA"], ["AC", "WA", "TLE", "AC", "AC"], true, 1],
    [["WA"], ["AC", "TLE", "WA", "AC", "AC"], false, 0],
    [["WA"], ["AC", "OLE", "AC", "AC", "AC"], true, 0],
    [["AC"], ["AC", null, "AC", "AC", "AC"], null, 0],
  ];
  for (const [permitted, verdicts, asExpected, notes] of rows) {
    test(`${permitted.join()}, ${verdicts.map((verdict) => verdict ?? "not run").join(" ")}: ${asExpected}${notes > 0 ? ", with a note" : ""}`, () => {
      const judgement = judged("kattis", overall(...permitted), verdicts);
      expect([judgement.asExpected, judgement.notes.length]).toEqual([asExpected, notes]);
    });
  }
  test("DOMjudge compares the verdict alone", () => {
    expect(judged("domjudge", overall("TLE"), ["AC", "WA", "TLE", "AC", "AC"]).reasons).toEqual(["the verdict is WA; its directory says TLE"]);
    expect(judged("domjudge", overall("TLE", "WA"), ["AC", "WA", "TLE", "AC", "AC"]).asExpected).toBe(true);
    expect(judged("domjudge", overall("RTE"), ["AC", "MLE", "AC", "AC", "AC"]).asExpected).toBe(true);
  });
  test("formats that know MLE mean what they say", () => {
    expect(judged("polygon", overall("RTE"), ["AC", "MLE", "AC", "AC", "AC"]).asExpected).toBe(false);
    expect(judged("polygon", overall("MLE"), ["AC", "MLE", "AC", "AC", "AC"]).asExpected).toBe(true);
  });
  test("what does not compile is as expected only where that is expected", () => {
    const problem = problemIn("domjudge");
    const decision = { ...decide(problem, problem.tests.map(() => null), {}), verdict: "CE" as const };
    const of = (permitted: Verdict[]) => judgeExpectation(problem, overall(...permitted), decision, []);
    expect(of(["CE"]).asExpected).toBe(true);
    expect(of(["WA"])).toEqual({ asExpected: false, reasons: ["it does not compile (its directory)"], notes: [] });
  });
});

describe("scores and messages", () => {
  const rule = { score: "sum", testScore: { kind: "points", accept: 10, reject: 0 } } as const;
  const problem = problemOf({ rule: { score: "sum" }, children: { g1: { rule, children: { a: {}, b: {} } }, g2: { rule, children: { a: {} } } } }, { format: "2025-09" });
  const { parts: _, ...words } = expectation({});
  const of = (expected: Partial<Expectation>, verdicts: (Verdict | null)[], message: string | null = null) => {
    const records = verdicts.map((verdict) => (verdict === null ? null : recordOf(verdict, { message })));
    return judgeExpectation(problem, expectation(expected), decide(problem, records, {}), records);
  };
  test("a score is in a range, ends included", () => {
    expect(of({ score: [20, 30] }, ["AC", "WA", "AC"]).asExpected).toBe(true);
    expect(of({ score: [30, 30] }, ["AC", "WA", "AC"]).reasons).toEqual(["the score is 20; submissions.yaml says 30"]);
    expect(of({ score: [0, 10] }, ["AC", "WA", "AC"]).reasons).toEqual(["the score is 20; submissions.yaml says 0 to 10"]);
  });
  test("a part's score is that of its group", () => {
    const part = (tests: string, score: [number, number]) => of({ parts: [{ tests, expected: { ...words, score } }] }, ["AC", "WA", "AC"]);
    expect(part("g1", [10, 10]).asExpected).toBe(true);
    expect(part("g*", [20, 20]).reasons).toEqual(["g*: the score of g1 is 10; submissions.yaml says 20", "g*: the score of g2 is 10; submissions.yaml says 20"]);
  });
  test("what is not run can only add to a score", () => {
    expect(of({ score: [20, 30] }, ["AC", null, null]).asExpected).toBeNull();
    expect(of({ score: [0, 5] }, ["AC", null, null]).asExpected).toBe(false);
  });
  test("a message is part of what some checker said, in the same case", () => {
    expect(of({ message: "too long" }, ["WA", "AC", "AC"], "the path is too long here").asExpected).toBe(true);
    expect(of({ message: "Too long" }, ["WA", "AC", "AC"], "the path is too long here").reasons).toEqual(['no checker said "Too long", which submissions.yaml expects']);
  });
});
