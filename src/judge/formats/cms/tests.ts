/** The tests of a CMS task: `input/inputN.txt` and `output/outputN.txt`, from 0. */
import { configError } from "../../../model/errors.ts";
import type { Test } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlValue } from "../package/yaml-value.ts";
import { codename } from "./score-type.ts";

/** Most tests have none, and there may be 100,000 of them. */
const none: readonly string[] = [];

const numberOfTests = (count: number) => `${count} ${count === 1 ? "test" : "tests"}`;

export const outputName = (name: string) => `output_${name}.txt`;

export interface TestOptions {
  readonly count: number;
  /** Of each; null: they have none. */
  readonly points: number | null;
  /** Whether a test without an output is a mistake: it is none where a manager decides. */
  readonly needsAnswers: boolean;
  readonly samples: ReadonlySet<number>;
  /** Tests whose outputs are part of a submission: always, or as it likes. */
  readonly submitted: { readonly only: ReadonlySet<number>; readonly optional: ReadonlySet<number> } | null;
  /** Whether the checker is told which of the two it is. */
  readonly tellsChecker: boolean;
}

/** @throws IsolateError of kind Config: files are missing or lead out of the package */
export function readTests(files: PackageFiles, options: TestOptions): Test[] {
  const missing: string[] = [];
  const at = (path: string, isNeeded: boolean): string | null => {
    const entry = files.find(path);
    if (entry !== null) return files.at(entry);
    if (isNeeded) missing.push(path);
    return null;
  };
  const tests: Test[] = [];
  for (let number = 0; number < options.count; number++) {
    const input = at(`input/input${number}.txt`, true);
    const answer = at(`output/output${number}.txt`, options.needsAnswers);
    // More of them are only counted.
    if (input === null) continue;
    tests.push({ name: codename(number), input, answer, isSample: options.samples.has(number), args: none, checkerArgs: none, files: null, points: options.points, ...submission(number, options) });
  }
  if (missing.length > 0) {
    const more = missing.length === 1 ? "" : `, and ${missing.length - 1} more`;
    throw configError(`cannot judge with ${files.root}: ${missing[0]} is missing${more}; the task has ${numberOfTests(options.count)}`, "inputs and outputs are made from gen/GEN by the task's own tools (cmsMake, task-maker): run them first, or correct n_input");
  }
  const next = `input/input${options.count}.txt`;
  if (files.find(next) !== null) files.warn(`${files.shown(next)} is not used: the task has ${numberOfTests(options.count)}`);
  return tests;
}

function submission(number: number, { submitted, tellsChecker }: TestOptions): Partial<Test> {
  if (submitted === null) return {};
  const only = submitted.only.has(number);
  return {
    ...(only || submitted.optional.has(number) ? { submitted: { fileName: outputName(codename(number)), only } } : {}),
    ...(tellsChecker ? { checkerArgs: [only ? "outputonly" : "batch"] } : {}),
  };
}

/**
 * Numbers of tests as CMS writes them, `0, 3`; also one number, and a list.
 * @throws IsolateError of kind Config: no number, or no test has it
 */
export function testNumbers(value: YamlValue | null, count: number): ReadonlySet<number> {
  if (value === null || value.value === "") return new Set();
  const parts = value.isList ? value.list().map((part) => part.text()) : value.text().split(",");
  return new Set(
    parts.map((part) => {
      const text = part.trim();
      if (!/^\d+$/.test(text)) throw value.error(`must be numbers of tests with commas, such as "0, 3", not ${JSON.stringify(value.text())}`);
      if (Number(text) >= count) throw value.error(`there is no test ${Number(text)}: the task has ${count}, from 0 to ${count - 1}`);
      return Number(text);
    }),
  );
}
