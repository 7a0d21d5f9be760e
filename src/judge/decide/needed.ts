/**
 * Which tests may still matter. A test that comes after one that failed may be left out where its group says so; never the other way round, so that
 * it does not matter which ends first. Each question and each answer costs as much as the test's groups are deep.
 */
import type { Group, Problem } from "../problem.ts";
import type { Verdict } from "../verdict.ts";
import { isEnd } from "./group.ts";
import { isOnlySamples } from "./max-score.ts";
import { fractionOf, type Judged } from "./test.ts";
import { endsAll, type Until } from "./until.ts";

interface Node {
  readonly group: Group;
  readonly parent: Place | null;
  /** Place of the first child after which none counts; Infinity: there is none. */
  endedAt: number;
  /** It cannot be accepted any more. */
  isFailed: boolean;
  /** Those that are not run when it fails. */
  readonly needing: Node[];
}

/** A child of a group, by its place in the order. */
interface Place {
  readonly node: Node;
  readonly at: number;
  readonly isSample: boolean;
}

export class Needed {
  readonly #places: Place[][];
  readonly #nodes = new Map<string, Node>();
  readonly #until: Until;
  /** No test is wanted after one that failed. */
  #isOver = false;
  /** Tests after which none is wanted, if they count: which those before them have yet to say. */
  readonly #ends: number[] = [];
  readonly #told: boolean[];
  /** All tests before it are known, or will never be run. */
  #knownTo = 0;

  constructor(problem: Problem, until: Until) {
    this.#until = until;
    this.#places = problem.tests.map(() => []);
    this.#told = problem.tests.map(() => false);
    const walk = (group: Group, parent: Place | null) => {
      const node: Node = { group, parent, endedAt: Infinity, isFailed: false, needing: [] };
      this.#nodes.set(group.name, node);
      for (const [at, child] of group.children.entries()) {
        const place: Place = { node, at, isSample: isOnlySamples(problem, child) };
        if (typeof child === "number") this.#places[child]!.push(place);
        else walk(child, place);
      }
    };
    walk(problem.root, null);
    for (const node of this.#nodes.values()) for (const name of node.group.rule.requires) this.#nodes.get(name)?.needing.push(node);
  }

  /** A test has ended. @param fraction what part of the full score it gives */
  tell(test: number, verdict: Verdict, fraction: number): void {
    for (const { node, at, isSample } of this.#places[test]!) if (!(node.group.rule.ignoreSamples && isSample) && isEnd(node.group.rule, verdict, fraction)) node.endedAt = Math.min(node.endedAt, at);
    if (verdict !== "AC") for (const place of this.#places[test]!) this.#failed(place);
    if (this.#until !== "all") this.#end(test, verdict);
  }

  isNeeded(test: number): boolean {
    return !this.#isOver && this.#counts(test);
  }

  #end(test: number, verdict: Verdict): void {
    this.#told[test] = true;
    if (endsAll(this.#until, verdict)) {
      if (this.#places[test]!.some((place) => this.#countsSurely(place))) this.#isOver = true;
      else this.#ends.push(test);
    }
    while (this.#knownTo < this.#told.length && (this.#told[this.#knownTo] === true || !this.#counts(this.#knownTo))) this.#knownTo++;
    if (this.#ends.some((end) => end < this.#knownTo && this.#counts(end))) this.#isOver = true;
  }

  #failed(from: Place): void {
    for (let place: Place | null = from; place !== null; place = place.node.parent) {
      const { node, at, isSample } = place;
      const { rule } = node.group;
      if (rule.ignoreSamples && isSample) return;
      if (rule.stop) node.endedAt = Math.min(node.endedAt, at);
      // Whether it counts beside a full answer is known when all before it are.
      if (rule.verdict === "accept" || rule.acceptIfAny || rule.stopAt === "full") return;
      this.#fail(node);
    }
  }

  #fail(node: Node): void {
    if (node.isFailed) return;
    node.isFailed = true;
    // What needs it is as good as failed.
    for (const other of node.needing) {
      this.#fail(other);
      if (other.parent !== null) this.#failed(other.parent);
    }
  }

  /** No test that is still running can leave this one out, but one after which none is wanted either. All before it have begun. */
  #countsSurely(from: Place): boolean {
    for (let place: Place | null = from; place !== null; place = place.node.parent) {
      const { stop, stopAt, requires } = place.node.group.rule;
      if (stopAt === "full" || (this.#until === "slowest" && (stop || stopAt === "zero" || requires.length > 0))) return false;
    }
    return this.#isOpen(from);
  }

  #counts(test: number): boolean {
    return this.#places[test]!.some((place) => this.#isOpen(place));
  }

  #isOpen(from: Place): boolean {
    for (let place: Place | null = from; place !== null; place = place.node.parent) {
      const { rule } = place.node.group;
      if (place.node.endedAt < place.at) return false;
      if (rule.requires.some((name) => this.#nodes.get(name)?.isFailed === true)) return false;
    }
    return true;
  }
}

/** The tests that are not known and may still matter, were all of them run. @param tests what is known of each; null: nothing */
export function remaining(problem: Problem, tests: readonly (Pick<Judged, "verdict" | "check"> | null)[]): readonly number[] {
  if (tests.every((test) => test !== null)) return [];
  const needed = new Needed(problem, "all");
  for (const [number, test] of tests.entries()) if (test !== null) needed.tell(number, test.verdict, fractionOf(test));
  return tests.flatMap((test, number) => (test === null && needed.isNeeded(number) ? [number] : []));
}

/**
 * The tests that count, as if each had begun when all before it had ended: with several jobs others have run as well, and which ones is luck.
 * @param tests what is known of each; null: nothing
 */
export function wanted(problem: Problem, tests: readonly (Pick<Judged, "verdict" | "check"> | null)[], until: Until): readonly boolean[] {
  const needed = new Needed(problem, until);
  return tests.map((test, number) => {
    if (!needed.isNeeded(number)) return false;
    if (test !== null) needed.tell(number, test.verdict, fractionOf(test));
    return true;
  });
}
