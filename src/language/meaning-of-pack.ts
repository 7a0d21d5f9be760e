/** What a pack means as a whole: every mistake of every language once, where it was made. Pure. */
import { type MergedLanguage, mergePack } from "./extend.ts";
import { type FormedLanguage, isRelated, saysItself } from "./form.ts";
import { findClashProblems, findMeaningProblems, findPointlessNulls, type MeaningProblem } from "./meaning.ts";

/** A mistake in the language with this number. */
export type LanguageProblem = MeaningProblem & { readonly index: number };

/**
 * @param languages as far as their form is right
 * @param origin path of the pack, kept in the languages
 * @param earlier what they may extend besides each other
 */
export function checkMeaning(
  languages: readonly FormedLanguage[],
  origin: string,
  earlier: readonly MergedLanguage[],
): { readonly languages: readonly MergedLanguage[]; readonly problems: readonly LanguageProblem[] } {
  const written = languages.map((language) => language.written);
  const merged = mergePack(written, origin, earlier);
  const badBases = new Set(merged.problems.map(({ index }) => written[index]!));
  /** Numbers of the languages of this pack that one builds on, and its own. */
  const partsOf = ({ chain }: MergedLanguage) => chain.map((definition) => written.indexOf(definition.written)).filter((index) => index >= 0);
  const found = merged.languages.map((language, index): readonly MeaningProblem[] => {
    // What it extends is not known, or not all of it: what seems to be missing may come from there.
    const isPartial = language.chain.some((definition) => badBases.has(definition.written));
    const ofAll = partsOf(language).flatMap((part) => languages[part]!.leftOut);
    return findMeaningProblems(language.merged).filter(({ path, missing }) => {
      const leftOut = saysItself(language, path) ? languages[index]!.leftOut : ofAll;
      if (isPartial && (missing !== undefined || !saysItself(language, path))) return false;
      if (missing !== undefined) return !ofAll.some((place) => isRelated(place, missing));
      return !leftOut.some((place) => place.length <= path.length && isRelated(place, path));
    });
  });
  const isTold = (index: number, { path, message }: MeaningProblem) =>
    !saysItself(merged.languages[index]!, path) && partsOf(merged.languages[index]!).some((base) => base !== index && found[base]!.some((other) => other.message === message && other.path.join("\n") === path.join("\n")));
  const problems: LanguageProblem[] = merged.problems.map(({ index, message }) => ({ index, path: ["extends"], message }));
  for (const [index, list] of found.entries()) {
    problems.push(...findPointlessNulls(written[index]!).map((problem) => ({ index, ...problem })));
    problems.push(...list.filter((problem) => !isTold(index, problem)).map((problem) => ({ index, ...problem })));
  }
  const hasNoName = (index: number) => languages[index]!.leftOut.some(([key]) => key === "id" || key === undefined);
  problems.push(...findClashProblems(merged.languages.map((language) => language.merged)).filter(({ index }) => !hasNoName(index)));
  return { languages: merged.languages, problems };
}
