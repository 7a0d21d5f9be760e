/** What the verbs of `languages` share. */
import { resolveStateDir } from "../../../config/load.ts";
import { Isolate } from "../../../instance/isolate.ts";
import type { Language } from "../../../language/language.ts";
import { pluginNames } from "../../../language/plugins.ts";
import { isPackPath, type LanguageSet } from "../../../language/registry.ts";
import { languageNamed } from "../../../language/resolve.ts";
import type { Arguments } from "../../args.ts";
import { requireBox } from "../../find-box.ts";

export type LanguagesFlags = Arguments<"languages">["flags"];

/** The words after the verb, and the flags. The number is the exit code. */
export type LanguagesVerb = (words: readonly string[], flags: LanguagesFlags) => Promise<number>;

/** The box of `--box-id`, or null. @throws IsolateError of kind Config when there is none of this id */
export function boxOf(flags: LanguagesFlags): Isolate | null {
  const id = flags["box-id"];
  return id === undefined ? null : requireBox(id, resolveStateDir(flags["state-dir"]));
}

/** The languages of the host, of `--pack` and of the box. @throws IsolateError of kind Config */
export async function languagesOf(flags: LanguagesFlags): Promise<LanguageSet> {
  return await Isolate.languages(flags.pack, boxOf(flags));
}

/** Whether a word names a pack: a path, or one in the binary. Otherwise it is the name of a language. */
export function isPack(word: string): boolean {
  return isPackPath(word) || pluginNames.includes(word);
}

/** What a word stands for: one language, or all of a pack. */
export interface NamedLanguages {
  readonly word: string;
  readonly isPack: boolean;
  readonly languages: readonly Language[];
}

/**
 * What words of `show` and `test` stand for. The packs among them hold as if they were given by `--pack`.
 * @throws IsolateError of kind Config for an unknown language, and for a pack that is wrong
 */
export async function languagesNamed(words: readonly string[], flags: LanguagesFlags): Promise<LanguageSet & { readonly named: readonly NamedLanguages[] }> {
  const packs = words.filter((word) => isPack(word) && !flags.pack.includes(word));
  const set = await languagesOf({ ...flags, pack: [...flags.pack, ...packs] });
  const named = words.map((word): NamedLanguages => {
    if (!isPack(word)) return { word, isPack: false, languages: [languageNamed(word, set.languages)] };
    const directory = `${word.replace(/\/+$/, "")}/`;
    return { word, isPack: true, languages: set.languages.filter(({ hidden, origin }) => !hidden && (origin === word || origin.startsWith(directory))) };
  });
  return { ...set, named };
}
