/**
 * Verdicts and scores of a submission: a pure function of the problem, of what is kept of its runs, and of a policy. Nothing here runs anything or
 * looks at a clock, so it can be decided again whenever one of the three is another.
 */
import type { Group, Problem, Rule } from "../problem.ts";
import type { TestRecord } from "../records.ts";
import type { Verdict } from "../verdict.ts";
import type { Decision, GroupDecision, Policy, TestDecision } from "./decision.ts";
import { scoreMistake } from "./checker-score.ts";
import { counted, groupScore, groupVerdict, mostOfTest, pointsOfTest, type Child } from "./group.ts";
import { fractionOf, judgeTest, timeOf, type Judged } from "./test.ts";

/** @param records in the order of the tests; null: not run, or not yet */
export function decide(problem: Problem, records: readonly (TestRecord | null)[], policy: Policy): Decision {
  return new Deciding(problem, policy).decide(records);
}

/** The most that a group can have; null: there is no bound. */
export function maxScore(problem: Problem, group: Group): number | null {
  const best = (child: Group | number): number | null => {
    if (typeof child === "number") return null;
    return maxScore(problem, child);
  };
  const { rule, children } = group;
  if (rule.score === "none") return null;
  if (rule.range !== null && rule.range[1] < Number.MAX_VALUE) return rule.range[1];
  if (rule.score === "pass-fail" || rule.score === "threshold") return rule.points;
  const considered = children.filter((child) => !(rule.ignoreSamples && isOnlySamples(problem, child)));
  const tests = considered.filter((child) => typeof child === "number");
  const perfect: Child[] = considered.map((child) =>
    typeof child === "number" ? { verdict: "AC", fraction: 1, points: null, worth: problem.tests[child]!.points } : { verdict: "AC", fraction: null, points: best(child), worth: null });
  // Without a bound of its own, a checker's points have none.
  if (tests.length > 0 && rule.testScore.kind === "points" && problem.checker.kind === "program" && problem.isScoring && rule.range === null && givesPoints(problem)) return null;
  if (perfect.some(({ fraction, points }) => fraction === null && points === null)) return null;
  return groupScore(perfect, "AC", rule, tests.length);
}

/** Whether the checker may give points beyond those that the package names. */
const givesPoints = ({ checker }: Problem) => checker.kind === "program" && checker.scale === "test";

export function isOnlySamples(problem: Problem, child: Group | number): boolean {
  return typeof child === "number" ? problem.tests[child]!.isSample : child.children.length > 0 && child.children.every((inner) => isOnlySamples(problem, inner));
}

class Deciding {
  readonly #problem: Problem;
  readonly #policy: Policy;
  readonly #groups: GroupDecision[] = [];
  readonly #verdicts = new Map<string, Verdict | null>();
  readonly #errors: string[] = [];
  #tests: readonly (Judged | null)[] = [];

  constructor(problem: Problem, policy: Policy) {
    [this.#problem, this.#policy] = [problem, policy];
  }

  decide(records: readonly (TestRecord | null)[]): Decision {
    this.#tests = records.map((record) => (record === null ? null : judgeTest(record, this.#policy)));
    const { verdict, score, maxScore: most } = this.#decideGroup(this.#problem.root);
    const tests = this.#tests.map((test, number): TestDecision | null => {
      if (test === null) return null;
      const { check: _, ...decision } = test;
      return { ...decision, score: this.#scoreOfTest(number) };
    });
    return { verdict: this.#errors.length > 0 ? "JE" : verdict, score, maxScore: most, tests, groups: this.#groups.slice(1), slowest: this.#slowest(records), judgeErrors: this.#errors };
  }

  readonly #scores = new Map<number, number>();

  #scoreOfTest(number: number): number | null {
    return this.#problem.isScoring ? (this.#scores.get(number) ?? null) : null;
  }

  #decideGroup(group: Group): GroupDecision {
    const { name, rule, children } = group;
    // Parents come before their children.
    const place = this.#groups.push({ name, verdict: null, score: null, maxScore: null }) - 1;
    const all = children.map((child) => ({ child, outcome: typeof child === "number" ? this.#childOf(child, rule) : this.#childOfGroup(child) }));
    const considered = rule.ignoreSamples ? all.filter(({ child }) => !isOnlySamples(this.#problem, child)) : all;
    const outcomes = considered.map(({ outcome }) => outcome);
    const testCount = considered.filter(({ child }) => typeof child === "number").length;
    const missing = rule.requires.map((required) => this.#verdicts.get(required) ?? null).find((verdict) => verdict !== "AC");
    const those = missing === undefined ? counted(outcomes, rule) : [];
    const verdict = missing === undefined ? groupVerdict(those, rule, this.#policy.combination) : missing;
    let score: number | null = null;
    if (this.#problem.isScoring && rule.score !== "none") {
      score = missing === undefined ? groupScore(those, verdict, rule, testCount) : 0;
      if (rule.range !== null && those.length > 0 && (score < rule.range[0] || score > rule.range[1])) this.#errors.push(`${name === "" ? "the problem" : name} has a score of ${score}, outside of its range ${rule.range[0]} to ${rule.range[1]}`);
    }
    for (const { child, outcome } of considered) if (typeof child === "number" && !this.#scores.has(child)) this.#scores.set(child, pointsOfTest(outcome, rule, testCount));
    if (missing === undefined) this.#checkScores(considered.map(({ child }) => child).slice(0, those.length), rule, testCount);
    this.#verdicts.set(name, verdict);
    return (this.#groups[place] = { name, verdict, score, maxScore: this.#problem.isScoring ? maxScore(this.#problem, group) : null });
  }

  #checkScores(children: readonly (Group | number)[], rule: Rule, tests: number): void {
    if (!this.#problem.isScoring) return;
    for (const child of children) {
      const judged = typeof child === "number" ? this.#tests[child] : null;
      if (typeof child !== "number" || judged == null) continue;
      const { name, points } = this.#problem.tests[child]!;
      const mistake = scoreMistake(judged, rule, mostOfTest(points, rule, tests));
      if (mistake !== null) this.#errors.push(`${name}: ${mistake}`);
    }
  }

  #childOf(number: number, { checkerScore }: Rule): Child {
    const judged = this.#tests[number] ?? null;
    const worth = this.#problem.tests[number]!.points;
    if (judged === null) return { verdict: null, fraction: 0, points: null, worth };
    const { verdict, check } = judged;
    if (checkerScore === "ignored") return { verdict, fraction: verdict === "AC" ? 1 : 0, points: null, worth };
    return { verdict, fraction: fractionOf(judged), points: verdict === "AC" || verdict === "WA" ? (check?.points ?? null) : null, worth };
  }

  #childOfGroup(group: Group): Child {
    const { verdict, score } = this.#decideGroup(group);
    return { verdict, fraction: null, points: score, worth: null };
  }

  #slowest(records: readonly (TestRecord | null)[]): Decision["slowest"] {
    let slowest: Decision["slowest"] = null;
    for (const [number, record] of records.entries()) {
      if (record === null) continue;
      const time = timeOf(record);
      if (slowest === null || time > slowest.time) slowest = { test: this.#problem.tests[number]!.name, time };
    }
    return slowest;
  }
}
