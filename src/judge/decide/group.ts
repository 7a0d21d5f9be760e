/** The verdict and the score of a group, from those of its children in their order. */
import type { Rule } from "../problem.ts";
import { worstOf, type Combination, type Verdict } from "../verdict.ts";

/** What a group looks at of a child. */
export interface Child {
  /** null: not known. */
  readonly verdict: Verdict | null;
  /** It is not known yet; else what is not known was left out for good. */
  readonly isOpen: boolean;
  /** Of a test: what part of the full score it gives. Of a group: null. */
  readonly fraction: number | null;
  /** Points of its own: those that the checker gave, or those of a group; null: none. */
  readonly points: number | null;
  /** Of a test that has points of its own; null: it has none, or is a group. */
  readonly worth: number | null;
}

/** Points are sums of a few decimal fractions: this many places are exact for all of them. */
const places = 9;
const scale = 10 ** places;
export const rounded = (points: number) => (Math.abs(points) < Number.MAX_SAFE_INTEGER / scale ? Math.round(points * scale) / scale : Number(points.toFixed(places)));

/** The children that count: none after the first that ends the group where the rule says so, and none of which is not known whether they do. */
export function counted<C extends Child>(children: readonly C[], rule: Rule): readonly C[] {
  if (!rule.stop && rule.stopAt === undefined) return children;
  const end = children.findIndex(({ verdict, fraction }) => verdict === null || isEnd(rule, verdict, fraction));
  return end < 0 ? children : children.slice(0, end + 1);
}

/** Whether no child counts after one with this outcome. */
export function isEnd({ stop, stopAt }: Rule, verdict: Verdict, fraction: number | null): boolean {
  return (stop && verdict !== "AC") || (stopAt === "zero" && fraction === 0) || (stopAt === "full" && fraction === 1);
}

/** @param children those that count @returns null when it is not known: what is not known yet could change it */
export function groupVerdict(children: readonly Child[], rule: Rule, combination: Combination | undefined): Verdict | null {
  const verdicts = children.map((child) => verdictWithin(child, rule));
  // A judge error says that nothing is known.
  if (verdicts.includes("JE")) return "JE";
  if (rule.verdict === "accept") return "AC";
  if (rule.acceptIfAny && verdicts.includes("AC")) return "AC";
  const isOpen = children.some((child) => child.isOpen);
  if (rule.acceptIfAny && isOpen) return null;
  if ((combination ?? rule.verdict) === "worst") {
    if (verdicts.length === 0) return "AC";
    const worst = worstOf(verdicts.filter((verdict) => verdict !== null));
    // Nothing that a test can have is worse than a crash.
    if (worst === "CE" || worst === "RTE") return worst;
    return isOpen || (worst === "AC" && verdicts.includes(null)) ? null : worst;
  }
  const failed = verdicts.findIndex((verdict) => verdict !== "AC");
  return failed < 0 ? "AC" : (verdicts[failed] ?? null);
}

/** A threshold is about the outcome, so it decides what a test is in the group, whatever that outcome is by itself (CMS). */
function verdictWithin({ verdict, fraction, points }: Child, { score, threshold }: Rule): Verdict | null {
  if (score !== "threshold" || (verdict !== "AC" && verdict !== "WA")) return verdict;
  return isWithin(points ?? fraction ?? 0, threshold ?? 1) ? "AC" : "WA";
}

/**
 * @param children those that count
 * @param tests how many tests the group has, whether they count or not
 */
export function groupScore(children: readonly Child[], verdict: Verdict | null, rule: Rule, tests: number): number {
  return rounding(rounded(aggregate(children, verdict, rule, tests) + rule.extraPoints), rule.round);
}

function aggregate(children: readonly Child[], verdict: Verdict | null, rule: Rule, tests: number): number {
  const { score, testScore, points } = rule;
  if (score === "none") return 0;
  if (score === "pass-fail") return verdict === "AC" ? (points ?? 0) : 0;
  if (score === "threshold") return children.length > 0 && children.every(({ fraction, points: own }) => isWithin(own ?? fraction ?? 0, rule.threshold ?? 1)) ? (points ?? 0) : 0;
  // DOMjudge: the group has one score, unless a checker gives scores of its own.
  if (rule.scoreIsOfGroup && testScore.kind === "points" && children.every(({ fraction, points: own }) => fraction !== null && own === null)) return verdict === "AC" ? testScore.accept : testScore.reject;
  // A group without scores says nothing about them.
  const values = children.filter((child) => child.fraction !== null || child.points !== null).map((child) => valueOf(child, rule, tests));
  const isFraction = testScore.kind === "fraction" && testScore.of === 1 && children.some(({ fraction }) => fraction !== null);
  return combine(values, score) * (isFraction && points !== null ? points : 1);
}

const isWithin = (outcome: number, most: number) => outcome > 0 && outcome <= most;

function valueOf(child: Child, rule: Rule, tests: number): number {
  const { fraction, points } = child;
  if (fraction === null) return points ?? 0; // A group.
  if (rule.testScore.kind === "points" || rule.testScore.of !== 1) return givenBy(child, rule, tests);
  // What is aggregated are fractions: points count as part of all there are.
  return points === null || !rule.points ? fraction : points / rule.points;
}

/** What a test gives by itself, for people. */
export const pointsOfTest = (child: Child, rule: Rule, tests: number) => rounded(givenBy(child, rule, tests));

/** Not rounded: three thirds are a whole. */
function givenBy({ verdict, fraction, points, worth }: Child, rule: Rule, tests: number): number {
  const { testScore } = rule;
  if (verdict === null) return 0;
  if (testScore.kind === "points") return points ?? (rule.scoreIsOfGroup ? 0 : verdict === "AC" ? testScore.accept : testScore.reject);
  const value = points ?? (fraction ?? 0) * mostOfTest(worth, rule, tests);
  return testScore.floor === true ? Math.floor(rounded(value)) : value;
}

/** The most that a test can give, where it gives a fraction of something. */
export function mostOfTest(worth: number | null, { testScore, points, extraPoints }: Rule, tests: number): number {
  if (testScore.kind === "points") return testScore.accept;
  if (testScore.of === 1) return points ?? 1;
  return testScore.of === "test-points" ? (worth ?? 0) : ((points ?? 0) - extraPoints) / tests;
}

function combine(values: readonly number[], how: "sum" | "avg" | "min" | "max" | "product"): number {
  if (values.length === 0) return 0;
  switch (how) {
    case "sum":
      return values.reduce((sum, value) => sum + value, 0);
    case "avg":
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case "product":
      return values.reduce((product, value) => product * value, 1);
    case "min":
      return values.reduce((least, value) => Math.min(least, value));
    case "max":
      return values.reduce((most, value) => Math.max(most, value));
  }
}

/** Halves go to the even neighbour, as CMS rounds. */
function rounding(points: number, round: Rule["round"]): number {
  if (round === null) return points;
  if (round === "floor") return Math.floor(points);
  const factor = 10 ** round;
  const value = rounded(points * factor);
  const below = Math.floor(value);
  return (value - below === 0.5 ? below + (Math.abs(below) % 2) : Math.round(value)) / factor;
}
