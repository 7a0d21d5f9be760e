/** What each language is still chosen for when later packs have taken names and extensions. Pure. */
import type { Language } from "./language.ts";

/** A language that something leads to. */
export interface LanguageInForce {
  readonly language: Language;
  /** Those of its extensions that lead to it. */
  readonly extensions: readonly string[];
}

/**
 * Those that are not hidden and that an id, an extension or a `#!` line leads to.
 * @param languages in the order of registry.ts, which is kept
 */
export function languagesInForce(languages: readonly Language[]): LanguageInForce[] {
  return languages.flatMap((language): LanguageInForce[] => {
    if (language.hidden) return [];
    const yieldsTo = (other: Language) => other.layer > language.layer || (other.layer === language.layer && other.priority > language.priority);
    const stronger = languages.filter(yieldsTo);
    const extensions = language.extensions.filter((extension) => !stronger.some((other) => !other.hidden && other.extensions.includes(extension)));
    const named = !stronger.some(({ id, aliases }) => id === language.id || aliases.includes(language.id));
    const shebang = language.shebang !== null && !stronger.some((other) => !other.hidden && other.shebang === language.shebang);
    return named || extensions.length > 0 || shebang ? [{ language, extensions }] : [];
  });
}
