// Verdicts as functions: of a run and a checker's word, and of the verdicts of tests.
import { describe, expect, test } from "bun:test";
import { groupVerdict } from "../../../src/judge/decide/group.ts";
import { plainRule } from "../../../src/judge/problem.ts";
import { builtInCheck, type CheckRecord, type RunRecord, type TestLimits } from "../../../src/judge/records.ts";
import { isNearLimit, testVerdict, type Verdict } from "../../../src/judge/verdict.ts";

const run: RunRecord = { status: "Success", limit: null, cpu_time: 0.1, wall_time: 0.1, memory_peak: 1024, exit_code: 0, signal: null, error_message: null, output_bytes: 2 };
const limits: TestLimits = { cpu_time_limit: 1, wall_time_limit: 3, memory_limit: 2 ** 26, output_limit: 2 ** 23 };
const accepted = builtInCheck("accepted");

describe("one test", () => {
  const rows: [what: string, run: Partial<RunRecord>, check: CheckRecord | null, verdict: Verdict][] = [
    ["a right answer", {}, accepted, "AC"],
    ["a wrong answer", {}, builtInCheck("wrong"), "WA"],
    ["a checker that failed", {}, builtInCheck("failed"), "JE"],
    ["nobody asked the checker", {}, null, "JE"],
    ["an exit code", { status: "RuntimeError", exit_code: 1 }, null, "RTE"],
    ["a signal", { status: "Signaled", exit_code: null, signal: 11 }, null, "RTE"],
    ["a forbidden system call", { status: "SecurityViolation", signal: 31 }, null, "RTE"],
    ["too many processes", { status: "ProcessLimit", limit: "processes" }, null, "RTE"],
    ["CPU time", { status: "TimeLimit", limit: "cpu_time", cpu_time: 1.01 }, null, "TLE"],
    ["time on the clock", { status: "TimeLimit", limit: "wall_time", wall_time: 3.01 }, null, "TLE"],
    ["memory", { status: "MemoryLimit", limit: "memory", signal: 9 }, null, "MLE"],
    ["too much output", { status: "FileSizeLimit", limit: "output" }, null, "OLE"],
    ["a file that is too large", { status: "FileSizeLimit", limit: "file_size", signal: 25 }, null, "OLE"],
    ["a fault of ours", { status: "InternalError" }, null, "JE"],
    // Decided again, by a limit that is smaller now.
    ["a right answer that took too long", { cpu_time: 1.5 }, accepted, "TLE"],
    ["a crash after too long", { status: "RuntimeError", exit_code: 1, cpu_time: 1.5 }, null, "TLE"],
    ["too much memory after too long", { status: "MemoryLimit", limit: "memory", cpu_time: 1.5 }, null, "TLE"],
  ];
  for (const [what, part, check, verdict] of rows) {
    test(`${what}: ${verdict}`, () => {
      expect(testVerdict({ ...run, ...part }, check, limits).verdict).toBe(verdict);
    });
  }

  test("who waited until the clock ran out was idle, who computed was not", () => {
    const clock = { ...run, status: "TimeLimit", limit: "wall_time", wall_time: 3 } as const;
    expect(testVerdict({ ...clock, cpu_time: 0.01 }, null, limits).isIdle).toBe(true);
    expect(testVerdict({ ...clock, cpu_time: 0.99, wall_time: 1.2 }, null, limits).isIdle).toBe(false);
  });

  test("without a time limit no time is too long", () => {
    expect(testVerdict({ ...run, cpu_time: 1000 }, accepted, { ...limits, cpu_time_limit: null }).verdict).toBe("AC");
  });
});

describe("near the limit", () => {
  const near = (part: Partial<RunRecord>) => isNearLimit({ ...run, ...part }, limits, 0.1);
  test("on either side of it", () => {
    expect([0.89, 0.91, 1].map((cpu_time) => near({ cpu_time }))).toEqual([false, true, true]);
    expect([1.01, 1.2].map((cpu_time) => near({ cpu_time, status: "TimeLimit", limit: "cpu_time" }))).toEqual([true, false]);
  });
  test("a crash is none, however long it took", () => {
    expect(near({ cpu_time: 0.99, status: "RuntimeError" })).toBe(false);
  });
  test("who had no processor until the clock ran out is run again", () => {
    expect(near({ cpu_time: 0.3, wall_time: 3, status: "TimeLimit", limit: "wall_time" })).toBe(true);
  });
});

describe("several tests", () => {
  const rows: [tests: (Verdict | null)[], first: Verdict | null, worst: Verdict | null, worstOfKnown?: Verdict][] = [
    [["AC", "AC"], "AC", "AC"],
    [["AC", "WA", "TLE"], "WA", "TLE"],
    [["TLE", "WA", "RTE"], "TLE", "RTE"],
    [["WA", "OLE", "AC"], "WA", "OLE"],
    [["AC", "WA", "JE"], "JE", "JE"],
    [["CE", null, null], "CE", "CE"],
    // Stopped: what is known of a later test does not decide before the earlier ones, and what is not known may be worse.
    [["AC", null, "WA"], null, null, "WA"],
    [["WA", null, null], "WA", null, "WA"],
    [["RTE", null, null], "RTE", "RTE"],
    [[null, null], null, null],
    [[], "AC", "AC"],
  ];
  for (const [tests, first, worst, worstOfKnown = worst] of rows) {
    test(`${tests.map((verdict) => verdict ?? "not run").join(", ") || "none"}: ${first ?? "none"} by the first, ${worst ?? "none"} by the worst`, () => {
      const of = (isOpen: boolean) => tests.map((verdict) => ({ verdict, isOpen: isOpen && verdict === null, fraction: 1, points: null, worth: null }));
      const children = of(true);
      expect([groupVerdict(children, plainRule, "first"), groupVerdict(children, plainRule, "worst")]).toEqual([first, worst]);
      // What was left out for good, as nothing was wanted after a failure, is not waited for.
      expect(groupVerdict(of(false), plainRule, "worst")).toBe(worstOfKnown);
    });
  }
});
