/** Whether a submission did what its package expects of it: a pure function of what was decided about it. */
import type { Expectation } from "../expectation.ts";
import { globMatcher } from "../globs.ts";
import type { Group, Problem } from "../problem.ts";
import type { TestRecord } from "../records.ts";
import type { Verdict } from "../verdict.ts";
import type { Decision } from "./decision.ts";
import { isOneOf } from "./format-verdicts.ts";
import { lenientNote, strictNote } from "./legacy-expected.ts";
import { remaining } from "./needed.ts";
import { selected } from "./selected.ts";

export interface Judgement {
  /** null: not known, as tests that it depends on were not run, or the judge failed. */
  readonly asExpected: boolean | null;
  /** Why not, for people. */
  readonly reasons: readonly string[];
  /** What is as expected by a rule that other judges do not all have. */
  readonly notes: readonly string[];
}

type Words = Omit<Expectation, "parts">;

/** @param records in the order of the tests: what checkers said */
export function judgeExpectation(problem: Problem, expectation: Expectation, decision: Decision, records: readonly (TestRecord | null)[]): Judgement {
  if (decision.verdict === "JE" || decision.tests.some((test) => test?.verdict === "JE")) return { asExpected: null, reasons: ["the judge failed"], notes: [] };
  const judging = new Judging(problem, decision, records);
  judging.judge(expectation, null);
  for (const { tests, expected } of expectation.parts) judging.judge(expected, tests === "" ? null : tests);
  const { reasons, notes, isKnown } = judging;
  return { asExpected: reasons.length > 0 ? false : isKnown ? true : null, reasons, notes };
}

/** @returns tells whether a test, by its number, may have a verdict; null: nothing is said about this test alone */
export function expectedOnTests(problem: Problem, expectation: Expectation): (test: number, verdict: Verdict) => boolean | null {
  const rules = [{ tests: "", expected: expectation }, ...expectation.parts].flatMap(({ tests, expected: { about, permitted } }) =>
    about === "tests" && permitted !== null ? [{ isMeant: selected(problem, tests), permitted }] : []);
  return (test, verdict) => {
    const about = rules.filter(({ isMeant }) => isMeant[test]);
    return about.length === 0 ? null : about.every(({ permitted }) => isOneOf(problem.format, verdict, permitted));
  };
}

class Judging {
  readonly reasons: string[] = [];
  readonly notes: string[] = [];
  isKnown = true;

  readonly #problem: Problem;
  readonly #decision: Decision;
  readonly #records: readonly (TestRecord | null)[];

  constructor(problem: Problem, decision: Decision, records: readonly (TestRecord | null)[]) {
    [this.#problem, this.#decision, this.#records] = [problem, decision, records];
  }

  /** @param pattern of tests and groups; null: about all of them */
  judge(words: Words, pattern: string | null): void {
    const where = pattern === null ? "" : `${pattern}: `;
    const selected = this.#select(pattern);
    if (selected.length === 0 && pattern !== null) {
      // That all of none have some verdict is true, and says nothing.
      const list = words.required === null && words.message === null && words.score === null ? this.notes : this.reasons;
      return void list.push(`${where}no test and no group has such a name (${words.source})`);
    }
    if (this.#decision.verdict === "CE") return this.#uncompiled(words);
    if (words.about === "overall") this.#overall(words, where, pattern === null ? this.#decision.verdict : this.#firstFailure(selected), selected);
    else this.#tests(words, where, selected);
    if (words.score !== null) this.#score(words.score, words.source, where, pattern);
    if (words.message !== null) this.#message(words.message, words.source, where, selected);
  }

  #select(pattern: string | null): readonly number[] {
    return selected(this.#problem, pattern ?? "").flatMap((isMeant, number) => (isMeant ? [number] : []));
  }

  #uncompiled({ permitted, required, source }: Words): void {
    if (![...(permitted ?? []), ...(required ?? [])].includes("CE") && (permitted !== null || required !== null)) this.#fail(`it does not compile (${source})`);
  }

  #overall({ permitted, required, source }: Words, where: string, verdict: Verdict | null, selected: readonly number[]): void {
    const { format } = this.#problem;
    const named = permitted ?? required;
    if (named === null) return;
    const seen = selected.flatMap((number) => this.#decision.tests[number]?.verdict ?? []);
    if (verdict === null) {
      this.isKnown = false;
    } else if (isOneOf(format, verdict, named)) {
      const note = strictNote(format, named, seen);
      if (note !== null) this.notes.push(`${where}${note}`);
    } else {
      const note = lenientNote(format, named, verdict, seen);
      if (note === null) this.#fail(`${where}the verdict is ${verdict}; ${source} says ${listed(named)}`);
      else this.notes.push(`${where}${note}`);
    }
  }

  #tests({ permitted, required, source }: Words, where: string, selected: readonly number[]): void {
    const { format, tests } = this.#problem;
    const run = selected.flatMap((number) => (this.#decision.tests[number] ? [{ name: tests[number]!.name, verdict: this.#decision.tests[number].verdict }] : []));
    if (permitted !== null) {
      const [first, ...more] = run.filter(({ verdict }) => !isOneOf(format, verdict, permitted));
      if (first !== undefined) this.#fail(`${where}${first.name} has ${first.verdict}${more.length === 0 ? "" : `, and ${more.length} more ${more.length === 1 ? "is" : "are"} like it`}; ${source} allows ${listed(permitted)}`);
      if (run.length === 0) this.isKnown = false;
    }
    if (required === null || run.some(({ verdict }) => isOneOf(format, verdict, required))) return;
    // What is left out because of its group will never be run; what is left out for other reasons could have it.
    if (this.#remaining.some((number) => selected.includes(number))) this.isKnown = false;
    else this.#fail(`${where}no test has ${listed(required)}, which ${source} requires`);
  }

  get #remaining(): readonly number[] {
    return remaining(this.#problem, this.#decision.tests.map((test, number) => (test === null ? null : { verdict: test.verdict, check: this.#records[number]?.passes.at(-1)?.check ?? null })));
  }

  /** The first verdict in the order of the tests that is not AC; null: not known. */
  #firstFailure(selected: readonly number[]): Verdict | null {
    for (const number of selected) {
      const verdict = this.#decision.tests[number]?.verdict ?? null;
      if (verdict !== "AC") return verdict;
    }
    return "AC";
  }

  #score([least, most]: readonly [number, number], source: string, where: string, pattern: string | null): void {
    const scores = pattern === null ? [{ name: "", score: this.#decision.score, verdict: this.#decision.verdict }] : this.#scoresOf(pattern);
    for (const { name, score, verdict } of scores) {
      const what = name === "" ? "the score" : `the score of ${name}`;
      if (score === null) this.#fail(`${where}${what} should be ${range(least, most)}; there are no scores (${source})`);
      else if (score > most + tolerance || (score < least - tolerance && verdict !== null)) this.#fail(`${where}${what} is ${score}; ${source} says ${range(least, most)}`);
      // Tests that are not known can only add to it.
      else if (verdict === null) this.isKnown = false;
    }
  }

  /** Of the groups that a pattern names, but not of groups inside of these; of tests where it names no group. */
  #scoresOf(pattern: string): { readonly name: string; readonly score: number | null; readonly verdict: Verdict | null }[] {
    const matches = globMatcher(pattern);
    const names: string[] = [];
    const walk = ({ name, children }: Group) => {
      if (name !== "" && matches(name)) names.push(name);
      else for (const child of children) if (typeof child !== "number") walk(child);
    };
    walk(this.#problem.root);
    if (names.length > 0) return this.#decision.groups.filter(({ name }) => names.includes(name));
    return this.#problem.tests.flatMap(({ name }, number) => (matches(name) ? [{ name, score: this.#decision.tests[number]?.score ?? null, verdict: this.#decision.tests[number]?.verdict ?? null }] : []));
  }

  #message(message: string, source: string, where: string, selected: readonly number[]): void {
    const isSaid = selected.some((number) => this.#records[number]?.passes.some(({ check }) => check?.message?.includes(message)) === true);
    if (isSaid) return;
    if (this.#remaining.some((number) => selected.includes(number))) this.isKnown = false;
    else this.#fail(`${where}no checker said ${JSON.stringify(message)}, which ${source} expects`);
  }

  #fail(reason: string): void {
    if (!this.reasons.includes(reason)) this.reasons.push(reason);
  }
}

/** Scores are rounded to 9 decimal places. */
const tolerance = 1e-9;

const range = (least: number, most: number) => (least === most ? String(least) : `${least} to ${most}`);

function listed(verdicts: readonly Verdict[]): string {
  return verdicts.length < 2 ? verdicts.join("") : `${verdicts.slice(0, -1).join(", ")} or ${verdicts.at(-1)}`;
}
