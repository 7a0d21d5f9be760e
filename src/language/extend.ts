/** `extends`: a language as the whole of what it and those that it builds on say. Pure, and needs no library. */
import { nearestName } from "../model/nearest.ts";
import type { LanguagePack, WrittenLanguage } from "./schema.ts";

/** Ends the origin of what a box keeps: a file that has changed since must not be taken for the origin of what holds. */
export const keptSuffix = " (kept)";

/** What one pack says of a language. */
export interface Definition {
  /** Path of the pack, name of the plugin, or `built-in`; with {@link keptSuffix}: as it was when the box was made. */
  readonly origin: string;
  readonly written: WrittenLanguage;
}

/** A language with everything that it extends merged into it. */
export interface MergedLanguage {
  /** Without `extends`. */
  readonly merged: WrittenLanguage;
  /** Where its values come from: the one that extends nothing first, the language itself last. */
  readonly chain: readonly Definition[];
}

/** A mistake in the language with this number in its pack. */
export interface ExtendProblem {
  readonly index: number;
  readonly message: string;
}

/** A language on top of more than this many others is refused: all of them are kept with each one. */
const depthLimit = 100;

/** The languages of a pack as written, for either form of a file. */
export function writtenLanguages(pack: LanguagePack): readonly WrittenLanguage[] {
  if ("languages" in pack) return pack.languages;
  const { version, ...language } = pack;
  return [language];
}

/**
 * Merges every language of a pack with what it extends: a language of the same pack, or of an earlier one. A language may
 * extend the earlier one whose id it has.
 * @param earlier the languages of the packs before, in the order in which they are looked up
 * @returns one for each of `written`, in their order, and what is wrong
 */
export function mergePack(
  written: readonly WrittenLanguage[],
  origin: string,
  earlier: readonly MergedLanguage[],
): { readonly languages: readonly MergedLanguage[]; readonly problems: readonly ExtendProblem[] } {
  const problems: ExtendProblem[] = [];
  const done = new Map<number, MergedLanguage>();
  /** Ids on the way from the language that was asked for. */
  const way: number[] = [];
  const mergeAt = (index: number): MergedLanguage => {
    const known = done.get(index);
    if (known !== undefined) return known;
    const own = written[index]!;
    const alone: MergedLanguage = { merged: withoutExtends(own), chain: [{ origin, written: own }] };
    if (own.extends === undefined) return keep(index, alone);
    const sibling = own.extends === own.id ? -1 : written.findIndex(({ id }) => id === own.extends);
    if (way.includes(sibling) || sibling === index) {
      const circle = [...way.slice(way.indexOf(sibling)), index, sibling].map((at) => written[at]!.id);
      problems.push({ index, message: `goes round in a circle: ${circle.join(" -> ")}` });
      return keep(index, alone);
    }
    const tooDeep = (): MergedLanguage => {
      problems.push({ index, message: `builds on more than ${depthLimit} languages, each extending the next` });
      return keep(index, alone);
    };
    if (way.length >= depthLimit) return tooDeep();
    way.push(index);
    const base = sibling >= 0 ? mergeAt(sibling) : earlier.find(({ merged }) => merged.id === own.extends);
    way.pop();
    if (base === undefined) {
      problems.push({ index, message: unknownBase(own.extends, [...written.filter((other) => other !== own), ...earlier.map(({ merged }) => merged)]) });
      return keep(index, alone);
    }
    if (base.chain.length > depthLimit) return tooDeep();
    const merged = { ...(merge(inherited(base.merged, own.id), withoutExtends(own)) as WrittenLanguage), id: own.id };
    return keep(index, { merged, chain: [...base.chain, { origin, written: own }] });
  };
  const keep = (index: number, language: MergedLanguage): MergedLanguage => {
    done.set(index, language);
    return language;
  };
  const languages = written.map((_, index) => mergeAt(index));
  return { languages, problems };
}

function unknownBase(name: string, others: readonly WrittenLanguage[]): string {
  const ids = [...new Set(others.map(({ id }) => id))];
  const near = nearestName(name, ids);
  return `no language '${name}' here or in an earlier pack${near === null ? ` (known: ${ids.join(" ")})` : `, did you mean '${near}'?`}`;
}

/**
 * What a language gets from one that it extends. Names belong to one language, so only the same language, said anew, has its other names too; and a
 * template is hidden so that those who extend it are not.
 * @param heir id of the language that gets it
 */
function inherited({ hidden, ...rest }: WrittenLanguage, heir: string): WrittenLanguage {
  if (rest.id === heir) return rest;
  const { aliases, piston, judge0, ...nameless } = rest;
  return nameless;
}

function withoutExtends({ extends: _, ...rest }: WrittenLanguage): WrittenLanguage {
  return rest;
}

/** Mappings key by key; anything else, lists too, is replaced; null takes away. */
function merge(base: unknown, own: unknown): unknown {
  if (!isMapping(base) || !isMapping(own)) return own;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) result[key] = merge(result[key], value);
  return result;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
