// What a grader reads, and what its answer means.
import { describe, expect, test } from "bun:test";
import { decide } from "../../../../src/judge/decide/decide.ts";
import { graderInput, graderKey, parseGraderAnswer } from "../../../../src/judge/decide/grader.ts";
import { problemOf, recordOf } from "./made.ts";

test("a grader reads a line for each child: a word that it knows, and a number without an exponent", () => {
  const children = (["AC", "WA", "RTE", "TLE", "MLE", "OLE"] as const).map((verdict) => ({ verdict, fraction: 1, points: null, worth: null, isOpen: false }));
  const scores = [50, 0, 0.1 + 0.2, 1e-7, 100, 12.5];
  expect(graderInput(children, (child) => scores[children.indexOf(child as (typeof children)[number])]!)).toBe("AC 50\nWA 0\nRTE 0.3\nTLE 0.0000001\nRTE 100\nRTE 12.5\n");
});

describe("an answer is a verdict and a score", () => {
  const good: readonly (readonly [text: string, verdict: string, score: number])[] = [["AC 50\n", "AC", 50], ["  AC +2.50  \n\n", "AC", 2.5], ["WA 0", "WA", 0], ["AC .5", "AC", 0.5], ["AC -3", "AC", -3], ["TLE 40", "TLE", 0]];
  for (const [text, verdict, score] of good) test(`${JSON.stringify(text)}: ${verdict} ${score}`, () => expect(parseGraderAnswer(text)).toEqual({ verdict, score } as never));
  for (const text of ["", "AC", "50", "AC 1e3", "AC 50 60", "ac 50", "AC 50\nWA 0", "CE 0", "JE 0", "AC NaN"]) {
    test(`${JSON.stringify(text)} is none`, () => expect(parseGraderAnswer(text)).toEqual({ failed: expect.any(String) }));
  }
});

test("a verdict waits for the grader, and its failure is a judge error", () => {
  const grader = { program: { path: "grader.py", language: null, added: [], packs: [] }, flags: ["best"] };
  const problem = problemOf({ rule: { score: "sum", testScore: { kind: "points", accept: 10, reject: 0 }, grader }, children: { one: {}, two: {} } });
  const records = [recordOf("AC"), recordOf("WA")];
  const first = decide(problem, records, {});
  expect([first.verdict, first.questions]).toEqual([null, [{ group: "", input: "AC 10\nWA 0\n" }]]);
  const answered = (answer: Parameters<Map<string, never>["set"]>[1]) => decide(problem, records, { grades: new Map([[graderKey(first.questions[0]!), answer]]) });
  expect(answered({ verdict: "AC", score: 10 } as never)).toMatchObject({ verdict: "AC", score: 10, questions: [], judgeErrors: [] });
  const failed = answered({ failed: "it crashed" } as never);
  expect([failed.verdict, failed.judgeErrors]).toEqual(["JE", [expect.stringContaining("it crashed")]]);
});
