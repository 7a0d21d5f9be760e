/** A language as dialects show it. Pure. */
import type { Language } from "../../language/language.ts";
import { joinWords } from "../../language/words.ts";
import type { ServedLanguage } from "../languages.ts";

/** What is known of the programs of a language on this host. */
export interface KnownToolchain {
  /** null: it has none that can be asked, or has not been asked yet. */
  readonly version: string | null;
  /** Why programs cannot be run; null: they can. */
  readonly problem: string | null;
}

/** @param languages in the order in which they are looked up: of two that claim the same number the first one has it */
export function servedLanguages(languages: readonly Language[], knows: (language: Language) => KnownToolchain): readonly ServedLanguage[] {
  const taken = new Set<number>();
  return languages.map((language): ServedLanguage => {
    const { id, name, aliases, extensions, compile, run, piston } = language;
    const judge0 = language.judge0.filter((number) => !taken.has(number));
    for (const number of judge0) taken.add(number);
    const { version, problem } = knows(language);
    return {
      id, name, aliases, extensions, version, problem, piston, judge0,
      isCompiled: compile !== null,
      isThere: problem === null,
      compileCommand: compile === null ? null : joinWords(compile.command),
      runCommand: joinWords(run.command),
      leastMemory: run.needs.memoryBytes,
    };
  });
}
