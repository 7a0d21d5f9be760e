// Limits of a test: whose count, what a language makes of them, and what becomes of both when it is decided again.
import { describe, expect, test } from "bun:test";
import { decideAgain, type Kept } from "../../../src/judge/kept.ts";
import { limitsOf } from "../../../src/judge/limits.ts";
import { noLimits, type Problem } from "../../../src/judge/problem.ts";
import { problemOf, recordOf } from "./decide/made.ts";

const made = (limits: Partial<Problem["limits"]>) => problemOf({ children: { plain: {}, own: { cpuTime: 4, memory: 2 ** 27 } } }, { limits: { ...noLimits, ...limits } });
const of = (problem: Problem, name: string, given: Parameters<typeof limitsOf>[2] = {}, language: string | null = null) => limitsOf(problem, problem.tests.find((test) => test.name === name)!, given, language);

describe("a limit is that", () => {
  test("of the caller, else of the test, else of the problem, else the usual one", () => {
    const problem = made({ cpuTime: 2, memory: 2 ** 26 });
    expect(of(problem, "plain", { cpuTime: 1, memory: 2 ** 25 })).toEqual({ maxCpu: 1, maxTime: 3, maxMemory: 2 ** 25 });
    expect(of(problem, "own")).toEqual({ maxCpu: 4, maxTime: 9, maxMemory: 2 ** 27 });
    expect(of(problem, "plain")).toEqual({ maxCpu: 2, maxTime: 5, maxMemory: 2 ** 26 });
    // Memory is then what the language pack says.
    expect(of(made({}), "plain")).toEqual({ maxCpu: 10, maxTime: 21 });
  });
  test("times what the package says for the language, also where the caller gave it", () => {
    const problem = made({ cpuTime: 2, memory: 2 ** 26, timeFactors: { python: 3 }, memoryFactors: { python: 2 } });
    expect(of(problem, "plain", {}, "python")).toEqual({ maxCpu: 6, maxTime: 13, maxMemory: 2 ** 27 });
    expect(of(problem, "plain", { cpuTime: 1 }, "python")).toMatchObject({ maxCpu: 3, maxTime: 7 });
    expect(of(problem, "plain", {}, "c")).toMatchObject({ maxCpu: 2 });
  });
  test("lifted by the caller", () => {
    expect(of(made({ cpuTime: 2 }), "own", { cpuTime: null })).toMatchObject({ maxCpu: null, maxTime: null });
    expect(of(made({ cpuTime: 2 }), "own", { cpuTime: null, wallTime: 7 })).toMatchObject({ maxCpu: null, maxTime: 7 });
  });
});

test("another time limit means as much more for a language as the one before did", () => {
  const problem = made({ cpuTime: 1 });
  const records = problem.tests.map(() => recordOf("AC", {}, { cpu_time: 1.5 }));
  const result = (cpu: number) => ({ records, isCompileError: false, fault: null, grades: {}, limits: { ...recordOf("AC").limits, cpu_time_limit: cpu } });
  // One submission had the limit of the problem, 1 s, the other one three times that.
  const kept = { problem, time_limit: { value: 1 }, results: [result(1), result(3)] } as unknown as Kept;
  const again = decideAgain(kept, { limits: { cpu_time_limit: 0.6 } });
  expect(again.map(({ decision, limits }) => [decision.verdict, limits.cpu_time_limit])).toEqual([["TLE", 0.6], ["AC", expect.closeTo(1.8)]]);
});
