/** Checks whole layers of packs: every mistake of every file, where a run would end at the first. */
import { IsolateError } from "../model/errors.ts";
import type { MergedLanguage } from "./extend.ts";
import { checkPack, readPackFile } from "./load.ts";
import type { PackProblem } from "./problem-line.ts";
import { isComplete, normalizeLanguage } from "./normalize.ts";
import { clashesOf, filesOf, type PackSource, pluginLanguages } from "./registry.ts";
import { type PackWarning, warningsFor } from "./warnings.ts";

/** A mistake; without a place when it is that of a whole file or directory. */
export type CheckProblem = PackProblem | { readonly line: null; readonly column: null; readonly path: ""; readonly message: string };

/** What was found in a file, a plugin, or between the files of a directory. */
export interface CheckedPack {
  /** Path of the file or directory, or `plugin NAME`. */
  readonly name: string;
  /** Ids; empty when there are problems. */
  readonly languages: readonly string[];
  readonly problems: readonly CheckProblem[];
  readonly warnings: readonly PackWarning[];
}

/**
 * @param source a layer
 * @param earlier the languages of the layers before, the last one first
 * @param sudoUid who became root by sudo, for advice; null: nobody
 * @returns what was found, and the languages that are right, in the order of the files
 */
export function checkSource(source: PackSource, earlier: readonly MergedLanguage[], sudoUid: number | null = null): { readonly packs: readonly CheckedPack[]; readonly languages: readonly MergedLanguage[] } {
  const right: MergedLanguage[] = [];
  const packs: CheckedPack[] = [];
  const add = (name: string, languages: readonly MergedLanguage[], problems: readonly CheckProblem[]) => {
    const normalized = languages.filter(isComplete).map((language) => normalizeLanguage(language, 0));
    const warnings = normalized.filter(({ hidden }) => !hidden).flatMap((language) => warningsFor(language, earlier, normalized));
    packs.push({ name, languages: languages.map(({ merged }) => merged.id), problems, warnings });
    right.push(...languages);
  };
  const attempt = (name: string, action: () => void) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof IsolateError)) throw error;
      add(name, [], [problemOf(error.hint === null ? error.message : `${error.message} (${error.hint})`)]);
    }
  };
  const shown = source.kind === "plugin" ? `plugin ${source.name}` : source.name;
  attempt(shown, () => {
    if (source.kind === "plugin") return add(shown, pluginLanguages(source.name, earlier), []);
    for (const file of filesOf(source)) {
      attempt(file, () => {
        const { languages, problems } = checkPack(readPackFile(file, sudoUid), file, [...right, ...earlier]);
        add(file, languages, problems);
      });
    }
  });
  const clashes = clashesOf(right.filter(isComplete).map((language) => normalizeLanguage(language, 0)));
  if (clashes.length > 0) add(shown, [], clashes.map(problemOf));
  return { packs, languages: right };
}

function problemOf(message: string): CheckProblem {
  return { line: null, column: null, path: "", message };
}
