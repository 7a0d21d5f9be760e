/**
 * From the `langs.yaml` of Hydro to a language pack. The form, and what it means, are those of packages/common/lang.ts and
 * packages/hydrojudge (2026): a mapping of keys; a key with a dot inherits from what stands before the dot; keys that begin with `_`
 * are there for others to build on; a command is split into words, and no shell runs.
 */
import * as v from "valibot";
import { type Position, readYaml } from "./document.ts";
import { convertHydroLanguage, type HydroLanguage } from "./hydro-language.ts";
import { packFrom, type PackImport, refused } from "./imported-pack.ts";
import { describeIssue } from "./issues.ts";
import type { PackProblem } from "./problem-line.ts";

const optionalText = v.optional(v.nullable(v.string()));
const optionalNumber = v.optional(v.nullable(v.pipe(v.number(), v.minValue(0, "must not be negative"))));
const optionalSwitch = v.optional(v.nullable(v.boolean()));

/** What a pack has a word for; there may be more. */
const HydroLanguageSchema = v.looseObject({
  display: v.optional(v.nullable(v.union([v.string(), v.number()]))), code_file: optionalText, target: optionalText, compile: optionalText, execute: optionalText, version: optionalText,
  hidden: optionalSwitch, disabled: optionalSwitch,
  time_limit_rate: optionalNumber, memory_limit_rate: optionalNumber, compile_time_limit: optionalNumber, compile_memory_limit: optionalNumber, process_limit: optionalNumber,
});

const what = "this reads the langs.yaml of Hydro, and the languages.yaml of Kattis problemtools";

/** Words that only one of the two formats has. */
const hydroWords = ["display", "code_file", "target", "execute", "highlight", "monaco", "time_limit_rate", "memory_limit_rate", "compile_time_limit", "compile_memory_limit", "validAs", "pretest"];
const kattisWords = ["name", "priority", "files", "run", "shebang", "shebang_files"];

/** Whether a text is one of Hydro's rather than one of Kattis: by the words that its languages have. */
export function isHydro(text: string): boolean {
  const document = readYaml(text, { merge: true });
  if (Array.isArray(document) || typeof document.value !== "object" || document.value === null) return false;
  const words = Object.values(document.value).flatMap((language) => (typeof language === "object" && language !== null ? Object.keys(language) : []));
  const count = (known: readonly string[]) => words.filter((word) => known.includes(word)).length;
  return count(hydroWords) > count(kattisWords);
}

/**
 * @param shown name of the file, for messages and for the first line of the pack
 * @throws IsolateError of kind Config with `file:line:column` when Hydro would refuse the file as well
 */
export function importHydro(text: string, shown: string): PackImport {
  const document = readYaml(text, { merge: true });
  if (Array.isArray(document)) throw refused(shown, document.map((problem) => ({ ...problem, path: "" })), what);
  const { value, positionOf } = document;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>).filter(([key]) => !key.startsWith("_"));
  const problems: PackProblem[] = [];
  const languages = new Map<string, HydroLanguage>();
  for (const [key, written] of entries) {
    const parsed = v.safeParse(HydroLanguageSchema, written);
    if (parsed.success) languages.set(key, parsed.output);
    else problems.push(...parsed.issues.flatMap((issue) => describeIssue(issue, HydroLanguageSchema)).map(({ path, message, ofKey }) => ({ ...positionOf([key, ...path], ofKey), path: [key, ...path].join("."), message })));
  }
  if (problems.length > 0) throw refused(shown, problems, what);
  /** Who has an extension already: of several languages the first is found by it, the others by their names and by a lower priority. */
  const owners = new Map<string, number>();
  const converted = [...languages].map(([key, own]) => {
    const base = key.includes(".") ? languages.get(key.split(".")[0]!) : undefined;
    return { code: key, ...convertHydroLanguage(key, { ...base, ...own }, owners), ...(positionOf([key], true) satisfies Position) };
  });
  return packFrom(converted, `# Made from ${JSON.stringify(shown)}, a file of Hydro, by mini-isolate languages import.
# It does not say what a runtime needs besides /usr (mounts).
`);
}
