/** The types of problems that Hydro has, as far as a program can judge them alone. */
import { readFileSync, statSync } from "node:fs";
import { configError } from "../../../model/errors.ts";
import type { Checker, Kind, Problem, Test } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping, YamlValue } from "../package/yaml-value.ts";
import { emptyFile } from "./data.ts";
import { readChecker, readProgram } from "./programs.ts";
import type { Case } from "./subtasks.ts";

const types = ["default", "interactive", "communication", "submit_answer"] as const;
/** What they need besides the files: questions and a page for them, the site of another judge. */
const otherTypes: Readonly<Record<string, string>> = { objective: "questions with answers are not judged here", remote_judge: "it is judged at another site" };

export interface ProblemType extends Pick<Problem, "kind" | "checker" | "passes" | "inputFile" | "outputFile"> {
  /** What a test has besides. */
  readonly adapt: (one: Case) => Partial<Test>;
}

const noMore = () => ({});
const passBounds = { least: 2, most: 20 } as const;

/** @throws IsolateError of kind Config: a type that we do not do, a program that is missing, keys that contradict each other */
export function readProblemType(config: YamlMapping, files: PackageFiles, judgeExtra: readonly string[]): ProblemType {
  const type = typeOf(config);
  // Hydro has a testlib of its own beside every program. Here it has to be a file.
  const testlib = files.find("testlib.h")?.kind === "file" ? files.at("testlib.h") : null;
  const added = testlib === null || judgeExtra.includes(testlib) ? judgeExtra : [...judgeExtra, testlib];
  refuse(config.get("redirect"), "redirect is not done: the tests are those of another problem, so judge with its directory");
  const [interactor, manager, validator] = ["interactor", "manager", "validator"].map((key) => config.get(key));
  if (validator) readProgram(validator, files, "validator", added);
  const passes = config.get("multi_pass");
  const count = passes === null ? 1 : passes.integer(passBounds);
  const [subType, fileName, processes] = [config.get("subType"), config.get("filename"), config.get("num_processes")];
  config.ignore("target", "answers");
  const batch = { passes: 1, inputFile: null, outputFile: null, adapt: noMore };
  if (passes !== null && type !== "default" && type !== "interactive") throw passes.error(`is not for problems of the type ${type}`);
  switch (type) {
    case "interactive": {
      if (!interactor) throw missing(config, files, "interactor", type);
      readChecker(config, files, added);
      const program = readProgram(interactor, files, "interactor", added);
      return { ...batch, passes: count, kind: { kind: "interactive", interactor: { protocol: "testlib", program, isChecker: true } }, checker: { kind: "program", protocol: "testlib", program, scale: "auto" } };
    }
    case "communication": {
      if (!manager) throw missing(config, files, "manager", type);
      if (!processes) throw missing(config, files, "num_processes", type);
      const kind: Kind = { kind: "communication", protocol: "hydro", manager: readProgram(manager, files, "manager", added), processes: processes.integer({ least: 1, most: 100 }), io: "std" };
      config.ignore("checker_type", "checker");
      return { ...batch, kind, checker: { kind: "built-in", name: "lines" } };
    }
    case "submit_answer":
      return { ...batch, kind: { kind: "outputs", fileName: null }, checker: readChecker(config, files, added), adapt: subType?.text() === "multi" ? (one) => ({ submitted: { fileName: submittedName(fileName, one), only: true } }) : noMore };
    default: {
      const checker = readChecker(config, files, added);
      if (passes !== null && !canHavePasses(checker)) throw passes.error("needs a checker of checker_type testlib or kattis");
      const name = fileName === null ? null : nameOf(fileName);
      return { ...batch, passes: count, kind: { kind: "batch" }, checker, inputFile: name === null ? null : `${name}.in`, outputFile: name === null ? null : `${name}.out` };
    }
  }
}

function typeOf(config: YamlMapping): (typeof types)[number] {
  const value = config.get("type");
  if (value === null) return "default";
  const reason = otherTypes[value.text()];
  if (reason !== undefined) throw value.error(`the type ${value.text()} is not done: ${reason}`);
  return value.word(types);
}

function canHavePasses(checker: Checker): boolean {
  return checker.kind === "program" && (checker.protocol === "testlib" || checker.protocol === "kattis");
}

function missing(config: YamlMapping, files: PackageFiles, key: string, type: string) {
  const said = config.get("type");
  const message = `a problem of the type ${type} needs ${key}`;
  return said === null ? configError(`cannot judge with ${files.root}: ${message}`) : said.error(message);
}

function refuse(value: YamlValue | null, message: string): void {
  if (value !== null) throw value.error(message);
}

function nameOf(value: YamlValue): string {
  const name = value.text();
  if (name === "" || name.includes("/") || name.startsWith(".")) throw value.error(`must be the name of a file without its ending, not ${JSON.stringify(name)}`);
  return name;
}

/** No name of a file is longer. */
const longestName = 4096;

/** `#` in a pattern stands for the id of the case; without a pattern the input holds the name. */
function submittedName(pattern: YamlValue | null, { id, test: { input } }: Case): string {
  if (pattern !== null && /^[A-Za-z0-9_#.-]+$/.test(pattern.text())) return pattern.text().replace("#", String(id));
  const size = input === emptyFile ? 0 : statSync(input).size;
  const name = size > longestName || size === 0 ? "" : readFileSync(input, "utf8").replaceAll(/[^A-Za-z0-9_.-]/g, "");
  if (name === "" || name === "." || name === "..") throw configError(`cannot judge with ${input}: it must hold the name of the file that is submitted for this test`, "a problem of submit_answer with subType multi has filename with # for the number of the test, or an input that is the name");
  return name;
}
