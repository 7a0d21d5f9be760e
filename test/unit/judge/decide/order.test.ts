// Nothing depends on which test ends first, and what is decided stays decided.
import { describe, expect, test } from "bun:test";
import { decide } from "../../../../src/judge/decide/decide.ts";
import type { Policy } from "../../../../src/judge/decide/decision.ts";
import { Needed, remaining } from "../../../../src/judge/decide/needed.ts";
import { fractionOf, judgeTest } from "../../../../src/judge/decide/test.ts";
import type { Until } from "../../../../src/judge/decide/until.ts";
import type { Problem, Rule } from "../../../../src/judge/problem.ts";
import type { TestRecord } from "../../../../src/judge/records.ts";
import type { Verdict } from "../../../../src/judge/verdict.ts";
import { problemOf, recordOf, type Made } from "./made.ts";

/** The same numbers each time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomProblem(random: (below: number) => number): Problem {
  const pick = <T,>(...of: T[]): T => of[random(of.length)]!;
  const rule = (requires: string[]): Partial<Rule> => {
    const testScore = pick<Rule["testScore"]>({ kind: "points", accept: 10, reject: 0 }, { kind: "fraction", of: 1 }, { kind: "fraction", of: "equal-part" });
    return {
      verdict: pick("first", "first", "worst", "accept"), acceptIfAny: random(5) === 0, stop: random(2) === 0, ignoreSamples: random(5) === 0,
      score: pick<Rule["score"]>("sum", "min", "max", "avg", "pass-fail", "product"), testScore, points: 60, requires: requires.length > 0 && random(3) === 0 ? [pick(...requires)] : [],
      ...(random(4) === 0 ? { stopAt: pick("zero", "full") } : {}),
    };
  };
  const tests = () => Object.fromEntries(Array.from({ length: 1 + random(3) }, (_, number) => [String(number), {}]));
  const groups: Record<string, Made> = {};
  const names: string[] = [];
  for (const name of ["sample", "g1", "g2", "g3"]) {
    groups[name] = { rule: rule(names), children: random(3) === 0 ? { ...tests(), inner: { rule: rule(names), children: tests() } } : tests() };
    names.push(name);
  }
  return problemOf({ rule: rule([]), children: groups });
}

function randomRecords(problem: Problem, random: (below: number) => number, verdicts: readonly Verdict[]): TestRecord[] {
  return problem.tests.map(() => {
    const verdict = verdicts[random(verdicts.length)]!;
    return recordOf(verdict, random(4) === 0 && (verdict === "AC" || verdict === "WA") ? { fraction: 0.5 } : {});
  });
}

/** What several jobs do: begin tests in their order as long as they are needed, and end them in any order. */
function judged(problem: Problem, all: readonly TestRecord[], jobs: number, until: Until, random: (below: number) => number): (TestRecord | null)[] {
  const records: (TestRecord | null)[] = problem.tests.map(() => null);
  const needed = new Needed(problem, until);
  const running: number[] = [];
  let next = 0;
  for (;;) {
    while (running.length < jobs) {
      while (next < all.length && !needed.isNeeded(next)) next++;
      if (next >= all.length) break;
      running.push(next++);
    }
    if (running.length === 0) return records;
    const [ended] = running.splice(random(running.length), 1) as [number];
    records[ended] = all[ended]!;
    const one = judgeTest(all[ended]!, {});
    needed.tell(ended, one.verdict, fractionOf(one));
  }
}

const decidedBy = (problem: Problem, records: readonly (TestRecord | null)[], policy: Policy) => {
  const { verdict, score, maxScore, groups, judgeErrors } = decide(problem, records, policy);
  return { verdict, score, maxScore, groups, judgeErrors };
};

const common: readonly Verdict[] = ["AC", "AC", "AC", "WA", "TLE", "RTE"];

describe("with several jobs", () => {
  for (const until of ["all", "first-error", "slowest"] as const) {
    test(`verdicts and scores are those of one job, --until ${until}`, () => {
      for (let seed = 1; seed <= 100; seed++) {
        const random = randomFrom(seed);
        const problem = randomProblem(random);
        const all = randomRecords(problem, random, common);
        const alone = decidedBy(problem, judged(problem, all, 1, until, random), { until });
        for (const jobs of [2, 5]) expect({ seed, ...decidedBy(problem, judged(problem, all, jobs, until, random), { until }) }).toEqual({ seed, ...alone });
      }
    });
  }

  test("leaving tests out changes nothing: it is as if all had been run", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = randomFrom(seed);
      const problem = randomProblem(random);
      const all = randomRecords(problem, random, common);
      const [some, every] = [decidedBy(problem, judged(problem, all, 3, "all", random), {}), decidedBy(problem, all, {})];
      expect({ seed, verdict: some.verdict, score: some.score, errors: some.judgeErrors }).toEqual({ seed, verdict: every.verdict, score: every.score, errors: every.judgeErrors });
    }
  });
});

test("a verdict that is known stays when more tests are, but for a judge error", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = randomFrom(seed);
    const problem = randomProblem(random);
    const all = randomRecords(problem, random, common);
    const records: (TestRecord | null)[] = problem.tests.map(() => null);
    const open = problem.tests.map((_, number) => number);
    let known = new Map<string, Verdict | null>();
    while (open.length > 0) {
      const [number] = open.splice(random(open.length), 1) as [number];
      records[number] = all[number]!;
      const { verdict, groups } = decide(problem, records, {});
      const now = new Map<string, Verdict | null>([["", verdict], ...groups.map((group) => [group.name, group.verdict] as const)]);
      // A group can turn out not to count, as one before it failed.
      for (const [name, before] of known) if (before !== null && (name === "" || now.get(name) !== null)) expect({ seed, name, verdict: now.get(name) }).toEqual({ seed, name, verdict: before });
      known = now;
    }
    expect(known.get("")).not.toBeNull();
  }
});

describe("judge errors", () => {
  const problem = problemOf({ children: { a: {}, b: {}, c: {} } }, { isScoring: false });
  test("win over every other verdict of their group, also over one that was known", () => {
    expect(decide(problem, [recordOf("AC"), recordOf("WA"), null], {}).verdict).toBe("WA");
    expect(decide(problem, [recordOf("AC"), recordOf("WA"), recordOf("JE")], {}).verdict).toBe("JE");
  });
  test("but not where their test does not count", () => {
    const stopping = problemOf({ rule: { stop: true }, children: { a: {}, b: {}, c: {} } }, { isScoring: false });
    expect(decide(stopping, [recordOf("AC"), recordOf("WA"), recordOf("JE")], {}).verdict).toBe("WA");
  });
});

describe("which tests are needed", () => {
  const needed = (problem: Problem, until: Until, told: readonly (Verdict | null)[]) => {
    const state = new Needed(problem, until);
    for (const [number, verdict] of told.entries()) if (verdict !== null) state.tell(number, verdict, verdict === "AC" ? 1 : 0);
    return problem.tests.flatMap(({ name }, number) => (told[number] == null && state.isNeeded(number) ? [name] : []));
  };
  const stopping = { rule: { stop: true }, children: { "1": {}, "2": {} } };
  const problem = problemOf({ children: { a: stopping, b: stopping, c: { rule: { requires: ["a"] }, children: { "1": {} } } } });

  test("none after a failure in a group that stops, but those of other groups", () => {
    expect(needed(problem, "all", ["AC", null, "WA"])).toEqual(["a/2", "c/1"]);
  });
  test("never one before a failure", () => {
    expect(needed(problem, "all", [null, "WA"])).toEqual(["a/1", "b/1", "b/2"]);
  });
  test("none of a group that needs one which failed", () => {
    expect(needed(problem, "all", ["WA"])).toEqual(["b/1", "b/2"]);
  });
  test("--until first-error ends at any failure, slowest not at TLE", () => {
    expect(needed(problem, "first-error", ["AC", "TLE"])).toEqual([]);
    expect(needed(problem, "slowest", ["AC", "TLE"])).toEqual(["b/1", "b/2"]);
    expect(needed(problem, "slowest", ["AC", "AC", "WA"])).toEqual([]);
  });
  test("a group that is accepted by any other one goes on", () => {
    const any = problemOf({ rule: { stop: true }, children: { a: { rule: { acceptIfAny: true }, children: { "1": {}, "2": {} } }, b: { children: { "1": {} } } } });
    expect(needed(any, "all", ["WA"])).toEqual(["a/2", "b/1"]);
  });
  test("what may still matter is told from what was decided", () => {
    expect(remaining(problem, [{ verdict: "WA", check: null }, null, null, null, null])).toEqual([2, 3]);
  });

  test("100,000 tests cost little each", () => {
    const large = problemOf({ rule: { stop: true }, children: Object.fromEntries(Array.from({ length: 100 }, (_, group) => [String(group), { rule: { stop: true }, children: Object.fromEntries(Array.from({ length: 1000 }, (_, number) => [String(number), {}])) }])) });
    const state = new Needed(large, "all");
    let asked = 0;
    for (const number of large.tests.keys()) {
      if (state.isNeeded(number)) asked++;
      state.tell(number, "AC", 1);
    }
    expect(asked).toBe(100_000);
    expect(decide(large, large.tests.map(() => recordOf("AC")), {}).verdict).toBe("AC");
  });
});
