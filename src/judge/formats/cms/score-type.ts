/** The score types of CMS: which tests a subtask has, and how their outcomes become points. */
import { plainRule, type Group, type Rule } from "../../problem.ts";
import type { YamlValue } from "../package/yaml-value.ts";

export const scoreTypes = ["Sum", "GroupMin", "GroupMul", "GroupThreshold"] as const;
export type ScoreType = (typeof scoreTypes)[number];
export type GroupScoreType = Exclude<ScoreType, "Sum">;

/** How the tests of a task make its score. */
export interface Scoring {
  readonly root: Group;
  /** Of each test; null: they have none, subtasks have them. */
  readonly points: number | null;
}

export interface Subtask {
  readonly points: number;
  /** Numbers of tests. */
  readonly tests: readonly number[];
  /** Of GroupThreshold. */
  readonly threshold: number | null;
}

/** The name of a test in CMS. */
export const codename = (number: number) => String(number).padStart(3, "0");

const aggregates = { GroupMin: "min", GroupMul: "product", GroupThreshold: "threshold" } as const satisfies Record<GroupScoreType, Rule["score"]>;

/** The group of the tests that are in no subtask. CMS runs them, and their outcomes count for nothing. */
export const unscoredName = "unscored";

/** Each test gives its outcome times the same points. @param precision decimal places of the score */
export function sumScoring(count: number, points: number, precision: number): Scoring {
  return { points, root: { name: "", children: upTo(count), rule: { ...plainRule, score: "sum", testScore: { kind: "fraction", of: "test-points" }, round: precision } } };
}

/** @param precision decimal places that the score of each subtask is rounded to before they are added (the rule of the IOI) */
export function groupScoring(type: GroupScoreType, count: number, subtasks: readonly Subtask[], precision: number): Scoring {
  const children: Group[] = subtasks.map(({ points, tests, threshold }, number) => ({
    name: `subtask${number}`,
    children: tests,
    rule: { ...plainRule, score: aggregates[type], testScore: { kind: "fraction", of: 1 }, points, threshold, round: precision },
  }));
  const scored = new Set(subtasks.flatMap(({ tests }) => tests));
  const unscored = upTo(count).filter((test) => !scored.has(test));
  if (unscored.length > 0) children.push({ name: unscoredName, children: unscored, rule: { ...plainRule, verdict: "accept" } });
  return { points: null, root: { name: "", children, rule: { ...plainRule, score: "sum", round: precision } } };
}

/**
 * The parameters of a score type with groups: `[points, tests]`, with a threshold as a third value, or mappings with the same by name. Tests
 * are a number of tests, which go on where those of the last subtask ended, a regular expression, or a list of codenames; the same in all.
 *
 * @throws IsolateError of kind Config, with line and column
 */
export function subtasksOf(type: GroupScoreType, parameters: YamlValue, count: number): Subtask[] {
  const written = parameters.list().map((value) => partsOf(type, value));
  if (written.length === 0) throw parameters.error("must have a subtask at least");
  const kinds = new Set(written.map(({ tests }) => kindOf(tests)));
  if (kinds.size > 1) throw parameters.error("must name the tests of all subtasks in the same way: by a number, by a regular expression, or by a list of codenames");
  const byName = new Map(upTo(count).map((number) => [codename(number), number]));
  // CMS sorts codenames as text, so 1000 comes before 999.
  const order = [...byName.keys()].toSorted();
  let next = 0;
  return written.map(({ points, tests, threshold }) => {
    let names: readonly string[];
    switch (kindOf(tests)) {
      case "count": {
        const size = tests.integer({ least: 1 });
        names = order.slice(next, next + size);
        next += size;
        if (next > count) throw tests.error(`is ${size}, and with those before it more tests than there are (${count})`);
        break;
      }
      case "expression":
        names = matching(tests, order);
        break;
      default:
        names = listed(tests, byName);
    }
    return { points, threshold, tests: names.map((name) => byName.get(name)!) };
  });
}

interface WrittenSubtask {
  readonly points: number;
  readonly tests: YamlValue;
  readonly threshold: number | null;
}

function partsOf(type: GroupScoreType, value: YamlValue): WrittenSubtask {
  const needsThreshold = type === "GroupThreshold";
  if (value.isMapping) {
    const mapping = value.mapping();
    const [points, tests] = ["max_score", "testcases"].map((key) => mapping.get(key) ?? missing(value, `must have the key ${key}`));
    const threshold = mapping.get("threshold");
    mapping.ignore("always_show_testcases");
    mapping.warnOfUnknownKeys();
    if (needsThreshold && threshold === null) throw value.error("must have the key threshold");
    return { points: points!.number(), tests: tests!, threshold: needsThreshold ? threshold!.number() : null };
  }
  const parts = value.list();
  const wanted = needsThreshold ? ["points", "tests", "threshold"] : ["points", "tests"];
  if (parts.length < wanted.length) throw value.error(`must be a list of ${wanted.length} values (${wanted.join(", ")}), not of ${parts.length}`);
  return { points: parts[0]!.number(), tests: parts[1]!, threshold: needsThreshold ? parts[2]!.number() : null };
}

function missing(value: YamlValue, message: string): never {
  throw value.error(message);
}

function kindOf(tests: YamlValue): "count" | "expression" | "list" {
  if (tests.isList) return "list";
  if (typeof tests.value === "number") return "count";
  if (typeof tests.value === "string") return "expression";
  throw tests.error("must be a number of tests, a regular expression, or a list of codenames");
}

function matching(tests: YamlValue, names: readonly string[]): readonly string[] {
  const source = tests.text();
  let expression: RegExp;
  try {
    // As Python's re.match: at the beginning, and not up to the end. What Python writes in its own way is put into ours.
    expression = new RegExp(`^(?:${source.replaceAll("(?P<", "(?<").replaceAll("\\A", "^").replaceAll("\\Z", "$")})`);
  } catch {
    throw tests.error(`${JSON.stringify(source)} is no regular expression`);
  }
  const found = names.filter((name) => expression.test(name));
  if (found.length === 0) throw tests.error(`no test matches ${JSON.stringify(source)}; tests have names from ${names[0]} to ${names.at(-1)}`);
  return found;
}

function listed(tests: YamlValue, byName: ReadonlyMap<string, number>): readonly string[] {
  const values = tests.list();
  if (values.length === 0) throw tests.error("must name a test at least");
  const seen = new Set<string>();
  for (const value of values) {
    if (typeof value.value !== "string") throw value.error(`must be the codename of a test as text, such as "${codename(0)}"`);
    if (!byName.has(value.value)) throw value.error(`there is no test ${JSON.stringify(value.value)}; tests have names from ${codename(0)} to ${codename(byName.size - 1)}`);
    if (seen.has(value.value)) throw value.error(`names the test ${value.value} a second time`);
    seen.add(value.value);
  }
  return [...seen];
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);
