/**
 * Verdicts and scores of a submission: a pure function of the problem, of what is kept of its runs, and of a policy. Nothing here runs anything or
 * looks at a clock, so it can be decided again whenever one of the three is another.
 */
import type { Group, Problem, Rule } from "../problem.ts";
import type { TestRecord } from "../records.ts";
import { scoreMistake } from "./checker-score.ts";
import type { Decision, GroupDecision, Policy, TestDecision } from "./decision.ts";
import { graderInput, graderKey, type GraderQuestion } from "./grader.ts";
import { counted, groupScore, groupVerdict, mostOfTest, pointsOfTest, rounded, type Child } from "./group.ts";
import { isOnlySamples, maxScores } from "./max-score.ts";
import { wanted } from "./needed.ts";
import { fractionOf, judgeTest, timeOf, type Judged } from "./test.ts";

/** @param records in the order of the tests; null: not run, or not yet */
export function decide(problem: Problem, records: readonly (TestRecord | null)[], policy: Policy): Decision {
  return new Deciding(problem, policy, records).decision(records);
}

type Decided = GroupDecision & Pick<Child, "isOpen">;
type Unmet = Pick<Decided, "verdict" | "isOpen">;

class Deciding {
  readonly #problem: Problem;
  readonly #policy: Policy;
  readonly #all: readonly (Judged | null)[];
  /** Those that count; null: not known, or it does not count. */
  readonly #tests: readonly (Judged | null)[];
  readonly #isWanted: readonly boolean[];
  readonly #mosts: ReadonlyMap<string, number | null>;
  readonly #groups = new Map<string, Group>();
  /** `null`: it is being decided. */
  readonly #decided = new Map<string, Decided | null>();
  readonly #scores = new Map<number, number>();
  readonly #errors: string[] = [];
  readonly #questions: GraderQuestion[] = [];

  constructor(problem: Problem, policy: Policy, records: readonly (TestRecord | null)[]) {
    [this.#problem, this.#policy] = [problem, policy];
    this.#all = problem.tests.map((_, number) => (records[number] ? judgeTest(records[number], policy) : null));
    const isWanted = wanted(problem, this.#all, policy.until ?? "all");
    this.#tests = this.#all.map((test, number) => (isWanted[number] === true ? test : null));
    this.#isWanted = isWanted;
    this.#mosts = maxScores(problem);
    const walk = (group: Group) => {
      this.#groups.set(group.name, group);
      for (const child of group.children) if (typeof child !== "number") walk(child);
    };
    walk(problem.root);
  }

  decision(records: readonly (TestRecord | null)[]): Decision {
    const { verdict, score, maxScore } = this.#decideGroup(this.#problem.root);
    const tests = this.#all.map((test, number): TestDecision | null => {
      if (test === null) return null;
      const { check: _, ...decision } = test;
      return { ...decision, score: this.#problem.isScoring ? (this.#scores.get(number) ?? null) : null };
    });
    // Parents come before their children.
    const groups = [...this.#groups.values()].slice(1).map((group): GroupDecision => {
      const { isOpen: _, ...decided } = this.#decideGroup(group);
      return decided;
    });
    return {
      verdict: this.#errors.length > 0 ? "JE" : verdict, score, maxScore, tests, groups,
      slowest: this.#slowest(records), judgeErrors: this.#errors, questions: this.#questions,
    };
  }

  #decideGroup(group: Group, inherited?: Unmet): Decided {
    const known = this.#decided.get(group.name);
    if (known != null) return known;
    this.#decided.set(group.name, null);
    const decided = this.#decideAnew(group, inherited);
    this.#decided.set(group.name, decided);
    return decided;
  }

  /** @param inherited a group around it is not run, as it needs one that is not accepted */
  #decideAnew(group: Group, inherited: Unmet | undefined): Decided {
    const { name, rule, children } = group;
    const hasScore = this.#problem.isScoring && rule.score !== "none";
    const base = { name, maxScore: this.#mosts.get(name) ?? null };
    const unmet = inherited ?? this.#unmet(rule);
    if (unmet !== undefined) {
      // Nothing in it counts either, also where it was run before that was known.
      for (const child of children) if (typeof child !== "number") this.#decideGroup(child, unmet);
      return { ...base, ...unmet, score: hasScore ? 0 : null };
    }
    const all = children.map((child) => ({ child, outcome: typeof child === "number" ? this.#childOf(child, rule) : this.#childOfGroup(child) }));
    const considered = rule.ignoreSamples ? all.filter(({ child }) => !isOnlySamples(this.#problem, child)) : all;
    const testCount = considered.filter(({ child }) => typeof child === "number").length;
    if (rule.score !== "none") for (const { child, outcome } of considered) if (typeof child === "number" && !this.#scores.has(child)) this.#scores.set(child, pointsOfTest(outcome, rule, testCount));
    const those = counted(considered.map(({ outcome }) => outcome), rule);
    this.#checkScores(considered.map(({ child }) => child).slice(0, those.length), rule, testCount);
    const isOpen = those.some((child) => child.isOpen);
    if (rule.grader !== null) return { ...base, isOpen, ...this.#graded(group, those, testCount, hasScore) };
    const verdict = groupVerdict(those, rule, this.#policy.combination);
    const score = hasScore ? groupScore(those, verdict, rule, testCount) : null;
    if (score !== null && those.every((child) => child.verdict !== null)) this.#checkRange(name, rule, score);
    return { ...base, isOpen, verdict, score };
  }

  /** What this group is said to need and is not accepted, so that it has no score; undefined: nothing. */
  #unmet({ requires }: Rule): Unmet | undefined {
    for (const name of requires) {
      const group = this.#groups.get(name);
      if (group === undefined || (this.#decided.has(name) && this.#decided.get(name) === null)) {
        this.#error(`a group requires ${name}, ${group === undefined ? "and there is no such group" : "which requires it in turn"}`);
        return { verdict: "JE", isOpen: false };
      }
      const { verdict, isOpen } = this.#decideGroup(group);
      if (verdict !== "AC") return { verdict, isOpen: verdict === null && isOpen };
    }
    return undefined;
  }

  #graded({ name, rule }: Group, those: readonly Child[], tests: number, hasScore: boolean): Pick<GroupDecision, "verdict" | "score"> {
    const nothing = hasScore ? 0 : null;
    if (those.some(({ verdict }) => verdict === "JE")) return { verdict: "JE", score: nothing };
    if (those.some(({ verdict }) => verdict === null)) return { verdict: null, score: nothing };
    const question = { group: name, input: graderInput(those, (child) => (child.fraction === null ? (child.points ?? 0) : pointsOfTest(child, rule, tests))) };
    const answer = this.#policy.grades?.get(graderKey(question));
    if (answer === undefined) {
      this.#questions.push(question);
      return { verdict: null, score: nothing };
    }
    if ("failed" in answer) {
      this.#error(`${shown(name)}: ${answer.failed}`);
      return { verdict: "JE", score: nothing };
    }
    if (hasScore && answer.verdict === "AC") this.#checkRange(name, rule, answer.score);
    return { verdict: answer.verdict, score: hasScore ? answer.score : null };
  }

  #checkRange(name: string, { range }: Rule, score: number): void {
    if (range !== null && (score < rounded(range[0]) || score > rounded(range[1]))) this.#error(`${shown(name)} has a score of ${score}, outside of its range ${range[0]} to ${range[1]}`);
  }

  #checkScores(children: readonly (Group | number)[], rule: Rule, tests: number): void {
    if (!this.#problem.isScoring) return;
    for (const child of children) {
      const judged = typeof child === "number" ? this.#tests[child] : null;
      if (typeof child !== "number" || judged == null) continue;
      const { name, points } = this.#problem.tests[child]!;
      const mistake = scoreMistake(judged, rule, mostOfTest(points, rule, tests));
      if (mistake !== null) this.#error(`${name}: ${mistake}`);
    }
  }

  #childOf(number: number, { checkerScore }: Rule): Child {
    const judged = this.#tests[number] ?? null;
    const worth = this.#problem.tests[number]!.points;
    if (judged === null) return { verdict: null, isOpen: this.#isWanted[number] === true, fraction: 0, points: null, worth };
    const { verdict, check } = judged;
    const isOpen = false;
    // Judges of the legacy format of Kattis do not look at the score of an output that is wrong.
    if (checkerScore === "ignored" || (this.#problem.format === "kattis" && verdict !== "AC")) return { verdict, isOpen, fraction: verdict === "AC" ? 1 : 0, points: null, worth };
    return { verdict, isOpen, fraction: fractionOf(judged), points: verdict === "AC" || verdict === "WA" ? (check?.points ?? null) : null, worth };
  }

  #childOfGroup(group: Group): Child {
    const { verdict, score, isOpen } = this.#decideGroup(group);
    return { verdict, isOpen, fraction: null, points: score, worth: null };
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

  #error(message: string): void {
    if (!this.#errors.includes(message)) this.#errors.push(message);
  }
}

const shown = (group: string) => (group === "" ? "the problem" : group);
