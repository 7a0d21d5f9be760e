/**
 * `data/` as DOMjudge counts it. A group is a directory that has a testdata.yaml (or test_group.yaml) itself; nothing is inherited. Only groups
 * without groups inside of them have tests, and one score for all of these.
 */
import { type Group, plainRule, type Rule, type Test } from "../../problem.ts";
import { configError } from "../../../model/errors.ts";
import { isTest, readFolder, type TestFiles } from "../kattis/tests.ts";
import type { Entry, PackageFiles } from "../package/files.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { readMapping } from "../package/yaml.ts";

export interface Data {
  readonly tests: readonly Test[];
  readonly root: Group;
}

/** What the file of a group says. */
interface Said {
  readonly rule: Rule;
  /** null: those of the problem. */
  readonly flags: readonly string[] | null;
}

const aggregates = ["sum", "avg", "min", "max"] as const;
const isAggregate = (word: string): word is (typeof aggregates)[number] => (aggregates as readonly string[]).includes(word);
/** Tests that no group has are run, and count for nothing. */
const uncounted: Rule = { ...plainRule, verdict: "accept" };
const partNames = ["sample", "secret"] as const;

/** @throws IsolateError of kind Config: no tests, answers missing, a group's file that is wrong */
export function readData(files: PackageFiles, isScoring: boolean, validatorFlags: readonly string[]): Data {
  const reading = new Reading(files, isScoring, validatorFlags);
  const root = isScoring ? reading.scoring() : reading.passFail();
  if (reading.tests.length === 0) {
    throw configError(`cannot judge with ${files.root}: there are no tests in ${files.shown("data/sample")} and ${files.shown("data/secret")}`, "a test is NAME.in with NAME.ans; if a generator makes them, run it first");
  }
  return { tests: reading.tests, root };
}

class Reading {
  readonly tests: Test[] = [];
  readonly #files: PackageFiles;
  readonly #isScoring: boolean;
  readonly #flags: readonly string[];

  constructor(files: PackageFiles, isScoring: boolean, flags: readonly string[]) {
    [this.#files, this.#isScoring, this.#flags] = [files, isScoring, flags];
  }

  get #parts(): readonly Entry[] {
    return partNames.flatMap((name) => this.#files.find(`data/${name}`) ?? []);
  }

  /** Verdicts only: the first failure, samples before secret tests. Groups are there to be looked at. */
  passFail(): Group {
    const part = ({ path }: Entry): Group => {
      const flags = this.#said(path)?.flags ?? null;
      const children = readFolder(this.#files, path).children.map((child) => (isTest(child) ? this.#add(child, path, flags) : part(child)));
      return { name: nameOf(path), children, rule: plainRule };
    };
    return { name: "", children: this.#parts.map(part), rule: plainRule };
  }

  scoring(): Group {
    const own = this.#said("data");
    if (own === null) this.#files.warn(`${this.#files.shown("data/testdata.yaml")} is missing, so DOMjudge gives no scores; here the groups are added up`);
    const loose: Group[] = [];
    const children = this.#parts.flatMap((part) => this.#within(part, true, loose));
    const data: Group = { name: "", children, rule: { ...(own?.rule ?? { ...plainRule, score: "sum" }), scoreIsOfGroup: false } };
    if (loose.length === 0) return data;
    // Beside the root of the groups, so that they count for nothing there, whatever is made of its parts.
    return { name: "", children: [...loose, { ...data, name: "data" }], rule: { ...plainRule, score: "sum" } };
  }

  /** @param isLinked whether all directories above are groups @param loose takes tests that are in no group that counts */
  #within({ path }: Entry, isLinked: boolean, loose: Group[]): Group[] {
    const said = this.#said(path);
    if (said !== null && !isLinked) this.#files.warn(`the group ${this.#files.shown(path)} counts for nothing: the directory above it is no group, as it has no testdata.yaml`);
    const { children } = readFolder(this.#files, path);
    const directories = children.filter((child): child is Entry => !isTest(child));
    const isCounted = said !== null && isLinked;
    const direct = children.filter(isTest).map((test) => this.#add(test, path, said?.flags ?? null));
    const groups = directories.flatMap((directory) => this.#within(directory, isCounted, loose));
    if (isCounted && groups.length === 0) return [{ name: nameOf(path), children: direct, rule: said.rule }];
    if (direct.length > 0) {
      loose.push({ name: isCounted ? `${nameOf(path)}/uncounted` : nameOf(path), children: direct, rule: uncounted });
      if (path !== "data/sample") this.#files.warn(`tests in ${this.#files.shown(path)} count for nothing: ${isCounted ? "there are groups inside of it" : "it is in no group, as it has no testdata.yaml"}`);
    }
    return isCounted ? [{ name: nameOf(path), children: groups, rule: { ...said.rule, scoreIsOfGroup: false } }] : groups;
  }

  #add(test: TestFiles, path: string, flags: readonly string[] | null): number {
    const files = this.#files;
    const description = test.description === null ? null : files.text(test.description.path)!.trim();
    return this.tests.push({
      name: test.name,
      input: files.at(test.input),
      answer: files.at(test.answer),
      isSample: path === "data/sample" || path.startsWith("data/sample/"),
      args: [],
      checkerArgs: flags ?? this.#flags,
      files: null,
      points: null,
      ...(description === null ? {} : { description }),
    }) - 1;
  }

  #said(path: string): Said | null {
    const named = ["testdata.yaml", "test_group.yaml"].filter((name) => this.#files.hasFile(`${path}/${name}`));
    if (named.length === 2) this.#files.warn(`${this.#files.shown(path)}/test_group.yaml is not used, as there is a testdata.yaml beside it`);
    const yaml = named.length === 0 ? null : readMapping(this.#files, `${path}/${named[0]}`);
    return yaml === null ? null : saidIn(yaml, this.#isScoring);
  }
}

const nameOf = (path: string) => path.slice("data/".length);

function saidIn(yaml: YamlMapping, isScoring: boolean): Said {
  const flags = yaml.get("output_validator_flags")?.text() ?? "";
  const graderFlags = yaml.get("grader_flags");
  const words = graderFlags?.text().split(/\s+/).filter((word) => word !== "") ?? [];
  const unknown = words.filter((word) => word !== "ignore_sample" && !isAggregate(word));
  if (unknown.length > 0 && isScoring) graderFlags!.warn(`DOMjudge does not know ${unknown.join(", ")}, which is ignored: it has ${aggregates.join(", ")} and ignore_sample`);
  const onReject = yaml.get("on_reject")?.word(["break", "continue"] as const) ?? "break";
  const accept = yaml.get("accept_score")?.number({ least: 0 }) ?? 0;
  const range = rangeIn(yaml);
  const grading = yaml.get("grading");
  if (grading?.text() === "custom" && isScoring) grading.warn("DOMjudge has no graders: its own rules are followed");
  yaml.ignore("reject_score", "input_validator_flags");
  yaml.warnOfUnknownKeys();
  const rule: Rule = {
    ...plainRule,
    ignoreSamples: words.includes("ignore_sample"),
    stop: onReject === "break",
    score: words.findLast(isAggregate) ?? "sum",
    testScore: { kind: "points", accept, reject: 0 },
    range,
    scoreIsOfGroup: true,
  };
  return { rule: isScoring ? rule : plainRule, flags: flags === "" ? null : flags.split(/\s+/).filter((word) => word !== "") };
}

function rangeIn(yaml: YamlMapping): Rule["range"] {
  const value = yaml.get("range");
  if (value === null) return null;
  const ends = value.text().split(/\s+/).filter((word) => word !== "").map(Number);
  const [least, most] = ends;
  if (ends.length !== 2 || ends.some((end) => !(end >= 0)) || least! > most!) throw value.error(`must be two numbers from 0 on, the smaller one first, not ${JSON.stringify(value.text())}`);
  return [least!, most!];
}
