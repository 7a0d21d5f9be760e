/** Packages of the legacy version of the problem package format: no `problem_format_version`, or `legacy`. */
import type { Kind, Problem } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import { onlyProgram } from "../package/programs.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { readAdditions } from "./additions.ts";
import { legacySubmissions } from "./legacy-expectations.ts";
import { readLegacyData } from "./legacy-data.ts";
import { type LegacyGroup, rangeOf, words } from "./legacy-groups.ts";
import { readLimits } from "./limits.ts";
import { directoryName, kattisPacks } from "./package.ts";
import { checkerOf, customValidator } from "./validator.ts";

/** Keys that say nothing about judging. */
const metadata = ["problem_format_version", "uuid", "author", "source", "source_url", "license", "rights_owner", "keywords", "libraries"];

/**
 * @param yaml problem.yaml
 * @throws IsolateError of kind Config: a mistake with its place, or something that we do not do
 */
export function readLegacy(files: PackageFiles, yaml: YamlMapping): Problem {
  yaml.ignore(...metadata);
  const isScoring = yaml.get("type")?.word(["pass-fail", "scoring"] as const) === "scoring";
  const validation = readValidation(yaml);
  const validatorFlags = yaml.get("validator_flags");
  const grading = readGrading(yaml, isScoring);
  const limits = yaml.mapping("limits");
  const inference = { acToLimit: limits.get("time_multiplier")?.number({ above: 0 }) ?? 5, limitToTle: limits.get("time_safety_margin")?.number({ above: 0 }) ?? 2, resolution: 1 };
  const cpuTime = limits.get("time_limit")?.number({ above: 0 }) ?? timeLimitFile(files);
  const passes = validation.isMultiPass ? (limits.get("validation_passes")?.integer({ least: 2, most: 1000 }) ?? 2) : 1;
  const name = yaml.get("name")?.text() ?? directoryName(files.root);
  const problemLimits = readLimits(limits, inference, cpuTime);
  yaml.warnOfUnknownKeys();
  const program = validation.isCustom ? customValidator(files, "legacy") : null;
  if (!validation.isCustom && files.hasDirectory("output_validators")) files.warn(`${files.shown("output_validators")} is not used: problem.yaml does not say validation: custom`);
  const checker = checkerOf(files, program, validation.isCustom ? "problem.yaml says validation: custom" : null, "output_validators");
  const grader = isScoring ? onlyProgram(files, "graders", kattisPacks, "mistake") : null;
  const data = readLegacyData(files, {
    scores: isScoring ? { isOfChecker: validation.isScore } : null,
    grader,
    validatorFlags: validatorFlags === null ? [] : validatorFlags.listOrOne().flatMap((value) => words(value.text())),
    overrides: grading.overrides,
  });
  const kind: Kind = validation.isInteractive ? { kind: "interactive", interactor: { protocol: "kattis" } } : { kind: "batch" };
  return {
    name,
    format: "kattis",
    path: files.root,
    tests: data.tests,
    root: data.root,
    isScoring,
    kind,
    passes,
    checker,
    inputFile: null,
    outputFile: null,
    limits: problemLimits,
    additions: readAdditions(files, false),
    packs: [...kattisPacks],
    languages: null,
    submissions: legacySubmissions(files, data.range, grading.isMin),
    warnings: files.warnings,
  };
}

function readValidation(yaml: YamlMapping) {
  const value = yaml.get("validation");
  const said = value === null ? ["default"] : value.listOrOne().flatMap((word) => words(word.text()));
  const wrong = said.find((word) => !["default", "custom", "score", "interactive", "multi-pass"].includes(word));
  if (wrong !== undefined) throw value!.error(`must be default, or custom with any of score, interactive and multi-pass, not ${JSON.stringify(wrong)}`);
  const isCustom = said[0] === "custom";
  if (!isCustom && said.length > 1) throw value!.error(`must be default alone, or begin with custom, not ${JSON.stringify(said.join(" "))}`);
  return { isCustom, isScore: said.includes("score"), isInteractive: said.includes("interactive"), isMultiPass: said.includes("multi-pass") };
}

/** `grading`, also in the form that it had before the format had versions. */
function readGrading(yaml: YamlMapping, isScoring: boolean): { readonly isMin: boolean; readonly overrides: Partial<LegacyGroup> } {
  const grading = yaml.mapping("grading");
  const isMin = grading.get("objective")?.word(["min", "max"] as const) === "min";
  grading.ignore("show_test_data_groups", "custom_scoring");
  const onReject = grading.get("on_reject")?.word(["first_error", "worst_error", "grade"] as const);
  const [accept, reject] = [grading.get("accept_score")?.number(), grading.get("reject_score")?.number()];
  const range = rangeOf(grading.get("range"));
  grading.warnOfUnknownKeys();
  return {
    isMin,
    overrides: {
      ...(onReject === "first_error" ? { stop: true } : onReject === "grade" ? { stop: false } : {}),
      // A submission of such a problem is rejected with its first test that is.
      ...(isScoring ? {} : { stop: true }),
      ...(accept === undefined ? {} : { acceptScore: accept }),
      ...(reject === undefined ? {} : { rejectScore: reject }),
      ...(range === null ? {} : { range }),
    },
  };
}

/** `.timelimit`, which judges keep beside a package. */
function timeLimitFile(files: PackageFiles): number | null {
  const text = files.text(".timelimit");
  const seconds = Number(text ?? NaN);
  return text !== null && text.trim() !== "" && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
