/** The most that groups can have. */
import type { Group, Problem, Rule } from "../problem.ts";
import { groupScore, type Child } from "./group.ts";

/** What the package format calls infinite is the largest number that there is, as kept problems are JSON. */
const isBound = (score: number) => Math.abs(score) < Number.MAX_VALUE;

/** By the groups' names; null: there is no bound, or no score. */
export function maxScores(problem: Problem): ReadonlyMap<string, number | null> {
  const found = new Map<string, number | null>();
  if (!problem.isScoring) return found;
  const walk = (group: Group): number | null => {
    const { rule } = group;
    const children: Child[] = [];
    let isUnbounded = false;
    for (const child of group.children) {
      const most = typeof child === "number" ? null : walk(child);
      if (rule.ignoreSamples && isOnlySamples(problem, child)) continue;
      // A group without a bound leaves this one without; one without scores says nothing about them.
      if (typeof child !== "number" && most === null && child.rule.score !== "none") isUnbounded = true;
      children.push(typeof child === "number" ? { verdict: "AC", isOpen: false, fraction: 1, points: null, worth: problem.tests[child]!.points } : { verdict: "AC", isOpen: false, fraction: null, points: most, worth: null });
    }
    const most = isUnbounded && !hasBound(rule) ? null : mostOf(problem, rule, children);
    found.set(group.name, most);
    return most;
  };
  walk(problem.root);
  return found;
}

const hasBound = ({ range, score }: Rule) => (range !== null && isBound(range[1])) || score === "pass-fail" || score === "threshold";

function mostOf(problem: Problem, rule: Rule, children: readonly Child[]): number | null {
  if (rule.score === "none") return null;
  if (rule.range !== null && isBound(rule.range[1])) return rule.range[1];
  if (rule.score === "pass-fail" || rule.score === "threshold") return rule.points;
  const tests = children.filter(({ fraction }) => fraction !== null).length;
  // The points of a checker have no bound, where they are not part of something.
  if (tests > 0 && rule.testScore.kind === "points" && rule.checkerScore !== "ignored" && problem.checker.kind === "program") return null;
  if (rule.grader !== null) return null;
  return groupScore(children, "AC", rule, tests);
}

export function isOnlySamples(problem: Problem, child: Group | number): boolean {
  return typeof child === "number" ? problem.tests[child]!.isSample : child.children.length > 0 && child.children.every((inner) => isOnlySamples(problem, inner));
}
