/** `data/` of the legacy format: a tree of groups, each with a testdata.yaml perhaps. */
import type { Group, Program, Test } from "../../problem.ts";
import { configError } from "../../../model/errors.ts";
import type { PackageFiles } from "../package/files.ts";
import { type LegacyGroup, legacyDefaults, legacyRule, readLegacyGroup } from "./legacy-groups.ts";
import { isTest, readFolder } from "./tests.ts";

export interface DataOfPackage {
  readonly tests: readonly Test[];
  readonly root: Group;
  /** Of the score of the whole problem; null: the package does not say. */
  readonly range: LegacyGroup["range"];
}

export interface LegacyContext {
  readonly scores: { readonly isOfChecker: boolean } | null;
  readonly grader: Program | null;
  /** Flags of problem.yaml, which come before those of a group. */
  readonly validatorFlags: readonly string[];
  /** For every group, whatever its testdata.yaml says. */
  readonly overrides: Partial<LegacyGroup>;
}

/** @throws IsolateError of kind Config: no tests, answers missing, a testdata.yaml that is wrong */
export function readLegacyData(files: PackageFiles, context: LegacyContext): DataOfPackage {
  const tests: Test[] = [];
  const own = readLegacyGroup(files, "data", legacyDefaults, context.overrides);
  const parts = ["sample", "secret"].filter((part) => files.find(`data/${part}`) !== null);
  const root: Group = { name: "", children: parts.map((part) => readGroup(files, `data/${part}`, own, context, tests)), rule: ruleOf(files, "data", own, context) };
  if (tests.length === 0) throw noTests(files);
  return { tests, root, range: own.range };
}

export function noTests(files: PackageFiles) {
  return configError(`cannot judge with ${files.root}: there are no tests in ${files.shown("data/sample")} and ${files.shown("data/secret")}`, "a test is NAME.in with NAME.ans; if a generator makes them, run it first");
}

function readGroup(files: PackageFiles, path: string, parent: LegacyGroup, context: LegacyContext, tests: Test[]): Group {
  const group = readLegacyGroup(files, path, parent, context.overrides);
  const isSample = path === "data/sample" || path.startsWith("data/sample/");
  const children = readFolder(files, path).children.map((child) => {
    if (!isTest(child)) return readGroup(files, child.path, group, context, tests);
    const description = child.description === null ? null : files.text(child.description.path)!.trim();
    return tests.push({
      name: child.name,
      input: files.at(child.input),
      answer: files.at(child.answer),
      isSample,
      args: [],
      checkerArgs: [...context.validatorFlags, ...group.validatorFlags],
      files: null,
      points: null,
      ...(description === null ? {} : { description }),
    }) - 1;
  });
  return { name: path.slice("data/".length), children, rule: ruleOf(files, path, group, context) };
}

function ruleOf(files: PackageFiles, path: string, group: LegacyGroup, { scores, grader }: LegacyContext) {
  if (group.isCustom && grader === null) throw configError(`cannot judge with ${files.root}: ${files.shown(path)} has custom grading, and there is no grader in ${files.shown("graders")}`);
  return legacyRule(group, scores, grader);
}
