/** The value of one flag, from text to what the code keeps. Refuses everything that is not exactly well-formed. */
import { configError, type IsolateError } from "../model/errors.ts";
import { checkBoxId } from "../model/box-id.ts";
import { limits } from "../model/limits.ts";
import { parseMountRule } from "../model/mounts.ts";
import { networks } from "../model/network.ts";
import { parsePermissions, type Permission } from "../model/permissions.ts";
import { anyCore } from "../model/processors.ts";
import { seccompProfiles } from "../model/seccomp.ts";
import { bytesPerMebibyte, parsePositiveDecimal, parseWholeNumber } from "../model/units.ts";
import type { FlagDefinition, ValueKind } from "./flags.ts";

/** The word that lifts a limit. */
export const unlimitedWord = "unlimited";

type NumberKind = "seconds" | "mebibytes" | "count";

/** What a number flag accepts, in the unit that it is written in. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly canBeUnlimited: boolean;
}

/** The range of a number flag, from the table of limits; null for other kinds. Byte limits are in whole MB. */
export function rangeOf(definition: FlagDefinition): NumberRange | null {
  if (definition.range !== undefined) return { ...definition.range, unit: "", canBeUnlimited: false };
  if (definition.limit === undefined) return null;
  const { min, max, canBeUnlimited } = limits[definition.limit];
  if (definition.kind !== "mebibytes") return { min, max, canBeUnlimited, unit: definition.kind === "seconds" ? "s" : "" };
  return { min: Math.ceil(min / bytesPerMebibyte), max: Math.floor(max / bytesPerMebibyte), canBeUnlimited, unit: "MB" };
}

/** `0.001 to 2592000 s, or unlimited` */
export function describeRange({ min, max, unit, canBeUnlimited }: NumberRange): string {
  return `${min} to ${max}${unit === "" ? "" : ` ${unit}`}${canBeUnlimited ? `, or ${unlimitedWord}` : ""}`;
}

function parseNumber(name: string, definition: FlagDefinition, text: string): number | string | null {
  if (text === definition.word) return text;
  const range = rangeOf(definition)!;
  const refuse = (reason: string) => configError(`cannot use '${text}' as --${name}: ${reason}`, `--${name} takes ${describeRange(range)}${definition.word === undefined ? "" : `, or ${definition.word}`}`);
  if (text === unlimitedWord && range.canBeUnlimited) return null;
  const kind = definition.kind as NumberKind;
  if (kind !== "count" && /^[0-9.]+ ?[A-Za-z]+$/.test(text)) return parseWithUnit(definition, kind, text, refuse);
  const number = kind === "seconds" ? parsePositiveDecimal(text) : parseWholeNumber(text);
  if (number === null) throw refuse(whyNotANumber(text, kind));
  if (number === 0 && range.min > 0) throw refuse("it must be greater than 0");
  if (number < range.min || number > range.max) throw refuse("it is out of range");
  return kind === "mebibytes" ? number * bytesPerMebibyte : number;
}

/** `64M`, `500ms`: as in packs. */
function parseWithUnit(definition: FlagDefinition, kind: Exclude<NumberKind, "count">, text: string, refuse: (reason: string) => IsolateError): number {
  // Loaded here only: most numbers have no unit.
  const { parseSize, parseTime, sizeUnitNames, timeUnitNames } = require("../language/quantities.ts") as typeof import("../language/quantities.ts");
  const [value, units] = kind === "seconds" ? [parseTime(text), timeUnitNames] : [parseSize(text), sizeUnitNames];
  if (value === null) throw refuse(/^0+(\.0*)?[A-Za-z]+$/.test(text) ? "it must be greater than 0" : `its unit must be one of ${units.join(" ")}`);
  const { min, max } = definition.range === undefined ? limits[definition.limit!] : definition.range;
  const scale = kind === "mebibytes" && definition.range !== undefined ? bytesPerMebibyte : 1;
  if (value < min * scale || value > max * scale) throw refuse("it is out of range");
  return value;
}

function whyNotANumber(text: string, kind: NumberKind): string {
  if (text === unlimitedWord) return "this limit cannot be lifted";
  if (/^-[0-9.]+$/.test(text)) return "it must not be negative";
  if (/^0+(\.0*)?$/.test(text)) return "it must be greater than 0";
  if (/^[0-9]{16}/.test(text)) return "it is out of range";
  if (kind !== "seconds" && /^[0-9]+\.[0-9]+$/.test(text)) return "it must be a whole number";
  if (/^[0-9]+(\.[0-9]+)?[^0-9.]/.test(text)) return "text follows the number";
  return "it is not a plain decimal number";
}

function refused(name: string, text: string, reason: string): IsolateError {
  return configError(`cannot use '${text}' as --${name}: ${reason}`);
}

// The schema of the configuration checks the same again; it is not used here since it would load valibot for every run.

function parseCpus(name: string, text: string): string {
  if (text === anyCore) return text;
  for (const part of text.split(",")) {
    const [, first, last] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(part) ?? [];
    if (first === undefined) throw refused(name, text, "it must be a list like 0,2-3, or auto");
    if (last !== undefined && Number(last) < Number(first)) throw refused(name, text, `${part} runs backwards`);
  }
  return text;
}

/** The largest id; one more is (uid_t) -1, "no id". */
const largestId = 2 ** 32 - 2;

function parseUserId(name: string, text: string): number {
  const number = parseWholeNumber(text);
  if (number === null) throw refused(name, text, "it is not a whole number");
  if (number === 0) throw refused(name, text, "a program never runs as root");
  if (number > largestId) throw refused(name, text, `it must be at most ${largestId}`);
  return number;
}

function parsePath(name: string, text: string): string {
  // "-" means a stream to many programs; to take it for a file's name would surprise.
  if (text === "-") throw configError(`cannot use '-' as --${name}: it is not a path`, "the standard streams are /dev/stdin and /dev/stdout");
  return text;
}

function parseVariable(name: string, text: string): string {
  if (text.startsWith("=")) throw refused(name, text, "the name before = is missing");
  return text;
}

/** In the order in which they are named; the kernel's own words for architectures. */
const architectureNames = ["x86_64", "aarch64"] as const;

function parseWord(name: string, words: readonly string[], text: string): string {
  if (words.includes(text)) return text;
  throw refused(name, text, `it must be ${words.join(" or ")}`);
}

/** What a text becomes. */
export type FlagValue = string | number | readonly Permission[] | null;

const parsers: Record<ValueKind, (name: string, definition: FlagDefinition, text: string) => FlagValue> = {
  seconds: parseNumber,
  mebibytes: parseNumber,
  count: parseNumber,
  text: (_name, _definition, text) => text,
  path: (name, _definition, text) => parsePath(name, text),
  source: (_name, _definition, text) => text,
  variable: (name, _definition, text) => parseVariable(name, text),
  mount: (_name, _definition, text) => (parseMountRule(text), text),
  cpus: (name, _definition, text) => parseCpus(name, text),
  userId: (name, _definition, text) => parseUserId(name, text),
  profile: (name, _definition, text) => parseWord(name, seccompProfiles, text),
  permissions: (name, _definition, text) => parsePermissions(text, (reason) => refused(name, text, reason)),
  network: (name, _definition, text) => parseWord(name, networks, text),
  architecture: (name, _definition, text) => parseWord(name, architectureNames, text),
  boxId: (_name, _definition, text) => checkBoxId(text),
};

/**
 * @param name the flag without dashes, for messages
 * @returns seconds, bytes, a count, names or the text; null for `unlimited`
 * @throws IsolateError of kind Config that quotes the value and says what is accepted
 */
export function parseFlagValue(name: string, definition: FlagDefinition & { readonly kind: ValueKind }, text: string): FlagValue {
  if (text === "") throw configError(`empty value for --${name}`);
  return parsers[definition.kind](name, definition, text);
}
