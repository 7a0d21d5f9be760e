/** A language in place of one whose programs are missing. Pure. */
import type { Language } from "./language.ts";

/**
 * What stands in for a language: the programs, needs and tests of its fallback, under its own names.
 * @param languages in the order of registry.ts
 * @returns null when the language names none, or nobody brings that
 */
export function fallbackOf(language: Language, languages: readonly Language[]): Language | null {
  if (language.fallback === null) return null;
  const other = languages.find(({ id }) => id === language.fallback);
  if (other === undefined || other === language) return null;
  const { id, aliases, hidden, extensions, shebang, priority, origin, chain, layer, piston, judge0 } = language;
  // A getter of the other language is asked here: all of it is needed from now on. One step: what stands in has no substitute of its own.
  const names = piston && { ...piston, runtime: other.piston?.runtime ?? null };
  return { ...other, id, aliases, hidden, extensions, shebang, priority, origin, chain, layer, piston: names, judge0, fallback: null };
}

/** The first words of a language's commands that name a program of the box: made from nothing, and not beside the source. */
export function programsOf({ compile, run, toolchain }: Language): readonly string[] {
  const words = [compile?.command[0], run.command[0], toolchain?.command[0]];
  // A word with a brace is made from the source, and one with a slash in it that is not absolute lies beside it.
  return [...new Set(words.filter((word) => word !== undefined && !word.includes("{") && (word.startsWith("/") || !word.includes("/"))))] as string[];
}
