import { expect, test } from "bun:test";
import { findingsOf } from "../../../../src/judge/report/findings.ts";
import { documentOf, notRun, submissionOf, testOf } from "../../../helpers/judging.ts";

test("runs close to the limit are listed with their limit", () => {
  const { borderline } = findingsOf(documentOf([submissionOf("a.cpp", [testOf("1"), testOf("2", { near_limit: true, cpu_time: 0.95 })])]));
  expect(borderline).toEqual([{ submission: "a.cpp", test: "2", verdict: "AC", time: 0.95, limit: 1 }]);
});

test("a test separates submissions when two of them have different verdicts; what was not run says nothing", () => {
  const wa = { verdict: "WA" } as const;
  const { alike } = findingsOf(documentOf([submissionOf("a", [testOf("1"), testOf("2"), testOf("3"), testOf("4", wa)]), submissionOf("b", [testOf("1"), testOf("2", wa), notRun("3"), testOf("4", wa)])]));
  expect(alike).toEqual([{ test: "1", verdict: "AC" }, { test: "4", verdict: "WA" }]);
  expect(findingsOf(documentOf([submissionOf("a", [testOf("1")])])).alike).toEqual([]);
});

test("a group that nobody fails is named, samples aside", () => {
  const of = (verdict: "AC" | "WA") => [testOf("s", { group: "s", sample: true }), testOf("1", { group: "a" }), testOf("2", { group: "b", verdict }), notRun("3", { group: "c" })];
  expect(findingsOf(documentOf([submissionOf("x", of("AC")), submissionOf("y", of("WA"))])).neverFailed).toEqual(["a"]);
});

test("the limit at which a verdict changes is that of the problem, with the factor of the language taken out", () => {
  const slow = { verdict: "TLE", cpu_time: 1.004 } as const;
  const { flips } = findingsOf(
    documentOf([
      submissionOf("ac", [testOf("1", { cpu_time: 0.2 }), testOf("2", { cpu_time: 0.4 })]),
      submissionOf("py", [testOf("1", { cpu_time: 0.9 })], { limits: { cpu_time_limit: 3, wall_time_limit: 7, memory_limit: null, output_limit: null } }),
      submissionOf("tle", [testOf("1"), testOf("2", slow), testOf("3", { ...slow, cpu_time: 1.1 })]),
      submissionOf("wa", [testOf("1", { cpu_time: 0.1 }), testOf("2", { cpu_time: 0.05, verdict: "WA" }), testOf("3", { cpu_time: 0.9 })]),
      submissionOf("ce", [notRun("1")], { verdict: "CE" }),
      submissionOf("je", [testOf("1", { verdict: "JE" })]),
    ]),
  );
  expect(flips.map(({ submission, side, limit, test: name }) => `${submission} ${side} ${limit.toFixed(3)} ${name}`)).toEqual(["ac below 0.400 2", "py below 0.300 1", "tle from 1.100 3", "wa below 0.100 1"]);
});
