/** Which packs in the binary know a language that is not in force. Loaded only where one is missing, or to list the packs. */
import { builtInDefinitions } from "./builtin.ts";
import { mergePack, writtenLanguages } from "./extend.ts";
import type { Language } from "./language.ts";
import { isComplete, normalizeLanguage } from "./normalize.ts";
import { loadPlugin, pluginNames } from "./plugins.ts";
import { hasExtension } from "./source-name.ts";

/** What each pack is for, in a line. */
export const pluginSummaries: Readonly<Record<string, string>> = {
  icpc: "as at the ICPC World Finals",
  ioi: "as at the IOI, and in CMS",
  kattis: "as in Kattis' problemtools",
  codeforces: "in the manner of Codeforces",
  extra: "more languages, for Debian's packages",
};

/** The languages of a pack in the binary, without hidden ones. */
export function languagesOfPlugin(name: string): readonly Language[] {
  const merged = mergePack(writtenLanguages(loadPlugin(name)!), name, builtInDefinitions()).languages;
  return merged.filter(isComplete).map((language) => normalizeLanguage(language, 1)).filter(({ hidden }) => !hidden);
}

/** @returns a hint that names the packs; null: none knows it */
export function packWithExtension(fileName: string, extension: string): string | null {
  return advice(extension, (language) => language.extensions.some((known) => hasExtension(fileName, known)));
}

/** @param name id or alias, in small letters @returns a hint that names the packs; null: none knows it */
export function packWithLanguage(name: string): string | null {
  return advice(`'${name}'`, ({ id, aliases }) => id === name || aliases.includes(name));
}

function advice(what: string, fits: (language: Language) => boolean): string | null {
  // The pack that changes no other language comes first.
  const names = pluginNames.toSorted((a, b) => Number(b === "extra") - Number(a === "extra")).filter((name) => languagesOfPlugin(name).some(fits));
  const [first, ...others] = names;
  if (first === undefined) return null;
  return `--pack ${first} knows ${what}${others.length === 0 ? "" : ` (so do ${others.join(", ")})`}; MINI_ISOLATE_PACKS=${first} enables it for every run`;
}
