/** How many tests a task has, and how they make its score: from task.yaml, else from gen/GEN. */
import { configError, type IsolateError } from "../../../model/errors.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { readGen } from "./gen.ts";
import { groupScoring, scoreTypes, subtasksOf, sumScoring, unscoredName, type Scoring } from "./score-type.ts";

const defaultTotal = 100;
const genPath = "gen/GEN";
/** No task has more; a slip of the hand must not fill the memory. */
const mostTests = 1_000_000;

/**
 * @returns also the number of tests
 * @throws IsolateError of kind Config: no tests, n_input and GEN disagree, a score type that nobody knows, parameters that do not fit
 */
export function readScoring(task: YamlMapping, files: PackageFiles): Scoring & { readonly count: number } {
  const [type, parameters, given, total, precisionGiven] = ["score_type", "score_type_parameters", "n_input", "total_value", "score_precision"].map((key) => task.get(key));
  const precision = precisionGiven?.integer({ least: 0, most: 15 }) ?? 0;
  if (type && parameters && given) {
    const name = type.word(scoreTypes);
    const count = given.integer({ least: 1, most: mostTests });
    if (name === "Sum") return { count, ...sumScoring(count, parameters.number({ least: 0 }), precision) };
    const scoring = groupScoring(name, count, subtasksOf(name, parameters, count), precision);
    const unscored = scoring.root.children.find((child) => typeof child !== "number" && child.name === unscoredName);
    if (typeof unscored === "object") parameters.warn(`${unscored.children.length} of ${count} tests are in no subtask, and count for nothing`);
    return { count, ...scoring };
  }
  (type ?? parameters)?.warn("is ignored: CMS takes score_type only together with score_type_parameters and n_input");
  const text = files.text(genPath);
  const gen = text === null ? null : readGen(text);
  if (gen !== null && "message" in gen) throw configError(`${files.shown(genPath)}:${gen.line}: ${gen.message}`);
  if (gen !== null && given !== null && given!.integer() !== gen.count) throw given!.error(`is ${given!.integer()}, and ${files.shown(genPath)} has ${gen.count} tests`);
  if (gen?.subtasks) {
    let next = 0;
    const subtasks = gen.subtasks.map(({ points, count }) => ({ points, threshold: null, tests: Array.from({ length: count }, () => next++) }));
    return { count: gen.count, ...groupScoring("GroupMin", gen.count, subtasks, precision) };
  }
  const count = gen?.count ?? given?.integer({ most: mostTests }) ?? countInputs(files);
  if (count < 1) throw noTests(files);
  return { count, ...sumScoring(count, (total?.number({ least: 0 }) ?? defaultTotal) / count, precision) };
}

/** CMS refuses such a task; its tests are there all the same. */
function countInputs(files: PackageFiles): number {
  let count = 0;
  while (files.find(`input/input${count}.txt`) !== null) count++;
  if (count > 0) files.warn(`${files.shown("task.yaml")} has no n_input, and there is no ${files.shown(genPath)}, so CMS does not import it: the ${count} tests of input/ are taken`);
  return count;
}

function noTests(files: PackageFiles): IsolateError {
  return configError(`cannot judge with ${files.root}: there are no tests in it`, "a task of CMS has input/input0.txt and output/output0.txt, and n_input in task.yaml or a line for each test in gen/GEN");
}
