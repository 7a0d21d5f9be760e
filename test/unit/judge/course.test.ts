// The course of a submission: what is begun, also when a test that was run again ends otherwise.
import { describe, expect, test } from "bun:test";
import { Course } from "../../../src/judge/course.ts";
import type { Submission } from "../../../src/judge/submission.ts";
import { problemOf, recordOf } from "./decide/made.ts";

const submission: Submission = { path: "a.c", source: null, outputs: "/a", language: null, codeBytes: 0, expected: null, fault: null, refusal: null };
const problem = problemOf({ rule: { stop: true }, children: { "1": {}, "2": {}, "3": {} } }, { isScoring: false });

describe("a test that is run again", () => {
  test("and is accepted then brings back those that were left out because of it", () => {
    const course = new Course(problem, submission, { rerunClose: 0.1 });
    expect(course.take()).toBe(0);
    course.keep(0, recordOf("TLE", {}, { cpu_time: 1.01 }));
    expect([course.isOver, course.take()]).toEqual([true, null]);
    course.keep(0, { ...recordOf("AC", {}, { cpu_time: 0.99 }), reruns: 1 });
    expect([course.reopen(), course.take(), course.take(), course.take()]).toEqual([true, 1, 2, null]);
  });
  test("and is out of time again brings back nothing", () => {
    const course = new Course(problem, submission, { rerunClose: 0.1 });
    course.take();
    course.keep(0, recordOf("TLE", {}, { cpu_time: 1.01 }));
    course.keep(0, { ...recordOf("TLE", {}, { cpu_time: 1.02 }), reruns: 1 });
    expect([course.reopen(), course.take()]).toEqual([false, null]);
  });
});
