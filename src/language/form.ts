/** The form of a pack: every mistake in it, and the rest of the file without them, so that what it means can be checked as well. */
import * as v from "valibot";
import { describeIssue, type FieldProblem } from "./issues.ts";
import { SeveralLanguagesSchema, SingleLanguageSchema, type WrittenLanguage } from "./schema.ts";
import { type MergedLanguage, writtenLanguages } from "./extend.ts";

export type Path = readonly (string | number)[];

/** A language as far as its form is right. */
export interface FormedLanguage {
  readonly written: WrittenLanguage;
  /** What was left out for a mistake that is told, and what a mistyped key was probably meant to be: whoever misses it repeats that. */
  readonly leftOut: readonly Path[];
}

export interface CheckedForm {
  readonly problems: readonly FieldProblem[];
  /** Null: too little is right. */
  readonly languages: readonly FormedLanguage[] | null;
  /** The texts that were written as the whole of a part: `run: perl {source}`. */
  readonly shorthands: readonly Path[];
}

/** Parts that may be written as one text, and the key that the text then stands for. */
export const textForms = { toolchain: "command", compile: "command", run: "command", piston: "name" } as const;

const parts = Object.keys(textForms) as (keyof typeof textForms)[];

/** @param value of the file, not empty */
export function checkForm(value: unknown): CheckedForm {
  const several = typeof value === "object" && value !== null && Object.hasOwn(value, "languages");
  const schema: v.GenericSchema = several ? SeveralLanguagesSchema : SingleLanguageSchema;
  const { value: whole, shorthands } = withParts(value, several);
  const parsed = v.safeParse(schema, whole);
  if (parsed.success) return { problems: [], languages: formed(parsed.output, []), shorthands };
  const problems = parsed.issues.flatMap((issue) => describeIssue(issue, schema));
  const leftOut = problems.flatMap(({ path, meant }) => [path, ...(meant === undefined ? [] : [[...path.slice(0, -1), meant]])]);
  return { problems, languages: formed(mended(whole, schema, several), leftOut), shorthands };
}

function formed(pack: unknown, leftOut: readonly Path[]): readonly FormedLanguage[] | null {
  if (pack === null) return null;
  const several = Object.hasOwn(pack as object, "languages");
  return writtenLanguages(pack as Parameters<typeof writtenLanguages>[0]).map((written, index) => ({
    written,
    leftOut: several ? leftOut.filter((path) => path[0] === "languages" && path[1] === index).map((path) => path.slice(2)) : leftOut,
  }));
}

/** With `run: text` as `run: {command: text}`, wherever such a part may stand. */
function withParts(value: unknown, several: boolean): { readonly value: unknown; readonly shorthands: readonly Path[] } {
  const shorthands: Path[] = [];
  const expanded = (language: unknown, place: Path): unknown => {
    if (!isMapping(language)) return language;
    const found = parts.filter((part) => typeof language[part] === "string");
    shorthands.push(...found.map((part) => [...place, part]));
    return found.length === 0 ? language : { ...language, ...Object.fromEntries(found.map((part) => [part, { [textForms[part]]: language[part] }])) };
  };
  if (!several) return { value: expanded(value, []), shorthands };
  const { languages, ...rest } = value as { readonly languages: unknown };
  if (!Array.isArray(languages)) return { value, shorthands };
  return { value: { ...rest, languages: languages.map((language, index) => expanded(language, ["languages", index])) }, shorthands };
}

/** Rounds of leaving out: what stands in for a mistake can be one in its turn. */
const rounds = 3;

/** The same as a tree; null for what contains itself, as an alias below its own anchor does. */
function unshared(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return null;
  }
}

/** The pack without its mistakes; null when it cannot be had. */
function mended(value: unknown, schema: v.GenericSchema, several: boolean): unknown {
  // Without what aliases share: to leave something out in one place is not to leave it out in others.
  const copy = unshared(value);
  if (copy === null) return null;
  const ids = several ? (value as { readonly languages: unknown }).languages : [value];
  for (let round = 0; round < rounds; round++) {
    const parsed = v.safeParse(schema, copy);
    if (parsed.success) return withIds(parsed.output, ids);
    // The last first, so that places stay what they are.
    for (const { path } of parsed.issues.flatMap((issue) => describeIssue(issue, schema)).toReversed()) if (!leaveOut(copy, path, round)) return null;
  }
  return null;
}

/** What has to be there. */
const standIns: Readonly<Record<string, unknown>> = { version: 1, id: "unnamed", source: "x" };

function leaveOut(root: unknown, path: Path, round: number): boolean {
  const last = path.at(-1);
  let holder: unknown = root;
  for (const step of path.slice(0, -1)) holder = (holder as Record<string | number, unknown> | undefined)?.[step];
  if (last === undefined || typeof holder !== "object" || holder === null) return last !== undefined && round > 0;
  if (Array.isArray(holder) && typeof last === "number") {
    // Its neighbours keep their places, but for names, which have none.
    if (path.length === 2 && path[0] === "languages") holder[last] = { id: standIns["id"], hidden: true };
    else if (path.at(-2) === "aliases" || path.at(-2) === "extensions") holder.splice(last, 1);
    else if (round === 0) holder[last] = "x";
    else return leaveOut(root, path.slice(0, -1), round);
    return true;
  }
  const mapping = holder as Record<string, unknown>;
  if (Object.hasOwn(standIns, last)) mapping[last] = standIns[last];
  else delete mapping[last];
  return true;
}

/** What is wrong with an id is told; in messages about others it has its own. */
function withIds(pack: unknown, originals: unknown): unknown {
  const several = Object.hasOwn(pack as object, "languages");
  const languages: readonly WrittenLanguage[] = writtenLanguages(pack as Parameters<typeof writtenLanguages>[0]);
  const named = languages.map((language, index) => {
    const original: unknown = Array.isArray(originals) ? (originals[index] as { readonly id?: unknown } | undefined)?.id : undefined;
    return typeof original === "string" ? { ...language, id: original } : language;
  });
  return several ? { version: 1, languages: named } : { version: 1, ...named[0] };
}

/** Whether one of two places is in the other, or they are the same. */
export function isRelated(one: Path, other: Path): boolean {
  const [shorter, longer] = one.length <= other.length ? [one, other] : [other, one];
  return shorter.every((step, index) => step === longer[index]);
}

/** Whether a language says itself what stands at a place, and has not inherited it. */
export function saysItself({ chain }: MergedLanguage, path: Path): boolean {
  let value: unknown = chain.at(-1)!.written;
  return path.every((step) => (value = isMapping(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[step] : undefined) !== undefined);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
