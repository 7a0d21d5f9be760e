/** Subtasks of Hydro become groups, and their cases tests. */
import { configError } from "../../../model/errors.ts";
import type { PackageFiles } from "../package/files.ts";
import { plainRule, type Group, type Rule, type Test } from "../../problem.ts";
import type { CaseConfig, SubtaskConfig, SubtaskType, TestConfig } from "./config.ts";
import { emptyFile, locate } from "./data.ts";
import { pair } from "./pairing.ts";
import { allPoints, shared } from "./scores.ts";

/** A case with all that it inherits. */
export interface Case {
  /** In its subtask. */
  readonly id: number;
  readonly points: number;
  readonly test: Omit<Test, "name">;
}

export interface Grouped {
  readonly tests: readonly Test[];
  readonly root: Group;
}

/** A subtask with all that the config does not say. */
interface Subtask extends Omit<SubtaskConfig, "id" | "type" | "score"> {
  readonly id: number;
  readonly type: SubtaskType;
  readonly score: number;
}

/** Most tests have none, and there may be 100,000 of them. */
const none: readonly string[] = [];

const groupName = (id: number) => `subtask${id}`;

/** Where the config has no cases: those that the names of files make, in the subtasks of the config and in new ones. */
export function withPairedCases(subtasks: readonly SubtaskConfig[], files: PackageFiles, names: readonly string[]): SubtaskConfig[] {
  const { subtasks: paired, alone } = pair(names);
  if (alone.length > 0) files.warn(`${files.shown(alone[0]!)} has no answer and is not used${alone.length === 1 ? "" : ` (${alone.length - 1} more like it)`}`);
  const declared = subtasks.map((subtask, index) => ({ ...subtask, id: subtask.id ?? index + 1 }));
  const noFault = { fault: (message: string) => configError(`cannot judge with ${files.root}: ${message}`) };
  const found = new Map(paired.map((one) => [one.id, one.cases]));
  const known = new Set(declared.map(({ id }) => id));
  const cases = (id: number): CaseConfig[] => (found.get(id) ?? []).map(({ id: number, input, output }) => ({ id: number, input: { name: input, ...noFault }, output: { name: output, ...noFault }, score: null, time: null, memory: null }));
  const others = paired.filter(({ id }) => !known.has(id));
  return [
    ...declared.map((subtask) => ({ ...subtask, cases: cases(subtask.id) })),
    ...others.map(({ id, type }): SubtaskConfig => ({ id, type, score: null, requires: [], time: null, memory: null, cases: cases(id), ...noFault })),
  ];
}

/**
 * @param adapt what the kind of the problem adds to a test
 * @throws IsolateError of kind Config: a file is missing, ids are there twice, subtasks that need each other, a subtask without cases
 */
export function groupTests(config: TestConfig, files: PackageFiles, adapt: (one: Case) => Partial<Test>): Grouped {
  const tests: Test[] = [];
  const names = new Set<string>();
  const children = complete(config.subtasks).map((subtask): Group => {
    const cases = completeCases(subtask, config, files).map((one) => {
      const name = nameOf(one, subtask.id, names);
      names.add(name);
      return tests.push({ name, ...one.test, ...adapt(one) }) - 1;
    });
    return { name: groupName(subtask.id), children: cases, rule: ruleOf(subtask) };
  });
  return { tests, root: { name: "", children, rule: { ...plainRule, verdict: "worst", score: "sum" } } };
}

/** Those that others need come before them. */
function complete(written: readonly SubtaskConfig[]): Subtask[] {
  const sorted = byId(written.map((subtask, index) => ({ ...subtask, id: subtask.id ?? index + 1 })));
  const scores = shared(sorted.map(({ score }) => score), allPoints);
  const subtasks = sorted.map((subtask, index): Subtask => ({ ...subtask, type: subtask.type ?? "min", score: scores[index]! }));
  for (const [index, { id, cases, requires, fault }] of subtasks.entries()) {
    if (subtasks[index - 1]?.id === id) throw fault(`has the id ${id}, as another subtask has`);
    if (cases.length === 0) throw fault(`subtask ${id} has no tests: neither cases nor files whose names say that they are in it`);
    for (const need of requires) if (subtasks.every((one) => one.id !== need.id)) throw need.fault(`there is no subtask ${need.id}`);
  }
  return inOrder(subtasks);
}

function completeCases(subtask: Subtask, config: TestConfig, files: PackageFiles): Case[] {
  const cases = byId(subtask.cases);
  const shares = shared(cases.map(({ score }) => score), subtask.score);
  return cases.map((one, index): Case => {
    // A test of a `min` or `max` without points of its own is worth the whole subtask, and can never give more.
    const points = subtask.type === "sum" ? shares[index]! : Math.min(one.score || subtask.score, subtask.score);
    const [time, memory] = [one.time ?? subtask.time ?? config.time, one.memory ?? subtask.memory ?? config.memory];
    const input = one.input === null ? emptyFile : locate(files, one.input, "input");
    const answer = one.output === null ? null : locate(files, one.output, "output");
    return {
      id: one.id ?? index + 1,
      points,
      test: {
        input, answer: answer === emptyFile ? null : answer, isSample: false, args: none, checkerArgs: none, files: null, points,
        ...(time === null ? {} : { cpuTime: time }),
        ...(memory === null ? {} : { memory }),
      },
    };
  });
}

function ruleOf({ type, score, requires }: Subtask): Rule {
  return {
    ...plainRule,
    verdict: "worst",
    score: type,
    testScore: { kind: "fraction", of: "test-points", floor: true },
    points: type === "sum" ? null : score,
    requires: requires.map(({ id }) => groupName(id)),
    ...(type === "sum" ? {} : { stopAt: type === "min" ? "zero" : "full" }),
  };
}

/** Subtasks after those that they need, else in the order of their ids. */
function inOrder(subtasks: readonly Subtask[]): Subtask[] {
  const ordered: Subtask[] = [];
  const state = new Map<number, "open" | "done">();
  const visit = (subtask: Subtask): void => {
    if (state.get(subtask.id) === "done") return;
    state.set(subtask.id, "open");
    for (const need of subtask.requires) {
      if (state.get(need.id) === "open") throw need.fault(need.id === subtask.id ? "a subtask needs itself" : `subtasks ${subtask.id} and ${need.id} need each other`);
      visit(subtasks.find(({ id }) => id === need.id)!);
    }
    state.set(subtask.id, "done");
    ordered.push(subtask);
  };
  for (const subtask of subtasks) visit(subtask);
  return ordered;
}

/** Those with ids by their ids; those without stay where they are. */
function byId<T extends { readonly id: number | null }>(all: readonly T[]): T[] {
  return all.toSorted((one, other) => (one.id === null || other.id === null ? 0 : one.id - other.id));
}

/** That of the input without its ending; the subtask before it where another test has it. */
function nameOf({ test: { input }, id }: Case, subtask: number, taken: ReadonlySet<string>): string {
  const file = input === emptyFile ? String(id) : input.slice(input.lastIndexOf("/") + 1);
  const stem = file.replace(/\.(in|txt|in\.txt)$/i, "");
  for (const name of [stem, `${subtask}/${stem}`, `${subtask}/${id}`]) if (!taken.has(name)) return name;
  for (let again = 2; ; again++) if (!taken.has(`${subtask}/${id}-${again}`)) return `${subtask}/${id}-${again}`;
}
