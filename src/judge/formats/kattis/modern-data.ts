/** `data/` of version 2025-09: samples, and secret tests that are in groups or not. */
import type { Group, Rule, Test } from "../../problem.ts";
import { plainRule } from "../../problem.ts";
import type { Constants } from "../../constants.ts";
import { configError } from "../../../model/errors.ts";
import type { Entry, PackageFiles } from "../package/files.ts";
import { readMapping } from "../package/yaml.ts";
import { type DataOfPackage, noTests } from "./legacy-data.ts";
import { type Inherited, readGroupFile, readScoring, type Scoring } from "./modern-groups.ts";
import { isTest, readFolder, type TestFiles } from "./tests.ts";

const config = "test_group.yaml";

/** @throws IsolateError of kind Config: no tests, answers missing, groups beside tests, a test_group.yaml that is wrong */
export function readModernData(files: PackageFiles, isScoring: boolean, constants: Constants): DataOfPackage {
  const reader = new DataReader(files, isScoring, constants);
  const own = readGroupFile(files, "data", { args: [], checkerArgs: [] }, constants).inherited;
  const children: Group[] = [];
  if (files.find("data/sample") !== null) children.push(reader.sample(own));
  if (files.find("data/secret") !== null) children.push(reader.secret(own));
  if (reader.tests.length === 0) throw noTests(files);
  return { tests: reader.tests, root: { name: "", children, rule: { ...plainRule, score: isScoring ? "sum" : "none" } }, range: null };
}

class DataReader {
  readonly tests: Test[] = [];
  readonly #files: PackageFiles;
  readonly #isScoring: boolean;
  readonly #constants: Constants;

  constructor(files: PackageFiles, isScoring: boolean, constants: Constants) {
    [this.#files, this.#isScoring, this.#constants] = [files, isScoring, constants];
  }

  sample(parent: Inherited): Group {
    const { inherited, yaml } = readGroupFile(this.#files, "data/sample", parent, this.#constants);
    for (const key of ["max_score", "score_aggregation", "require_pass"]) if (yaml?.has(key) === true) throw yaml.error(key, "is not for samples, which have no score");
    yaml?.warnOfUnknownKeys();
    const rule: Rule = this.#isScoring ? { ...plainRule, checkerScore: "ignored" } : plainRule;
    return { name: "sample", children: this.#testsBelow("data/sample", inherited, true), rule };
  }

  secret(parent: Inherited): Group {
    const files = this.#files;
    const { inherited, yaml } = readGroupFile(files, "data/secret", parent, this.#constants);
    const { children } = readFolder(files, "data/secret");
    const groups = children.filter((child): child is Entry => !isTest(child) && files.hasFile(`${child.path}/${config}`));
    const others = children.filter((child) => isTest(child) || !groups.includes(child));
    if (groups.length > 0 && others.length > 0) {
      const shown = (child: TestFiles | Entry) => files.shown(isTest(child) ? child.input.path : child.path);
      throw configError(`cannot judge with ${files.root}: ${files.shown("data/secret")} has groups (${shown(groups[0]!)}, by its ${config}) and tests that are in none (${shown(others[0]!)})`, "put every test into a group, or none");
    }
    const scoring = this.#isScoring ? readScoring(files, "data/secret", yaml, null, []) : this.#withoutScores(yaml);
    yaml?.warnOfUnknownKeys();
    if (groups.length === 0) return { name: "secret", children: this.#testsBelow("data/secret", inherited, false), rule: ruleOfTests(scoring) };
    const read: { readonly name: string; readonly scoring: Scoring | null }[] = [];
    const parts = groups.map(({ path }) => {
      const own = readGroupFile(files, path, inherited, this.#constants);
      const ofGroup = this.#isScoring ? readScoring(files, path, own.yaml, scoring, read) : this.#withoutScores(own.yaml);
      own.yaml?.warnOfUnknownKeys();
      const name = path.slice("data/".length);
      read.push({ name, scoring: ofGroup });
      const group: Group = { name, children: this.#testsBelow(path, own.inherited, false), rule: ruleOfTests(ofGroup) };
      if (group.children.length === 0) throw configError(`cannot judge with ${files.root}: there are no tests in the group ${files.shown(path)}`);
      return group;
    });
    const most = scoring?.aggregation === "sum" && scoring.maxScore !== null ? read.reduce((sum, part) => sum + (part.scoring?.maxScore ?? 0), 0) : null;
    if (most !== null && most !== scoring!.maxScore) files.warn(`the groups of ${files.shown("data/secret")} are worth ${most} together, and the problem ${scoring!.maxScore}`);
    return { name: "secret", children: parts, rule: ruleOfGroups(scoring) };
  }

  #withoutScores(yaml: ReturnType<typeof readMapping>): null {
    for (const key of ["max_score", "score_aggregation", "require_pass"]) if (yaml?.has(key) === true) yaml.warn(key, "is for problems of type scoring, and is not used");
    return null;
  }

  /** Directories in it are only folders. */
  #testsBelow(path: string, inherited: Inherited, isSample: boolean): number[] {
    return readFolder(this.#files, path).children.flatMap((child) => {
      if (isTest(child)) return [this.tests.push(this.#test(child, inherited, isSample)) - 1];
      if (this.#files.hasFile(`${child.path}/${config}`)) throw configError(`cannot judge with ${this.#files.root}: ${this.#files.shown(`${child.path}/${config}`)} makes a group inside of ${this.#files.shown(path)}, which the format does not allow`, isSample ? "samples are in no groups" : "groups are directories of data/secret, and hold no other groups");
      return this.#testsBelow(child.path, inherited, isSample);
    });
  }

  #test(test: TestFiles, inherited: Inherited, isSample: boolean): Test {
    const own = test.config === null ? null : readGroupFile(this.#files, test.config.path.slice(0, -`/${test.base}.yaml`.length), inherited, {}, `${test.base}.yaml`);
    const description = own?.yaml?.get("description")?.text();
    own?.yaml?.ignore("hint");
    own?.yaml?.warnOfUnknownKeys();
    const { args, checkerArgs } = own?.inherited ?? inherited;
    return {
      name: test.name,
      input: this.#files.at(test.input),
      answer: this.#files.at(test.answer),
      isSample,
      args,
      checkerArgs,
      files: test.files === null ? null : this.#files.at(test.files),
      points: null,
      ...(description === undefined ? {} : { description }),
    };
  }
}

/** @param scoring null: there are no scores */
function ruleOfTests(scoring: Scoring | null): Rule {
  if (scoring === null) return plainRule;
  const { aggregation, maxScore } = scoring;
  const common = { ...ruleOfGroups(scoring), checkerScore: aggregation === "pass-fail" ? "forbidden" : maxScore === null ? "required" : "strict" } as const;
  if (maxScore === null) return { ...common, testScore: { kind: "points", accept: 0, reject: 0 } };
  return { ...common, testScore: { kind: "fraction", of: aggregation === "sum" ? "equal-part" : 1 } };
}

function ruleOfGroups(scoring: Scoring | null): Rule {
  if (scoring === null) return plainRule;
  const { aggregation, maxScore, requires } = scoring;
  return { ...plainRule, score: aggregation, points: maxScore, range: maxScore === null ? null : [0, maxScore], requires };
}
