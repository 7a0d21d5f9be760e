/** How the tests of a Polygon package make a verdict and a score. */
import { type Group, plainRule, type Rule } from "../../problem.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { PolygonTest } from "./tests.ts";
import type { XmlElement } from "./xml-element.ts";

export interface Grouping {
  readonly tests: readonly PolygonTest[];
  readonly root: Group;
  readonly isScoring: boolean;
  readonly names: readonly string[];
}

interface Declared {
  readonly name: string;
  /** null: the tests have a group that is nowhere described. */
  readonly element: XmlElement | null;
  readonly requires: readonly string[];
  readonly policy: string | null;
  readonly points: number | null;
}

const mostGroups = 5000;
const policies = ["complete-group", "each-test", "min-group"] as const;

/**
 * Tests come in the order of their groups, as far as these are not in order already: groups that others depend on come first.
 * @throws IsolateError of kind Config: groups that are not there, that depend on each other, or that are there twice
 */
export function readGroups(testset: XmlElement, tests: readonly PolygonTest[]): Grouping {
  const declared = declaredGroups(testset, tests);
  const isScoring = tests.some(({ test }) => (test.points ?? 0) > 0) || declared.some(({ points }) => (points ?? 0) > 0);
  const ordered: PolygonTest[] = [];
  const place = (part: readonly PolygonTest[]) => part.map((test) => ordered.push(test) - 1);
  const ofGroup = Map.groupBy(tests, ({ group }) => group);
  const children: (Group | number)[] = [];
  const groups = inOrder(declared);
  // Tests without a group come where the first of them is.
  const first = tests.findIndex(({ group }) => group === null);
  let isLoosePlaced = first < 0;
  for (const group of groups) {
    const members = ofGroup.get(group.name) ?? [];
    if (members.length === 0) group.element?.warn("has no tests");
    if (!isLoosePlaced && members.length > 0 && tests.indexOf(members[0]!) > first) {
      children.push(...place(ofGroup.get(null)!));
      isLoosePlaced = true;
    }
    children.push({ name: group.name, children: place(isScoring ? withPoints(group, members) : members), rule: ruleOf(group, members, isScoring) });
  }
  if (!isLoosePlaced) children.push(...place(ofGroup.get(null)!));
  const rule: Rule = isScoring ? { ...plainRule, score: "sum", testScore: { kind: "fraction", of: "test-points" } } : plainRule;
  return { tests: ordered, root: { name: "", children, rule }, isScoring, names: declared.map(({ name }) => name) };
}

function declaredGroups(testset: XmlElement, tests: readonly PolygonTest[]): readonly Declared[] {
  const found = new Map<string, Declared>();
  for (const element of testset.child("groups")?.all("group") ?? []) {
    element.warnOfMisspelled(["name", "points", "points-policy", "feedback-policy"], ["dependencies"]);
    const name = element.required("name");
    if (found.has(name)) throw element.error(`there is another group ${name} before it`);
    const requires = (element.child("dependencies")?.all("dependency") ?? []).map((dependency) => dependency.required("group"));
    found.set(name, { name, element, requires, policy: element.attribute("points-policy"), points: element.points("points") });
  }
  for (const { group: name } of tests) {
    if (name !== null && !found.has(name)) found.set(name, { name, element: null, requires: [], policy: null, points: null });
  }
  if (found.size > mostGroups) throw testset.error(`must have at most ${mostGroups} groups, not ${found.size}`);
  for (const { element, requires } of found.values()) {
    const missing = requires.find((name) => !found.has(name));
    if (missing === undefined) continue;
    const near = nearestName(missing, [...found.keys()]);
    throw element!.error(`depends on the group ${missing}, which is not there${near === null ? "" : `: did you mean '${near}'?`}`);
  }
  // As they come in the tests: that is the order in which people count them.
  const order = new Map([...new Set(tests.map(({ group }) => group))].map((name, index) => [name, index]));
  return [...found.values()].toSorted((one, other) => (order.get(one.name) ?? Infinity) - (order.get(other.name) ?? Infinity) || 0);
}

/** Each after those that it depends on. */
function inOrder(groups: readonly Declared[]): readonly Declared[] {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const [done, open] = [new Set<Declared>(), new Set<Declared>()];
  const visit = (group: Declared) => {
    if (done.has(group)) return;
    if (open.has(group)) throw group.element!.error(`depends on itself, by way of ${[...open].map(({ name }) => name).slice(0, 8).join(", ")}`);
    open.add(group);
    for (const name of group.requires) visit(byName.get(name)!);
    open.delete(group);
    done.add(group);
  };
  groups.forEach(visit);
  return [...done];
}

/** Points may be with a group, or with its tests: on the first of them, with nothing on the others. */
const pointsOf = ({ points }: Declared, members: readonly PolygonTest[]) => points ?? members.reduce((sum, { test }) => sum + (test.points ?? 0), 0);

/** With the points that a full answer of each is worth, which the points of a checker are out of. */
function withPoints(group: Declared, members: readonly PolygonTest[]): readonly PolygonTest[] {
  const all = pointsOf(group, members);
  const haveOwn = members.some(({ test }) => (test.points ?? 0) > 0);
  const each = group.policy === "complete-group" ? null : group.policy === "min-group" ? all : haveOwn ? null : all / members.length;
  return each === null ? members : members.map(({ test, group: name }) => ({ test: { ...test, points: each }, group: name }));
}

function ruleOf(group: Declared, members: readonly PolygonTest[], isScoring: boolean): Rule {
  const { element, policy, requires } = group;
  if (policy !== null && !(policies as readonly string[]).includes(policy)) {
    const near = nearestName(policy, policies);
    element!.warn(`unknown points-policy ${policy}, which is read as each-test${near === null ? "" : `: did you mean '${near}'?`}`);
  }
  const rule: Rule = { ...plainRule, requires };
  if (!isScoring) return rule;
  const points = pointsOf(group, members);
  // Nothing that comes after a failure can change the score of such a group.
  if (policy === "complete-group") return { ...rule, stop: true, score: "pass-fail", points };
  if (policy === "min-group") return { ...rule, score: "min", testScore: { kind: "fraction", of: 1 }, points };
  return { ...rule, score: "sum", testScore: { kind: "fraction", of: "test-points" } };
}
