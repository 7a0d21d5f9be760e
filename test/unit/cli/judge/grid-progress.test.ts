import { expect, test } from "bun:test";
import { GridProgress } from "../../../../src/cli/judge/grid-progress.ts";
import { gridLines } from "../../../../src/cli/judge/grid.ts";
import { decide } from "../../../../src/judge/decide/decide.ts";
import type { JudgeEvent, SubmissionResult } from "../../../../src/judge/events.ts";
import type { TestRecord } from "../../../../src/judge/records.ts";
import type { SubmissionFacts } from "../../../../src/judge/submission-facts.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";
import { expectation, limits, problemOf, recordOf } from "../../judge/decide/made.ts";

const problem = problemOf({ children: { sample: { children: { 1: {} } }, secret: { children: { 1: {}, 2: {} } } } }, { isScoring: false });
const facts = (path: string, permitted: readonly Verdict[]): SubmissionFacts => ({ path, outputs: null, language: null, codeBytes: 1, expected: { ...expectation({ about: "overall", permitted }) }, refusal: null, fault: null });

const submissions = [facts("submissions/accepted/a.cpp", ["AC"]), facts("submissions/wrong/b.cpp", ["WA"])];

function ended(submission: number, test: number, record: TestRecord): JudgeEvent {
  const records = problem.tests.map((_, index) => (index === test ? record : null));
  return { kind: "test", submission, test, result: { name: problem.tests[test]!.name, record, decision: decide(problem, records, {}).tests[test]! } };
}

function result(submission: number, records: readonly (TestRecord | null)[]): JudgeEvent {
  const whole: SubmissionResult = { submission: submissions[submission]!, compile: null, isCompileError: false, fault: null, language: "cpp", records, decision: decide(problem, records, {}), limits, enforced: null, isStopped: false, grades: {} };
  return { kind: "submission", submission, result: whole };
}

test("events become a grid: what runs, what has ended, what is known of a submission", () => {
  const progress = new GridProgress(problem, submissions);
  const seen = () => gridLines(progress.state(1), 80, 10, false).slice(1);
  const tell = (...events: JudgeEvent[]) => events.forEach((event) => progress.tell(event));

  expect(seen()).toEqual(["accepted/a.cpp . |. .   waiting", "wrong/b.cpp    . |. .   waiting", "0 of 6 tests"]);
  tell({ kind: "compiled", submission: 0, compile: null, language: "cpp" }, { kind: "begin", submission: 0, test: 0 }, { kind: "begin", submission: 0, test: 1 }, ended(0, 0, recordOf("AC")));
  expect(seen()).toEqual(["accepted/a.cpp a |? .   0.10/1 s  judging", "wrong/b.cpp    . |. .             waiting", "1 of 6 tests, 1.0 tests/s, about 5 s left"]);
  tell(ended(0, 1, recordOf("TLE")));
  expect(seen()[0]).toBe("accepted/a.cpp a |T!.   1.20/1 s  judging");
});

test("a test that is run again counts once, and its last run is shown", () => {
  const progress = new GridProgress(problem, submissions);
  for (const event of [ended(0, 1, recordOf("TLE")), { kind: "begin", submission: 0, test: 1 } as const, ended(0, 1, recordOf("AC"))]) progress.tell(event);
  expect(progress.state(1).done).toBe(1);
  expect(gridLines(progress.state(1), 80, 10, false)[1]).toStartWith("accepted/a.cpp . |A .");
});

test("tests that are not run after a failure are none that are waited for, and what is as expected has no marks", () => {
  const progress = new GridProgress(problem, submissions);
  for (const event of [ended(1, 0, recordOf("AC")), ended(1, 1, recordOf("WA")), result(1, [recordOf("AC"), recordOf("WA"), null])]) progress.tell(event);
  expect([progress.state(1).done, progress.state(1).total]).toEqual([2, 5]);
  expect(gridLines(progress.state(1), 80, 10, false)[2]).toBe("wrong/b.cpp    a |W .   0.10/1 s  WA ok");
});
