// Scores, worked by hand: for each format what its judges say.
import { describe, expect, test } from "bun:test";
import { decide } from "../../../../src/judge/decide/decide.ts";
import type { Decision } from "../../../../src/judge/decide/decision.ts";
import type { Problem, Rule } from "../../../../src/judge/problem.ts";
import type { CheckRecord, TestRecord } from "../../../../src/judge/records.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";
import { problemOf, recordOf, type Made } from "./made.ts";

/** A verdict, or a verdict and what the checker said about the score; null: not run. */
type Outcome = Verdict | [Verdict, Partial<CheckRecord>] | null;

const records = (outcomes: readonly Outcome[]): (TestRecord | null)[] => outcomes.map((outcome) => (outcome === null ? null : typeof outcome === "string" ? recordOf(outcome) : recordOf(...outcome)));
const decided = (problem: Problem, outcomes: readonly Outcome[]): Decision => decide(problem, records(outcomes), {});
const scoresOf = ({ groups }: Decision) => Object.fromEntries(groups.map(({ name, score }) => [name, score]));
const tests = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, number) => [String(number + 1), {}]));
const program: Problem["checker"] = { kind: "program", protocol: "kattis", program: { path: "/check", language: null, added: [], packs: [] }, scale: 1 };

describe("the legacy format of Kattis", () => {
  const points = (accept: number, reject = 0) => ({ testScore: { kind: "points", accept, reject } }) as const;
  const oddEcho = (how: Partial<Rule>) => problemOf({
    rule: { ignoreSamples: true, score: "sum", verdict: "worst" },
    children: {
      sample: { rule: { score: "sum", stop: true, ...points(1) }, children: tests(1) },
      secret: { rule: { verdict: "first", acceptIfAny: true, score: "sum" }, children: {
        subtask1: { rule: { stop: true, ...points(50), ...how }, children: tests(3) },
        subtask2: { rule: { stop: true, ...points(50), ...how }, children: tests(3) },
      } },
    },
  }, { format: "kattis" });

  test("accepted in any group is accepted, and a group that failed adds its least score", () => {
    const decision = decided(oddEcho({ score: "min" }), ["AC", "AC", "AC", "AC", "AC", "WA", null]);
    expect(decision).toMatchObject({ verdict: "AC", score: 50, maxScore: 100, judgeErrors: [] });
    expect(scoresOf(decision)).toEqual({ sample: 1, secret: 50, "secret/subtask1": 50, "secret/subtask2": 0 });
  });
  test("with a sum, what came before the failure counts though the group failed", () => {
    expect(scoresOf(decided(oddEcho({ score: "sum" }), ["AC", "AC", "AC", "AC", "AC", "WA", null]))["secret/subtask2"]).toBe(50);
  });
  test("nothing accepted: the first failure, and no score", () => {
    expect(decided(oddEcho({ score: "min" }), ["AC", "TLE", null, null, "WA", null, null])).toMatchObject({ verdict: "TLE", score: 0 });
  });
  test("what failed later than the end of its group does not count, though it was run", () => {
    expect(decided(oddEcho({ score: "sum" }), ["AC", "AC", "WA", "RTE", "AC", "AC", "AC"])).toMatchObject({ verdict: "AC", score: 200 });
  });
  test("the score of an output that is wrong is not looked at", () => {
    const problem = problemOf({ rule: { score: "sum", ...points(1) }, children: tests(2) }, { format: "kattis", checker: program });
    expect(decided(problem, [["AC", { points: 7.5 }], ["WA", { points: 3 }]]).score).toBe(7.5);
  });
  test("a score outside of the range of its group is a judge error, but not before all is known", () => {
    const problem = problemOf({ rule: { score: "sum", range: [10, 20], ...points(6) }, children: tests(2) }, { format: "kattis" });
    expect(decided(problem, ["AC", null])).toMatchObject({ verdict: null, score: 6, judgeErrors: [] });
    expect(decided(problem, ["AC", "AC"])).toMatchObject({ verdict: "AC", score: 12, maxScore: 20, judgeErrors: [] });
    expect(decided(problem, ["AC", "WA"])).toMatchObject({ verdict: "JE", judgeErrors: ["the problem has a score of 6, outside of its range 10 to 20"] });
  });
  test("what the format calls infinite is no bound", () => {
    const problem = problemOf({ rule: { score: "sum", range: [-Number.MAX_VALUE, Number.MAX_VALUE], ...points(6) }, children: tests(2) }, { format: "kattis" });
    expect(decided(problem, ["AC", "AC"])).toMatchObject({ score: 12, maxScore: 12, judgeErrors: [] });
  });
  test("avg, min and max of the tests that count", () => {
    const problem = (score: Rule["score"]) => problemOf({ rule: { score, verdict: "worst", ...points(30) }, children: tests(3) }, { format: "kattis", checker: program });
    const outcomes: Outcome[] = [["AC", { points: 15 }], "AC", "WA"];
    expect((["sum", "avg", "min", "max"] as const).map((how) => decided(problem(how), outcomes).score)).toEqual([45, 15, 0, 30]);
  });
});

describe("the same package by the rules of Kattis and of DOMjudge", () => {
  // Groups of 2, 2 and 2 tests whose score is 10, 20 and 30 when accepted, and one sample.
  const addOne = (isDomjudge: boolean) => {
    const group = (accept: number) => ({ rule: { score: "sum", testScore: { kind: "points", accept, reject: 0 }, scoreIsOfGroup: isDomjudge }, children: tests(2) }) as const;
    return problemOf({ rule: { score: "sum" }, children: {
      sample: { rule: isDomjudge ? { score: "none" } : { score: "sum", testScore: { kind: "points", accept: 1, reject: 0 } }, children: tests(1) },
      secret: { rule: { score: "sum" }, children: { "1": group(10), "2": group(20), "3": group(30) } },
    } }, { format: isDomjudge ? "domjudge" : "kattis" });
  };
  const all: Outcome[] = ["AC", "AC", "AC", "AC", "AC", "AC", "AC"];
  test("121 where each test has the score, 60 where each group has", () => {
    expect([decided(addOne(false), all), decided(addOne(true), all)]).toMatchObject([{ score: 121, maxScore: 121 }, { score: 60, maxScore: 60 }]);
  });
  test("DOMjudge: a group that is not accepted has its other score", () => {
    expect(scoresOf(decided(addOne(true), ["AC", "AC", "WA", "AC", "AC", "AC", "AC"]))).toMatchObject({ "secret/1": 0, "secret/2": 20, "secret/3": 30 });
  });
  test("DOMjudge: a score of any test puts the score of the group out of use", () => {
    expect(scoresOf(decided({ ...addOne(true), checker: program }, ["AC", ["AC", { points: 4 }], "AC", "AC", ["WA", { points: 3 }], "AC", "AC"]))).toMatchObject({ "secret/1": 4, "secret/2": 3, "secret/3": 30 });
  });
  test("basic 20, avg of 15, 30 and 0, min of 50, 50 and 50: 85, the largest sum", () => {
    const problem = problemOf({ rule: { score: "sum" }, children: {
      basic: { rule: { score: "sum", testScore: { kind: "points", accept: 20, reject: 0 }, scoreIsOfGroup: true }, children: tests(2) },
      avg: { rule: { score: "avg", verdict: "worst", testScore: { kind: "points", accept: 0, reject: 0 }, scoreIsOfGroup: true }, children: tests(3) },
      min: { rule: { score: "min", testScore: { kind: "points", accept: 0, reject: 0 }, scoreIsOfGroup: true }, children: tests(3) },
    } }, { format: "domjudge", checker: program });
    const given = (points: number): Outcome => ["AC", { points }];
    expect(decided(problem, ["AC", "AC", given(15), given(30), ["WA", { points: 0 }], given(50), given(50), given(50)]).score).toBe(85);
    expect(scoresOf(decided(problem, ["AC", "AC", given(15), given(30), given(0), given(50), given(50), given(0)]))).toEqual({ basic: 20, avg: 15, min: 0 });
  });
});

describe("version 2025-09", () => {
  const sum = (points: number, more: Partial<Rule> = {}): Partial<Rule> => ({ score: "sum", testScore: { kind: "fraction", of: "equal-part" }, points, range: [0, points], checkerScore: "strict", ...more });
  const min = (points: number): Partial<Rule> => ({ score: "min", testScore: { kind: "fraction", of: 1 }, points, range: [0, points], checkerScore: "strict" });
  const problem = (secret: Made["children"]) => problemOf({ rule: { score: "sum" }, children: { sample: { children: tests(1) }, secret: { rule: { score: "sum", points: 100, range: [0, 100] }, children: secret } } }, { format: "2025-09", checker: program });
  const groups = problem({ g1: { rule: min(30), children: tests(2) }, g2: { rule: sum(70), children: tests(4) } });

  const rows: [what: string, outcomes: Outcome[], g1: number, g2: number][] = [
    ["all", ["AC", "AC", "AC", "AC", "AC", "AC", "AC"], 30, 70],
    ["three of four, 17.5 each", ["AC", "AC", "AC", "AC", "AC", "AC", "WA"], 30, 52.5],
    ["a part of one of them", ["AC", "AC", "AC", "AC", "AC", ["AC", { fraction: 0.6 }], "TLE"], 30, 45.5],
    ["points in place of a part", ["AC", "AC", "AC", "AC", "AC", ["AC", { points: 10.5 }], "TLE"], 30, 45.5],
    ["the least of a group", ["AC", ["AC", { fraction: 0.5 }], "AC", "AC", "AC", "AC", "AC"], 15, 70],
    ["the least of a group, as points", ["AC", ["AC", { points: 12 }], "AC", "AC", "AC", "AC", "AC"], 12, 70],
    ["a failed test has nothing", ["AC", "RTE", "AC", "WA", "WA", "WA", "WA"], 0, 0],
  ];
  for (const [what, outcomes, g1, g2] of rows) {
    test(`${what}: ${g1} and ${g2}`, () => {
      const decision = decided(groups, outcomes);
      expect([scoresOf(decision)["secret/g1"], scoresOf(decision)["secret/g2"], decision.score, decision.maxScore, decision.judgeErrors]).toEqual([g1, g2, g1 + g2, 100, []]);
    });
  }
  test("each test says what it gave", () => {
    expect(decided(groups, ["AC", "AC", ["AC", { fraction: 0.5 }], "AC", "AC", ["AC", { fraction: 0.6 }], "TLE"]).tests.map((one) => one?.score)).toEqual([null, 30, 15, 17.5, 17.5, 10.5, 0]);
  });
  test("a static test takes its points from the others: 15 each", () => {
    const decision = decided(problem({ g1: { rule: min(30), children: tests(1) }, g2: { rule: sum(70, { extraPoints: 10 }), children: tests(4) } }), ["AC", "AC", "AC", "AC", "AC", "WA"]);
    expect(scoresOf(decision)["secret/g2"]).toBe(55);
  });
  test("all or nothing", () => {
    const passFail = problem({ g: { rule: { score: "pass-fail", points: 40, range: [0, 40], checkerScore: "forbidden" }, children: tests(2) } });
    expect([decided(passFail, ["AC", "AC", "AC"]).score, decided(passFail, ["AC", "AC", "WA"]).score]).toEqual([40, 0]);
    expect(decided(passFail, ["AC", ["AC", { points: 3 }], "AC"])).toMatchObject({ verdict: "JE", judgeErrors: ["secret/g/1: the checker gave a score in a group that has none"] });
  });
  test("a group that needs another one which failed was not run and has nothing, as has what needs it in turn", () => {
    const needing = problem({ a: { rule: { score: "pass-fail", points: 20 }, children: tests(1) }, b: { rule: { score: "pass-fail", points: 30, requires: ["sample"] }, children: tests(1) }, c: { rule: sum(50, { requires: ["secret/b"] }), children: tests(2) } });
    expect(scoresOf(decided(needing, ["WA", "AC", null, null, null]))).toMatchObject({ "secret/a": 20, "secret/b": 0, "secret/c": 0 });
    // Run all the same, as nobody knew yet that it need not be.
    expect(scoresOf(decided(needing, ["WA", "AC", "AC", "AC", "AC"]))).toMatchObject({ "secret/b": 0, "secret/c": 0 });
    expect(scoresOf(decided(needing, ["AC", "AC", "AC", "AC", "WA"]))).toMatchObject({ "secret/b": 30, "secret/c": 25 });
  });
  test("what a group needs may come after it, but not need it in turn", () => {
    const later = problem({ a: { rule: sum(50, { requires: ["secret/b"] }), children: tests(1) }, b: { rule: { score: "pass-fail", points: 50 }, children: tests(1) } });
    expect(scoresOf(decided(later, ["AC", "AC", "WA"]))).toMatchObject({ "secret/a": 0 });
    expect(scoresOf(decided(later, ["AC", "AC", "AC"]))).toMatchObject({ "secret/a": 50 });
    const round = problem({ a: { rule: sum(50, { requires: ["secret/b"] }), children: tests(1) }, b: { rule: sum(50, { requires: ["secret/a"] }), children: tests(1) } });
    expect(decided(round, ["AC", "AC", "AC"]).verdict).toBe("JE");
  });
  const mistakes: [what: string, outcome: Outcome, message: string][] = [
    ["a score of a rejected test", ["WA", { points: 1 }], "the checker gave a score to an output that it did not accept"],
    ["a part for a rejected test", ["WA", { fraction: 0 }], "the checker gave a score to an output that it did not accept"],
    ["both files", ["AC", { points: 1, fraction: 1 }], "the checker gave both a score and a part of the full score"],
    ["less than nothing", ["AC", { points: -1 }], "the checker gave a score of -1, and the test has 17.5 at most"],
    ["more than the test has", ["AC", { points: 18 }], "the checker gave a score of 18, and the test has 17.5 at most"],
    ["more than the whole", ["AC", { fraction: 1.5 }], "the checker gave 1.5 times the full score"],
  ];
  for (const [what, outcome, message] of mistakes) {
    test(`${what} is a judge error`, () => {
      const decision = decided(groups, ["AC", "AC", "AC", outcome, "AC", "AC", "AC"]);
      expect([decision.verdict, decision.judgeErrors]).toContainEqual("JE");
      expect(decision.judgeErrors).toContain(`secret/g2/1: ${message}`);
    });
  }
  test("a group without a bound needs a score for each accepted test, and no part", () => {
    const unbounded = problemOf({ rule: { score: "sum" }, children: { g: { rule: { score: "sum", testScore: { kind: "points", accept: 0, reject: 0 }, checkerScore: "required" }, children: tests(2) } } }, { format: "2025-09", checker: program });
    expect(decided(unbounded, [["AC", { points: 1234.5 }], "WA"])).toMatchObject({ score: 1234.5, maxScore: null, judgeErrors: [] });
    expect(decided(unbounded, [["AC", { points: 1 }], "AC"]).judgeErrors).toEqual(["g/2: the checker gave no score"]);
    expect(decided(unbounded, [["AC", { points: 1, fraction: 1 }], "WA"]).judgeErrors).toHaveLength(1);
    expect(decided(unbounded, [["AC", { fraction: 1 }], "WA"]).judgeErrors).toEqual(["g/1: the checker gave no score"]);
  });
  test("a third of a score is no mistake", () => {
    const thirds = problem({ g: { rule: sum(100), children: tests(3) } });
    expect(decided(thirds, ["AC", ["AC", { points: 33.3333333334 }], "AC", "AC"])).toMatchObject({ score: 100, judgeErrors: [] });
  });
});

describe("CMS", () => {
  const group = (score: Rule["score"], points: number, count: number, threshold: number | null = null, round: Rule["round"] = 0) => ({ rule: { score, points, threshold, round, testScore: { kind: "fraction", of: 1 } as const }, children: tests(count) });
  const of = (...groups: Made[]) => problemOf({ rule: { score: "sum", round: 0 }, children: Object.fromEntries(groups.map((made, number) => [`subtask${number}`, made])) }, { format: "cms", checker: { ...program, protocol: "cms" } });
  const outcome = (fraction: number): Outcome => [fraction > 0 ? "AC" : "WA", { fraction }];

  test("GroupMin: 40 times 0.5, and 60", () => {
    const decision = decided(of(group("min", 40, 2), group("min", 60, 3)), [1, 0.5, 1, 1, 1].map(outcome));
    expect([decision.score, decision.maxScore, scoresOf(decision)]).toEqual([80, 100, { subtask0: 20, subtask1: 60 }]);
  });
  test("GroupMul: 0.5 times 0.5", () => {
    expect(decided(of(group("product", 100, 2)), [0.5, 0.5].map(outcome))).toMatchObject({ score: 25, maxScore: 100 });
  });
  test("GroupThreshold: above 0 and not above the threshold", () => {
    const got = (...outcomes: number[]) => {
      const { score, verdict } = decided(of(group("threshold", 100, 2, 10)), outcomes.map(outcome));
      return `${verdict} ${score}`;
    };
    expect([got(7, 0), got(7, 10), got(7, 10.5), got(0.1, 3)]).toEqual(["WA 0", "AC 100", "WA 0", "AC 100"]);
    // What the checker calls half of the points is within the threshold; what did not end is not.
    expect(decided(of(group("threshold", 100, 2, 10)), [["WA", { fraction: 0.5 }], outcome(1)])).toMatchObject({ verdict: "AC", score: 100 });
    expect(decided(of(group("threshold", 100, 2, 10)), [outcome(1), "TLE"])).toMatchObject({ verdict: "TLE", score: 0 });
  });
  test("Sum: 17.5 times 5", () => {
    const problem = problemOf({ rule: { score: "sum", round: 2, testScore: { kind: "fraction", of: "test-points" } }, children: Object.fromEntries(Array.from({ length: 20 }, (_, number) => [String(number), { points: 5 }])) }, { format: "cms" });
    expect(decided(problem, Array.from({ length: 20 }, (_, number) => outcome(number < 17 ? 1 : number === 17 ? 0.5 : 0)))).toMatchObject({ score: 87.5, maxScore: 100 });
  });
  test("subtasks are rounded before they are added, halves to the even neighbour", () => {
    const decision = decided(of(group("min", 33.3, 1), group("min", 33.3, 1), group("min", 33.3, 1)), [1, 1, 1].map(outcome));
    expect([decision.score, scoresOf(decision)]).toEqual([99, { subtask0: 33, subtask1: 33, subtask2: 33 }]);
    expect([0.5, 1.5, 2.5].map((points) => decided(of(group("min", points, 1)), [outcome(1)]).score)).toEqual([0, 2, 2]);
    expect(decided(of(group("min", 12.345, 1, null, 2)), [outcome(1)]).groups[0]!.score).toBe(12.34);
  });
  test("tests that are in no subtask count for nothing", () => {
    const problem = of(group("min", 100, 1), { rule: { verdict: "accept" }, children: tests(1) });
    expect(decided(problem, [outcome(1), "WA"])).toMatchObject({ verdict: "AC", score: 100, maxScore: 100 });
  });
});

describe("Hydro", () => {
  const rule = (score: Rule["score"], points: number | null, more: Partial<Rule> = {}): Partial<Rule> => ({ verdict: "worst", score, points, testScore: { kind: "fraction", of: "test-points", floor: true }, ...more });
  const part = (fraction: number): Outcome => ["WA", { fraction }];
  test("points are whole: half of 33 is 16", () => {
    const problem = problemOf({ rule: rule("sum", null), children: { "1": { points: 33 }, "2": { points: 33 }, "3": { points: 34 } } }, { format: "hydro" });
    expect(decided(problem, ["AC", part(0.5), "WA"])).toMatchObject({ score: 49, maxScore: 100 });
  });
  test("min ends at nothing, max at all there is", () => {
    const subtasks = problemOf({ rule: { score: "sum", verdict: "worst" }, children: {
      "1": { rule: rule("min", 40, { stopAt: "zero" }), children: { a: { points: 40 }, b: { points: 40 }, c: { points: 40 } } },
      "2": { rule: rule("max", 60, { stopAt: "full" }), children: { a: { points: 60 }, b: { points: 60 }, c: { points: 60 } } },
    } }, { format: "hydro" });
    expect(scoresOf(decided(subtasks, ["AC", part(0.5), "AC", part(0.25), "AC", null]))).toEqual({ "1": 20, "2": 60 });
    expect(scoresOf(decided(subtasks, ["AC", "WA", null, part(0.25), part(0.5), "WA"]))).toEqual({ "1": 0, "2": 30 });
  });
  test("a subtask that needs one which failed has nothing", () => {
    const problem = problemOf({ rule: { score: "sum", verdict: "worst" }, children: {
      "1": { rule: rule("min", 40), children: { a: { points: 40 } } },
      "2": { rule: rule("min", 60, { requires: ["1"] }), children: { a: { points: 60 } } },
    } }, { format: "hydro" });
    expect(decided(problem, ["WA", "AC"])).toMatchObject({ verdict: "WA", score: 0 });
  });
});

describe("sums are exact", () => {
  test("ten times 5.8 is 58, not a little less", () => {
    const problem = problemOf({ rule: { score: "sum", round: "floor", testScore: { kind: "points", accept: 5.8, reject: 0 } }, children: tests(10) });
    expect(decided(problem, Array.from({ length: 10 }, () => "AC" as const)).score).toBe(58);
  });
  test("three thirds are a whole", () => {
    const problem = problemOf({ rule: { score: "sum", points: 100, testScore: { kind: "fraction", of: "equal-part" } }, children: tests(3) });
    expect(decided(problem, ["AC", "AC", "AC"]).score).toBe(100);
  });
  test("large scores keep their digits", () => {
    const problem = problemOf({ rule: { score: "sum", testScore: { kind: "points", accept: 123456789.1, reject: 0 } }, children: tests(1) });
    expect(decided(problem, ["AC"]).score).toBe(123456789.1);
  });
  test("a problem without scores has none", () => {
    const decision = decided(problemOf({ children: tests(2) }, { isScoring: false }), ["AC", "WA"]);
    expect([decision.score, decision.maxScore, decision.tests.map((one) => one?.score)]).toEqual([null, null, [null, null]]);
  });
});
