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
  /** The first test after which none is wanted. */
  #end = Infinity;

  constructor(problem: Problem, until: Until) {
    this.#until = until;
    this.#places = problem.tests.map(() => []);
    const walk = (group: Group, parent: Place | null) => {
      const node: Node = { group, parent, endedAt: Infinity, isFailed: false };
      this.#nodes.set(group.name, node);
      for (const [at, child] of group.children.entries()) {
        const place: Place = { node, at, isSample: isOnlySamples(problem, child) };
        if (typeof child === "number") this.#places[child]!.push(place);
        else walk(child, place);
      }
    };
    walk(problem.root, null);
  }

  /** A test has ended. @param fraction what part of the full score it gives */
  tell(test: number, verdict: Verdict, fraction: number): void {
    for (const { node, at, isSample } of this.#places[test]!) if (!(node.group.rule.ignoreSamples && isSample) && isEnd(node.group.rule, verdict, fraction)) node.endedAt = Math.min(node.endedAt, at);
    if (endsAll(this.#until, verdict)) this.#end = Math.min(this.#end, test);
    if (verdict === "AC") return;
    for (const place of this.#places[test]!) this.#failed(place);
  }

  isNeeded(test: number): boolean {
    // Whatever failed, in whichever order: nothing is begun any more, also not what came before it.
    if (this.#end !== Infinity) return false;
    return this.#places[test]!.some((place) => this.#counts(place));
  }

  #failed(from: Place): void {
    for (let place: Place | null = from; place !== null; place = place.node.parent) {
      const { node, at, isSample } = place;
      const { rule } = node.group;
      if (rule.ignoreSamples && isSample) return;
      if (rule.stop) node.endedAt = Math.min(node.endedAt, at);
      // Whether it counts beside a full answer is known when all before it are.
      if (rule.verdict === "accept" || rule.acceptIfAny || rule.stopAt === "full") return;
      node.isFailed = true;
    }
  }

  #counts(from: Place): boolean {
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
