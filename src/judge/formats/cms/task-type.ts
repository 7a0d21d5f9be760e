/** The task types of CMS. A task says its type by the files that it has. */
import type { Checker, Kind, Problem } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { findAdditions, findProgram } from "./programs.ts";
import { outputName, testNumbers, type TestOptions } from "./tests.ts";

const taskTypes = ["Batch", "BatchAndOutput", "OutputOnly", "Communication"] as const;
const inputOutput = { std_io: "std", fifo_io: "fifo" } as const;

export interface TaskType extends Pick<Problem, "kind" | "checker" | "additions" | "inputFile" | "outputFile"> {
  readonly name: (typeof taskTypes)[number];
  readonly tests: Pick<TestOptions, "needsAnswers" | "submitted" | "tellsChecker">;
}

/** @throws IsolateError of kind Config: TwoSteps, a task_type that is not what the files say, wrong values */
export function readTaskType(task: YamlMapping, files: PackageFiles, count: number): TaskType {
  const type = typeOf(task, files, count);
  const said = task.get("task_type");
  if (said?.text() === "TwoSteps") throw said.error("TwoSteps is not offered: of the task types of CMS there are Batch, BatchAndOutput, OutputOnly and Communication");
  if (said !== null && said.word(taskTypes) !== type.name) throw said.error(`is ${said.text()}, and by its files the task is of the type ${type.name}`);
  return type;
}

function typeOf(task: YamlMapping, files: PackageFiles, count: number): TaskType {
  const [inputFile, outputFile] = [fileName(task, "infile", "input.txt"), fileName(task, "outfile", "output.txt")];
  const [only, optional] = ["output_only_testcases", "output_optional_testcases"].map((key) => testNumbers(task.get(key), count)) as [ReadonlySet<number>, ReadonlySet<number>];
  const [processes, io] = [task.get("num_processes")?.integer({ least: 1, most: 100 }) ?? 1, userIo(task)];
  const checker = checkerOf(files);
  const tests = { needsAnswers: true, submitted: null, tellsChecker: false };
  if (task.get("output_only")?.flag() === true) return { name: "OutputOnly", kind: { kind: "outputs", fileName: outputName("{}") }, checker, additions: [], inputFile: null, outputFile: null, tests };
  const manager = findProgram(files, "manager");
  if (manager !== null) {
    const additions = findAdditions(files, "stub");
    const kind: Kind = { kind: "communication", protocol: "cms", manager, processes, io: io ?? (additions.length > 0 ? "fifo" : "std") };
    return { name: "Communication", kind, checker: { kind: "built-in", name: "white-diff" }, additions, inputFile: null, outputFile: null, tests: { ...tests, needsAnswers: false } };
  }
  const batch = { kind: { kind: "batch" }, checker, additions: findAdditions(files, "grader"), inputFile, outputFile } as const;
  if (only.size + optional.size === 0) return { name: "Batch", ...batch, tests };
  return { name: "BatchAndOutput", ...batch, tests: { needsAnswers: true, submitted: { only, optional }, tellsChecker: checker.kind === "program" } };
}

function checkerOf(files: PackageFiles): Checker {
  const program = findProgram(files, "checker");
  return program === null ? { kind: "built-in", name: "white-diff" } : { kind: "program", protocol: "cms", program, scale: 1 };
}

/** Left out, it is a file; empty, the stream. */
function fileName(task: YamlMapping, key: string, otherwise: string): string | null {
  const value = task.get(key);
  if (value === null) return task.keys.includes(key) ? null : otherwise;
  const name = value.text();
  if (name.includes("/") || name === "." || name === "..") throw value.error(`must be the name of a file in the working directory, not ${JSON.stringify(name)}`);
  return name === "" ? null : name;
}

/** CMS ignores words that it does not know. */
function userIo(task: YamlMapping): "std" | "fifo" | null {
  const value = task.get("user_io");
  if (value === null) return null;
  const word = value.text();
  if (Object.hasOwn(inputOutput, word)) return inputOutput[word as keyof typeof inputOutput];
  value.warn(`${JSON.stringify(word)} is ignored: it must be std_io or fifo_io`);
  return null;
}
