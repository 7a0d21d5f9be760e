/** `test_group.yaml` and the YAML file of a test: arguments, which are inherited, and scores, which are not. */
import { type Constants, withConstants } from "../../constants.ts";
import { configError } from "../../../model/errors.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping, YamlValue } from "../package/yaml-value.ts";
import { readMapping } from "../package/yaml.ts";
import { words } from "./legacy-groups.ts";
import { notDone } from "./package.ts";

/** What a test has by itself, or from the nearest group above it that says it. */
export interface Inherited {
  readonly args: readonly string[];
  readonly checkerArgs: readonly string[];
}

/** @returns the mapping, too, for what else is in it; null: there is no such file */
export function readGroupFile(files: PackageFiles, directory: string, parent: Inherited, constants: Constants, name = "test_group.yaml"): { readonly inherited: Inherited; readonly yaml: YamlMapping | null } {
  const yaml = readMapping(files, `${directory}/${name}`, (text) => withConstants(text, constants));
  if (yaml === null) return { inherited: parent, yaml };
  yaml.ignore("input_validator_args", "input_visualizer_args", "output_visualizer_args", "full_feedback");
  const inherited = { args: argumentsOf(yaml.get("args")) ?? parent.args, checkerArgs: argumentsOf(yaml.get("output_validator_args")) ?? parent.checkerArgs };
  for (const key of ["static_validation_score", "static_validator_args"]) {
    const value = yaml.get(key);
    if (value !== null) throw notDone(files, "a static validator", value.error("asks for it").message);
  }
  return { inherited, yaml };
}

/** A list of texts; one text (as packages have it, whatever the specification says) is split at blanks. */
function argumentsOf(value: YamlValue | null): readonly string[] | null {
  if (value === null) return null;
  if (value.isList) return value.list().map((item) => item.text());
  const text = value.text();
  value.warn("should be a list of texts: this one is split at blanks");
  return words(text);
}

export interface Scoring {
  readonly aggregation: "pass-fail" | "sum" | "min";
  /** null: unbounded. */
  readonly maxScore: number | null;
  readonly requires: readonly string[];
}

/**
 * @param secret the scores of `data/secret`, for a group in it; null: this is `data/secret`
 * @param earlier groups before this one
 */
export function readScoring(files: PackageFiles, directory: string, yaml: YamlMapping | null, secret: Scoring | null, earlier: readonly { readonly name: string; readonly scoring: Scoring | null }[]): Scoring {
  const aggregation = yaml?.get("score_aggregation")?.word(["pass-fail", "sum", "min"] as const) ?? (secret === null ? "sum" : "pass-fail");
  const maxValue = yaml?.get("max_score") ?? null;
  const maxScore = maxValue === null ? (secret === null ? 100 : null) : maxValue.value === "unbounded" ? null : maxValue.integer({ least: 0 });
  const at = `${files.shown(directory)}/test_group.yaml`;
  const refuse = (message: string) => maxValue?.error(message) ?? configError(`${at}: max_score ${message}`);
  if (maxScore === null && secret !== null && secret.maxScore !== null) throw refuse("must be a number, as data/secret is not unbounded");
  if (maxScore === null && aggregation === "pass-fail") throw refuse("must be a number where score_aggregation is pass-fail");
  if (secret?.aggregation === "pass-fail" && aggregation !== "pass-fail") throw configError(`${at}: score_aggregation must be pass-fail, as that of data/secret is`);
  const requires = (yaml?.get("require_pass")?.listOrOne() ?? []).map((value) => requiredGroup(value, earlier));
  return { aggregation, maxScore, requires };
}

function requiredGroup(value: YamlValue, earlier: readonly { readonly name: string; readonly scoring: Scoring | null }[]): string {
  const name = value.text();
  if (name === "sample") return name;
  const group = earlier.find((known) => known.name === name);
  if (group === undefined) {
    const known = ["sample", ...earlier.map((other) => other.name)];
    const near = nearestName(name, known);
    throw value.error(`no group before this one has the name ${JSON.stringify(name)}${near === null ? ` (${known.join(", ")})` : `, did you mean '${near}'?`}`);
  }
  if (group.scoring?.aggregation !== "pass-fail") throw value.error(`${name} is no pass-fail group, and only such a group can be required`);
  return name;
}
