// The time limits at which verdicts would be others.
import { describe, expect, test } from "bun:test";
import { flipsOf } from "../../../../src/judge/decide/flip.ts";
import type { Rule } from "../../../../src/judge/problem.ts";
import type { TestRecord } from "../../../../src/judge/records.ts";
import { problemOf, recordOf } from "./made.ts";

const problemWith = (rule: Partial<Rule>) => problemOf({ rule, children: { "1": {}, "2": {}, "3": {} } }, { isScoring: false });
const problem = problemWith({});
const took = (cpu_time: number) => recordOf("AC", {}, { cpu_time });
/** It was run with a larger limit, and decided by 1 s. */
const wrong = (cpu_time: number) => recordOf("WA", {}, { cpu_time });
const ended = (cpu_time: number) => recordOf("TLE", {}, { cpu_time });
const flips = (records: (TestRecord | null)[], base: number | null = 1, of = problem, policy = {}) => flipsOf(of, records, policy, base);

describe("below", () => {
  test("an accepted submission is out of time below its slowest test", () => {
    expect(flips([took(0.1), took(0.7), took(0.3)])).toEqual([{ side: "below", limit: 0.7, test: "2", verdict: "TLE" }]);
  });
  test("a wrong one below the slowest test up to the one that is wrong, where the first counts", () => {
    expect(flips([took(0.2), wrong(0.1), took(0.9)])).toEqual([{ side: "below", limit: 0.2, test: "1", verdict: "TLE" }]);
  });
  test("of the worst verdict, below the slowest test that would be worse", () => {
    expect(flips([took(0.2), wrong(0.1), took(0.9)], 1, problemWith({ verdict: "worst" }))).toEqual([{ side: "below", limit: 0.9, test: "3", verdict: "TLE" }]);
    // A crash is worse than a test that is too slow.
    expect(flips([took(0.9), recordOf("RTE", {}, { cpu_time: 0.5 }), took(0.3)], 1, problemWith({ verdict: "worst" }))).toEqual([{ side: "below", limit: 0.5, test: "2", verdict: "TLE" }]);
  });
  test("what the language makes of the limit is taken out", () => {
    expect(flips([took(0.1), took(0.7), took(0.3)], 0.5)).toEqual([{ side: "below", limit: 0.35, test: "2", verdict: "TLE" }]);
  });
});

describe("from", () => {
  test("a test that was ended says no more than that", () => {
    expect(flips([took(0.1), ended(1.2), took(0.3)])).toContainEqual({ side: "from", limit: 1.2, test: "2", verdict: null });
  });
  test("one that ended by itself says what it would be", () => {
    // With 1.3 s the third one is still out of time.
    expect(flips([took(0.1), took(1.3), wrong(1.5)])).toEqual([{ side: "from", limit: 1.5, test: "3", verdict: "WA" }]);
    expect(flips([took(0.1), wrong(1.3), took(1.5)])).toEqual([{ side: "from", limit: 1.3, test: "2", verdict: "WA" }]);
  });
});

test("a test with a limit of its own does not depend on that of the problem", () => {
  const own = problemOf({ children: { "1": {}, "2": { cpuTime: 5 } } }, { isScoring: false });
  expect(flipsOf(own, [took(0.1), took(0.9)], {}, 1)).toEqual([{ side: "below", limit: 0.1, test: "1", verdict: "TLE" }]);
});

test("without a limit, or without a verdict, nothing flips", () => {
  expect(flips([took(0.1), took(0.7), took(0.3)], null)).toEqual([]);
  expect(flips([null, took(0.7), took(0.3)])).toEqual([]);
  expect(flips([recordOf("JE"), took(0.7), took(0.3)])).toEqual([]);
});
