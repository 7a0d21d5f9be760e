/** Packages of version 2025-09 of the problem package format, and of the draft 2023-07 that became it. */
import type { Kind, Problem } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import type { PackageVersion } from "../package/version.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { readAdditions } from "./additions.ts";
import { readConstants } from "./constants.ts";
import { legacySubmissions } from "./legacy-expectations.ts";
import { readLegacyData } from "./legacy-data.ts";
import { words } from "./legacy-groups.ts";
import { readLimits } from "./limits.ts";
import { readModernData } from "./modern-data.ts";
import { readExampleSubmissions } from "./modern-submissions.ts";
import { directoryName, kattisPacks } from "./package.ts";
import { checkerOf, customValidator } from "./validator.ts";

const metadata = ["problem_format_version", "uuid", "version", "credits", "source", "license", "rights_owner", "embargo_until", "keywords"];
const types = ["pass-fail", "scoring", "multi-pass", "interactive", "submit-answer"] as const;
type Type = (typeof types)[number];

/**
 * @param yaml problem.yaml
 * @throws IsolateError of kind Config: a mistake with its place, or something that we do not do
 */
export function readModern(files: PackageFiles, yaml: YamlMapping, version: PackageVersion): Problem {
  yaml.ignore(...metadata);
  const type = readTypes(yaml);
  const isScoring = type.has("scoring");
  const limits = yaml.mapping("limits");
  const time = readTime(limits);
  const passes = limits.get("validation_passes");
  if (passes !== null && !type.has("multi-pass")) passes.warn("is for problems of type multi-pass, and is not used");
  const passCount = type.has("multi-pass") ? (passes?.integer({ least: 2, most: 1000 }) ?? 2) : 1;
  const problemLimits = readLimits(limits, time.inference, time.cpuTime);
  const constants = readConstants(yaml);
  const languages = readLanguages(yaml);
  const writing = yaml.get("allow_file_writing")?.flag();
  const name = readName(yaml) ?? directoryName(files.root);
  yaml.warnOfUnknownKeys();
  const isOld = hasTestdata(files, version);
  const data = isOld ? readLegacyData(files, { scores: isScoring ? { isOfChecker: true } : null, grader: null, validatorFlags: [], overrides: isScoring ? {} : { stop: true } }) : readModernData(files, isScoring, constants);
  const why = type.has("interactive") ? "it is an interactive problem" : type.has("multi-pass") ? "it is a multi-pass problem" : null;
  const checker = checkerOf(files, customValidator(files, "modern"), why, "output_validator");
  return {
    name,
    format: "2025-09",
    path: files.root,
    tests: data.tests,
    root: data.root,
    isScoring,
    kind: kindOf(type, data.tests.length),
    passes: passCount,
    checker,
    inputFile: null,
    outputFile: null,
    limits: problemLimits,
    additions: readAdditions(files, true),
    packs: [...kattisPacks],
    languages,
    ...(Object.keys(constants).length === 0 ? {} : { constants }),
    // The draft let submissions write; a package of the draft that does not say so means that.
    ...(writing !== undefined ? { allowFileWriting: writing } : version === "2025-09" ? { allowFileWriting: false } : {}),
    submissions: isOld && !files.hasFile("submissions/submissions.yaml") ? legacySubmissions(files, data.range, false) : readExampleSubmissions(files, isScoring),
    warnings: files.warnings,
  };
}

function kindOf(type: ReadonlySet<Type>, tests: number): Kind {
  if (type.has("interactive")) return { kind: "interactive", interactor: { protocol: "kattis" } };
  // The format does not say how answers are named; with one test there is nothing to name.
  if (type.has("submit-answer")) return { kind: "outputs", fileName: tests === 1 ? null : "{}.out" };
  return { kind: "batch" };
}

/** A word, a list of words, or (which the specification does not have, and packages do) words in one text. */
function readTypes(yaml: YamlMapping): Set<Type> {
  const value = yaml.get("type");
  if (value === null) return new Set(["pass-fail"]);
  const said = value.listOrOne().flatMap((item) => words(item.text()));
  const unknown = said.find((word) => !types.some((type) => type === word));
  if (unknown !== undefined) throw value.error(`must be of ${types.join(", ")}, not ${JSON.stringify(unknown)}`);
  const found = new Set(said as Type[]);
  const refuse = (one: Type, other: Type) => {
    if (found.has(one) && found.has(other)) throw value.error(`${one} and ${other} exclude each other`);
  };
  refuse("pass-fail", "scoring");
  refuse("submit-answer", "multi-pass");
  refuse("submit-answer", "interactive");
  return found;
}

function readTime(limits: YamlMapping) {
  const multipliers = limits.mapping("time_multipliers");
  const resolution = limits.get("time_resolution")?.number({ above: 0 }) ?? 1;
  const inference = {
    acToLimit: multipliers.get("ac_to_time_limit")?.number({ least: 1 }) ?? 2,
    limitToTle: multipliers.get("time_limit_to_tle")?.number({ least: 1 }) ?? 1.5,
    resolution,
  };
  multipliers.warnOfUnknownKeys();
  const given = limits.get("time_limit");
  const cpuTime = given?.number({ above: 0 }) ?? null;
  const steps = (cpuTime ?? 0) / resolution;
  if (Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, steps)) given!.warn(`is no multiple of time_resolution, ${resolution} s`);
  return { inference, cpuTime };
}

function readLanguages(yaml: YamlMapping): readonly string[] | null {
  const value = yaml.get("languages");
  if (value === null) return null;
  const said = value.listOrOne().flatMap((item) => words(item.text()));
  if (said.length === 0) throw value.error("is empty, so no submission could be in any language");
  return said.includes("all") ? null : said;
}

/** The English name, else the first one. */
function readName(yaml: YamlMapping): string | null {
  const value = yaml.get("name");
  if (value === null || !value.isMapping) return value?.text() ?? null;
  const names = value.mapping().entries().flatMap(([language, name]) => (name === null ? [] : [{ language, name: name.text() }]));
  return (names.find(({ language }) => language === "en") ?? names[0])?.name ?? null;
}

/** Packages of the draft still have the groups of the legacy format. */
function hasTestdata(files: PackageFiles, version: PackageVersion): boolean {
  const directories = ["data", "data/sample", "data/secret", ...files.list("data/secret").filter(({ kind }) => kind === "directory").map(({ path }) => path)];
  const having = (name: string) => directories.filter((directory) => files.hasFile(`${directory}/${name}`));
  const [first] = having("testdata.yaml");
  if (first === undefined) return false;
  if (version === "2023-07" && having("test_group.yaml").length === 0) return true;
  files.warn(`${files.shown(first)}/testdata.yaml is not used: this version of the format has test_group.yaml, with other keys`);
  return false;
}
