/** Problems and records for tests of what is decided. */
import { noLimits, plainRule, type Group, type Problem, type Rule, type Test } from "../../../../src/judge/problem.ts";
import { builtInCheck, type CheckRecord, type RunRecord, type TestLimits, type TestRecord } from "../../../../src/judge/records.ts";
import type { Expectation } from "../../../../src/judge/expectation.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";

export const limits: TestLimits = { cpu_time_limit: 1, wall_time_limit: 3, memory_limit: 2 ** 26, output_limit: 2 ** 23 };

export const goodRun: RunRecord = { status: "Success", limit: null, cpu_time: 0.1, wall_time: 0.1, memory_peak: 1024, exit_code: 0, signal: null, error_message: null, output_bytes: 2 };

const runs: Partial<Record<Verdict, Partial<RunRecord>>> = {
  TLE: { status: "TimeLimit", limit: "cpu_time", cpu_time: 1.2 },
  MLE: { status: "MemoryLimit", limit: "memory", signal: 9 },
  RTE: { status: "RuntimeError", exit_code: 1 },
  OLE: { status: "FileSizeLimit", limit: "output" },
};

/** What is kept of a test that has this verdict. */
export function recordOf(verdict: Verdict, check: Partial<CheckRecord> = {}, run: Partial<RunRecord> = {}): TestRecord {
  const failed = runs[verdict];
  const kind = verdict === "AC" ? "accepted" : verdict === "JE" ? "failed" : "wrong";
  const pass = { run: { ...goodRun, ...failed, ...run }, check: failed === undefined ? { ...builtInCheck(kind), ...check } : null, first_to_end: null, transcript: null };
  return { passes: [pass], limits, core: null, reruns: 0 };
}

/** A group of a table: a rule, and what is in it by the names of tests and groups. */
export interface Made {
  readonly rule?: Partial<Rule>;
  readonly children: Readonly<Record<string, Made | Partial<Test>>>;
}

/** @param root children without `children` are tests; tests under `sample` are samples */
export function problemOf(root: Made, rest: Partial<Problem> = {}): Problem {
  const tests: Test[] = [];
  const groupOf = (name: string, { rule, children }: Made): Group => ({
    name,
    rule: { ...plainRule, ...rule },
    children: Object.entries(children).map(([own, child]) => {
      const path = name === "" ? own : `${name}/${own}`;
      if ("children" in child) return groupOf(path, child as Made);
      return tests.push({ name: path, input: `${path}.in`, answer: `${path}.ans`, isSample: path.startsWith("sample"), args: [], checkerArgs: [], files: null, points: null, ...child }) - 1;
    }),
  });
  const made = groupOf("", root);
  return {
    name: "made", format: "plain", path: "/problem", tests, root: made, isScoring: true, kind: { kind: "batch" }, passes: 1, checker: { kind: "built-in", name: "default" },
    inputFile: null, outputFile: null, limits: noLimits, additions: [], packs: [], languages: null, submissions: [], warnings: [], ...rest,
  };
}

export const expectation = (part: Partial<Expectation>): Expectation => ({ source: "submissions.yaml", about: "tests", permitted: null, required: null, score: null, message: null, useForTimeLimit: null, parts: [], ...part });
