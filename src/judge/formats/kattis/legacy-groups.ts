/** `testdata.yaml`: how the groups of the legacy format make verdicts and scores. */
import { plainRule, type Program, type Rule } from "../../problem.ts";
import type { PackageFiles } from "../package/files.ts";
import type { YamlMapping, YamlValue } from "../package/yaml-value.ts";
import { readMapping } from "../package/yaml.ts";

/** What a group has: by itself, or from the nearest group above it that says it. */
export interface LegacyGroup {
  readonly stop: boolean;
  readonly isCustom: boolean;
  readonly graderFlags: readonly string[];
  readonly acceptScore: number;
  readonly rejectScore: number;
  readonly range: readonly [least: number, most: number] | null;
  readonly validatorFlags: readonly string[];
}

export const legacyDefaults: LegacyGroup = { stop: true, isCustom: false, graderFlags: [], acceptScore: 1, rejectScore: 0, range: null, validatorFlags: [] };

/** Words at blanks, as judges split flags. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** @param overrides what problem.yaml says for every group, as it did before the format had versions */
export function readLegacyGroup(files: PackageFiles, directory: string, parent: LegacyGroup, overrides: Partial<LegacyGroup> = {}): LegacyGroup {
  const yaml = readMapping(files, `${directory}/testdata.yaml`);
  if (yaml === null) return { ...parent, ...overrides };
  const onReject = yaml.get("on_reject")?.word(["break", "continue", "first_error", "worst_error", "grade"] as const);
  const grading = yaml.get("grading")?.word(["default", "custom"] as const);
  const graderFlags = yaml.get("grader_flags");
  const group: LegacyGroup = {
    stop: onReject === undefined ? parent.stop : onReject === "break" || onReject === "first_error",
    isCustom: grading === undefined ? parent.isCustom : grading === "custom",
    graderFlags: graderFlags === null ? parent.graderFlags : words(graderFlags.text()),
    acceptScore: yaml.get("accept_score")?.number() ?? parent.acceptScore,
    rejectScore: yaml.get("reject_score")?.number() ?? parent.rejectScore,
    range: rangeOf(yaml.get("range")) ?? parent.range,
    validatorFlags: flagsOf(yaml, "output_validator_flags") ?? flagsOf(yaml, "output_validator_args") ?? parent.validatorFlags,
  };
  yaml.ignore("input_validator_flags", "input_validator_args");
  yaml.warnOfUnknownKeys();
  if (!group.isCustom && graderFlags !== null) checkGraderFlags(graderFlags, group.graderFlags);
  return { ...group, ...overrides };
}

/** `0 100`, `-inf +inf`; an infinite end is one that does not matter. */
export function rangeOf(value: YamlValue | null): readonly [number, number] | null {
  if (value === null) return null;
  const ends = (value.isList ? value.list().map((end) => end.text()) : words(value.text())).map((end) => {
    const infinite = /^([+-]?)(inf|\.inf|infinity)$/i.exec(end);
    return infinite === null ? Number(end === "" ? NaN : end) : infinite[1] === "-" ? -Number.MAX_VALUE : Number.MAX_VALUE;
  });
  const [least, most] = ends;
  if (ends.length !== 2 || ends.some((end) => Number.isNaN(end)) || least! > most!) throw value.error(`must be two numbers, the smaller one first, not ${JSON.stringify(value.isList ? value.value : value.text())}`);
  return [least!, most!];
}

/** Text, or a mapping with the name of the validator and its flags. null: nothing is said. */
function flagsOf(yaml: YamlMapping, key: string): string[] | null {
  const value = yaml.get(key);
  if (value === null) return null;
  if (value.isList) return value.list().map((word) => word.text());
  if (!value.isMapping) return words(value.text());
  const mapping = value.mapping();
  mapping.ignore("name");
  const flags = mapping.get("flags")?.text() ?? "";
  mapping.warnOfUnknownKeys();
  return words(flags);
}

const verdictModes: Readonly<Record<string, Rule["verdict"]>> = { worst_error: "worst", no_errors: "worst", first_error: "first", always_accept: "accept" };
const scoreModes = ["sum", "avg", "min", "max"] as const;
const otherFlags = ["ignore_sample", "accept_if_any_accepted"];

function checkGraderFlags(value: YamlValue, flags: readonly string[]): void {
  const known = [...Object.keys(verdictModes), ...scoreModes, ...otherFlags];
  const unknown = flags.find((flag) => !known.includes(flag));
  if (unknown !== undefined) throw value.error(`${JSON.stringify(unknown)} is no flag of the default grader: ${known.join(", ")}`);
}

/** @param scores null: the problem has none */
export function legacyRule(group: LegacyGroup, scores: { readonly isOfChecker: boolean } | null, grader: Program | null): Rule {
  const last = <M>(modes: readonly (M | undefined)[]) => modes.filter((mode) => mode !== undefined).at(-1);
  return {
    ...plainRule,
    verdict: last(group.graderFlags.map((flag) => verdictModes[flag])) ?? "worst",
    acceptIfAny: group.graderFlags.includes("accept_if_any_accepted"),
    ignoreSamples: group.graderFlags.includes("ignore_sample"),
    stop: group.stop,
    score: scores === null ? "none" : (last(group.graderFlags.map((flag) => scoreModes.find((mode) => mode === flag))) ?? "sum"),
    testScore: { kind: "points", accept: group.acceptScore, reject: group.rejectScore },
    range: scores === null ? null : group.range,
    grader: group.isCustom && grader !== null ? { program: grader, flags: group.graderFlags } : null,
    ...(scores === null || scores.isOfChecker ? {} : { checkerScore: "ignored" as const }),
  };
}
