// The time limit that submissions say a problem should have.
import { describe, expect, test } from "bun:test";
import { inferTimeLimit, type TimedSubmission } from "../../../../src/judge/decide/infer.ts";
import type { Expectation } from "../../../../src/judge/expectation.ts";
import { noLimits } from "../../../../src/judge/problem.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";
import { expectation, problemOf, recordOf } from "./made.ts";

const problem = problemOf({ children: { sample: { children: { "1": {} } }, secret: { children: { a: {}, b: {} } } } }, { format: "2025-09", isScoring: false });
const modern = { acToLimit: 2, limitToTle: 1.5, resolution: 1 };
const legacy = { acToLimit: 5, limitToTle: 2, resolution: 1 };

const tests = (permitted: readonly Verdict[] | null, required: readonly Verdict[] | null, more: Partial<Expectation> = {}) => expectation({ permitted, required, ...more });
const accepted = tests(["AC"], null);
const slow = tests(["AC", "TLE"], ["TLE"]);
const overall = (verdict: Verdict, more: Partial<Expectation> = {}) => expectation({ about: "overall", permitted: [verdict], ...more });

/** @param times of each test, in seconds; null: not run */
const timed = (path: string, expected: Expectation | null, times: readonly (number | null)[], factor = 1): TimedSubmission =>
  ({ path, factor, expected, records: times.map((cpu_time) => (cpu_time === null ? null : recordOf("AC", {}, { cpu_time }))) });

describe("worked examples", () => {
  const rows: [what: string, submissions: TimedSubmission[], inference: typeof modern, value: number | null, lower: number | null, upper: number | null][] = [
    ["0.34 s, twice", [timed("ac", accepted, [0.01, 0.34, 0.2])], modern, 1, 0.68, null],
    ["the same in steps of 0.1 s", [timed("ac", accepted, [0.01, 0.34, 0.2])], { ...modern, resolution: 0.1 }, 0.7, 0.68, null],
    ["exactly on a step", [timed("ac", accepted, [0.3])], { ...modern, resolution: 0.1 }, 0.6, 0.6, null],
    ["the legacy format, five times", [timed("ac", overall("AC"), [0.34])], legacy, 2, 1.7, null],
    ["what is out of time must take 4 s then", [timed("ac", overall("AC"), [0.34]), timed("tle", overall("TLE"), [4])], legacy, 2, 1.7, 2],
    ["a step at least", [timed("ac", accepted, [0])], modern, 1, 0, null],
    ["the slowest of all", [timed("a", accepted, [0.3]), timed("b", accepted, [1.2, 0.1]), timed("c", accepted, [0.9])], modern, 3, 2.4, null],
    ["the fastest of those that are too slow, each by its slowest test", [timed("ac", accepted, [0.3]), timed("x", slow, [0.1, 30]), timed("y", slow, [0.1, 6, 0.1])], modern, 1, 0.6, 4],
    ["a language that has twice the time", [timed("py", accepted, [3], 2)], modern, 3, 3, null],
    ["a wrong answer has to be in time as well", [timed("ac", accepted, [0.3]), timed("wa", tests(["AC", "WA"], ["WA"]), [1.2])], modern, 3, 2.4, null],
    ["but not in the legacy format", [timed("ac", overall("AC"), [0.3]), timed("wa", overall("WA"), [5])], legacy, 2, 1.5, null],
    ["one that may be out of time or crash says nothing", [timed("ac", accepted, [0.3]), timed("bf", tests(["AC", "RTE", "TLE"], ["RTE", "TLE"]), [0.1])], modern, 1, 0.6, null],
    ["one that the package leaves out", [timed("ac", accepted, [0.3]), timed("ac2", { ...accepted, useForTimeLimit: false }, [9])], modern, 1, 0.6, null],
    ["one that the package takes in", [timed("ac", accepted, [0.3]), timed("x", tests(null, ["WA", "TLE"], { useForTimeLimit: "upper" }), [3])], modern, 1, 0.6, 2],
    ["nothing is expected of anything: they have to be in time", [timed("mine", null, [0.8])], modern, 2, 1.6, null],
    ["a test that was not run", [timed("ac", accepted, [0.3, null, 0.1])], modern, 1, 0.6, null],
  ];
  for (const [what, submissions, inference, value, lower, upper] of rows) {
    test(what, () => {
      const inferred = inferTimeLimit(problem, submissions, inference);
      expect([inferred.value, inferred.lower, inferred.upper, inferred.errors]).toEqual([value, lower, upper, []]);
    });
  }

  test("what the package says is taken, else the usual", () => {
    const submissions = [timed("ac", accepted, [0.34])];
    expect(inferTimeLimit(problem, submissions).value).toBe(1);
    expect(inferTimeLimit({ ...problem, limits: { ...noLimits, inference: legacy } }, submissions).value).toBe(2);
  });
});

test("a rule about some tests counts for those alone", () => {
  const { parts: _, ...fast } = accepted;
  const expected = tests(null, null, { parts: [{ tests: "sample", expected: fast }, { tests: "secret", expected: { ...fast, permitted: ["AC", "TLE"], required: ["TLE"] } }] });
  const inferred = inferTimeLimit(problem, [timed("x", expected, [0.2, 6, 30])], modern);
  expect([inferred.lowerBy, inferred.upperBy]).toEqual([{ submission: "x", test: "sample/1", time: 0.2 }, { submission: "x", test: "secret/b", time: 30 }]);
});

describe("what is no limit", () => {
  test("one that is too little for some and too much for others, with both named", () => {
    const { value, errors } = inferTimeLimit(problem, [timed("good.cpp", accepted, [0.1, 0.9]), timed("slow.py", slow, [0.1, 0.1, 2.1])], modern);
    expect([value, errors]).toEqual([2, ["the time limit must be at least 1.8 s (0.9 s of good.cpp on secret/a, times 2), which makes it 2 s, and at most 1.4 s (2.1 s of slow.py on secret/b, divided by 1.5)"]]);
  });
  test("none at all, as nothing has to be in time", () => {
    const { value, errors } = inferTimeLimit(problem, [timed("slow.py", slow, [3])], modern);
    expect([value, errors]).toEqual([null, ["no submission has to be in time, so nothing says how much the time limit must be at least"]]);
  });
  test("one from a run that did not end by itself", () => {
    const ended: TimedSubmission = { path: "ac", factor: 1, expected: accepted, records: [recordOf("TLE", {}, { cpu_time: 300.1 })] };
    expect(inferTimeLimit(problem, [ended], modern).errors).toEqual(["ac has to be in time, and was ended on sample/1 after 300.1 s"]);
  });
});

test("who waits for ever is out of time with every limit", () => {
  const waiting: TimedSubmission = { path: "sleep", factor: 1, expected: slow, records: [recordOf("TLE", {}, { limit: "wall_time", cpu_time: 0.001, wall_time: 601 })] };
  expect(inferTimeLimit(problem, [timed("ac", accepted, [0.3]), waiting], modern)).toMatchObject({ value: 1, upper: 200, errors: [] });
});

test("an accepted submission that does not count and is slower than the limit is told", () => {
  const partial = overall("AC", { useForTimeLimit: false });
  expect(inferTimeLimit(problem, [timed("ac", overall("AC"), [0.3]), timed("part", partial, [0.1, 2.5])], legacy).notes).toEqual(["part takes 2.5 s on secret/a, and does not count for the time limit of 2 s"]);
});
