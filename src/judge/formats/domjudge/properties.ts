/** What a package in DOMjudge's dialect says of itself: problem.yaml, domjudge-problem.ini and .timelimit together. */
import type { ProblemLimits } from "../../problem.ts";
import { configError } from "../../../model/errors.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping } from "../package/yaml-value.ts";
import { mappingOf, readMapping } from "../package/yaml.ts";
import { type IniValue, readIni } from "./ini.ts";

export interface Properties {
  /** null: neither file has one. */
  readonly name: string | null;
  readonly isScoring: boolean;
  readonly isInteractive: boolean;
  readonly passes: number;
  /** Whether the default validator may not do. */
  readonly needsValidator: boolean;
  readonly validatorFlags: readonly string[];
  /** Names of programs that the server has; null: its usual ones. */
  readonly specialCompare: IniValue | null;
  readonly specialRun: IniValue | null;
  readonly limits: ProblemLimits;
}

const [kibibyte, mebibyte] = [1024, 1024 * 1024];
/** Those of a new DOMjudge: seconds and bytes. Its 64 processes are those of the pack `kattis`. */
const usual = { time: 10, memory: 2048 * mebibyte, output: 8 * mebibyte, code: 256 * kibibyte, scriptTime: 30, scriptMemory: 2048 * mebibyte, scriptOutput: 2560 * mebibyte };
const types = ["pass-fail", "scoring", "interactive", "multi-pass"] as const;
const validations = ["default", "custom", "interactive", "multi-pass", "score"] as const;
/** Keys that say nothing about judging. */
const metadata = ["problem_format_version", "uuid", "author", "authors", "credits", "source", "source_url", "license", "rights_owner", "keywords", "libraries", "languages", "version", "grading"];

/** @throws IsolateError of kind Config: none of the files is there, a mistake in one of them with its place, or time limits that differ */
export function readProperties(files: PackageFiles): Properties {
  const ini = readIni(files, "domjudge-problem.ini");
  const found = readMapping(files, "problem.yaml");
  if (ini === null && found === null) throw configError(`cannot judge with ${files.root}: it has neither problem.yaml nor domjudge-problem.ini`, "a package of DOMjudge has one of them");
  const yaml = found ?? emptyMapping(files);
  yaml.ignore(...metadata);
  const type = wordsOf(yaml, "type", types);
  const validation = wordsOf(yaml, "validation", validations);
  const limits = yaml.mapping("limits");
  const isMultiPass = type.has("multi-pass") || validation.has("multi-pass");
  const isInteractive = type.has("interactive") || validation.has("interactive");
  const properties: Properties = {
    name: nameIn(yaml) ?? ini?.name?.text ?? null,
    isScoring: type.has("scoring"),
    isInteractive,
    passes: isMultiPass ? (limits.get("validation_passes")?.integer({ least: 2, most: 1000 }) ?? 2) : 1,
    needsValidator: validation.has("custom") || isInteractive || isMultiPass,
    validatorFlags: yaml.get("validator_flags")?.text().split(/\s+/).filter((word) => word !== "") ?? [],
    specialCompare: special(ini?.special_compare, "compare"),
    specialRun: special(ini?.special_run, "run"),
    limits: limitsOf(limits, timeLimit(files, limits, ini?.timelimit ?? null)),
  };
  limits.ignore("time_multiplier", "time_safety_margin", "time_multipliers", "time_resolution");
  limits.warnOfUnknownKeys();
  yaml.warnOfUnknownKeys();
  return properties;
}

function emptyMapping(files: PackageFiles): YamlMapping {
  return mappingOf("", files.shown("problem.yaml"), (message) => files.warn(message));
}

function wordsOf<W extends string>(yaml: YamlMapping, key: string, known: readonly W[]): ReadonlySet<W> {
  const value = yaml.get(key);
  const said = value === null ? [] : value.listOrOne().flatMap((one) => one.text().split(/\s+/)).filter((word) => word !== "");
  const wrong = said.find((word) => !(known as readonly string[]).includes(word));
  if (wrong !== undefined) throw value!.error(`must be of ${known.join(", ")}, not ${JSON.stringify(wrong)}`);
  return new Set(said as W[]);
}

/** In English, else in whichever language is first. */
function nameIn(yaml: YamlMapping): string | null {
  const value = yaml.get("name");
  if (value === null || !value.isMapping) return value?.text() ?? null;
  const names = value.mapping().entries().flatMap(([language, name]) => (name === null ? [] : [{ language, name: name.text() }]));
  return (names.find(({ language }) => language === "en") ?? names[0])?.name ?? null;
}

function special(value: IniValue | undefined, standard: string): IniValue | null {
  return value === undefined || value.text === "" || value.text === standard ? null : value;
}

/** problem.yaml counts before the .ini; .timelimit must not differ from what counts. */
function timeLimit(files: PackageFiles, limits: YamlMapping, ini: IniValue | null): number {
  const yaml = limits.get("time_limit")?.number({ above: 0, most: 1e6 }) ?? null;
  const ofIni = ini === null ? null : seconds(ini.text);
  if (ini !== null && ofIni === null) throw ini.error(`must be a number of seconds, not ${JSON.stringify(ini.text)}`);
  const text = files.text(".timelimit");
  const file = text === null ? null : seconds(text.trim());
  if (text !== null && file === null) throw configError(`cannot read ${files.shown(".timelimit")}: it must have a number of seconds, not ${JSON.stringify(text.trim().slice(0, 40))}`);
  const stated = yaml ?? ofIni;
  if (yaml !== null && ofIni !== null && yaml !== ofIni) files.warn(`${files.shown("domjudge-problem.ini")} has a time limit of ${ofIni} s, and problem.yaml one of ${yaml} s, which counts`);
  if (file !== null && stated !== null && Math.abs(file - stated) > 1e-9) {
    throw configError(`cannot judge with ${files.root}: .timelimit has ${file} s, and ${yaml === null ? "domjudge-problem.ini" : "problem.yaml"} ${stated} s`, "DOMjudge refuses such a package: leave one of them");
  }
  const found = stated ?? file;
  if (found === null) files.warn(`${files.root} has no time limit: ${usual.time} s, as DOMjudge gives it`);
  return found ?? usual.time;
}

function seconds(text: string): number | null {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) && number > 0 ? number : null;
}

function limitsOf(limits: YamlMapping, cpuTime: number): ProblemLimits {
  const size = (key: string, unit: number, otherwise: number) => (limits.get(key)?.integer({ least: 1, most: 1e9 }) ?? otherwise / unit) * unit;
  const time = (key: string) => limits.get(key)?.number({ above: 0, most: 1e6 }) ?? usual.scriptTime;
  return {
    cpuTime,
    memory: size("memory", mebibyte, usual.memory),
    output: size("output", mebibyte, usual.output),
    code: size("code", kibibyte, usual.code),
    compilationTime: time("compilation_time"),
    compilationMemory: size("compilation_memory", mebibyte, usual.scriptMemory),
    validationTime: time("validation_time"),
    validationMemory: size("validation_memory", mebibyte, usual.scriptMemory),
    validationOutput: size("validation_output", mebibyte, usual.scriptOutput),
    inference: null,
    timeFactors: {},
    memoryFactors: {},
  };
}
