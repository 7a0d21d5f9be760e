/** `languages check [NAME...]`: every mistake in packs, with its place. A name is a file, a directory, a pack in the binary, or a language, whose pack is meant. */
import { existsSync } from "node:fs";
import { environmentPacks, sudoUid } from "../../../config/load.ts";
import { exitCodes } from "../../../model/errors.ts";
import { builtInDefinitions, builtInOrigin } from "../../../language/builtin.ts";
import { type CheckedPack, checkSource } from "../../../language/check.ts";
import type { MergedLanguage } from "../../../language/extend.ts";
import { formatProblem } from "../../../language/problem-line.ts";
import { pluginNames } from "../../../language/plugins.ts";
import { isPackPath, type PackSource, packSources } from "../../../language/registry.ts";
import { languageNamed } from "../../../language/resolve.ts";
import { escapeControls, writeDiagnostic } from "../../write.ts";
import { jsonDocument, printText } from "../../output.ts";
import { warnOf } from "../../warn.ts";
import { warningLines } from "./check-report.ts";
import { isPack, languagesOf, type LanguagesFlags, type LanguagesVerb } from "./verb.ts";

/** Files may extend each other in the order in which they are given, and whatever is in force. */
export const checkLanguages: LanguagesVerb = async (files, flags) => {
  let earlier: readonly MergedLanguage[] = builtInDefinitions();
  const check = (sources: readonly PackSource[]) =>
    sources.flatMap((source) => {
      const { packs, languages } = checkSource(source, earlier, sudoUid());
      earlier = [...languages, ...earlier];
      return packs;
    });
  const inForce = check(packSources({ environment: environmentPacks(), given: flags.pack }));
  const asked = await sourcesOf(files, flags);
  const ofBinary: CheckedPack[] = asked.builtIn.length === 0 ? [] : [{ name: builtInOrigin, languages: asked.builtIn, problems: [], warnings: [] }];
  const packs = files.length === 0 ? inForce : [...ofBinary, ...check(asked.sources)];
  // Not what was asked for, and yet the reason for what may be wrong.
  if (files.length > 0) await warnOf(inForce.flatMap(problemLines));
  if (flags.json) printText(jsonDocument({ packs: packs.map(describePack) }));
  else if (packs.length === 0) writeDiagnostic("mini-isolate: there is nothing to check: no pack besides the built-in languages is in force\n");
  else {
    packs.forEach(printPack);
    for (const line of warningLines(packs)) writeDiagnostic(escapeControls(`${line}\n`));
  }
  return packs.every(({ problems }) => problems.length === 0) ? exitCodes.success : exitCodes.usage;
};

/** What words stand for, each once: sources, and the ids of languages of the binary, which the tests of the binary have checked. */
async function sourcesOf(words: readonly string[], flags: LanguagesFlags): Promise<{ readonly sources: readonly PackSource[]; readonly builtIn: readonly string[] }> {
  // A file needs no dot and no slash to be one.
  const isFile = (word: string) => isPackPath(word) || (!isPack(word) && existsSync(word));
  const languages = words.filter((word) => !isFile(word) && !isPack(word));
  const known = languages.length === 0 ? [] : (await languagesOf(flags)).languages;
  const meant = languages.map((word) => languageNamed(word, known));
  const names = new Set([...words.filter((word) => !languages.includes(word)), ...meant.map(({ origin }) => origin)]);
  names.delete(builtInOrigin);
  return {
    sources: [...names].map((name): PackSource => ({ kind: pluginNames.includes(name) ? "plugin" : "path", name })),
    builtIn: [...new Set(meant.filter(({ origin }) => origin === builtInOrigin).map(({ id }) => id))],
  };
}

function describePack({ name, languages, problems, warnings }: CheckedPack) {
  return { name, ok: problems.length === 0, languages, problems, warnings: warnings.map(({ level, language, message }) => ({ level, language, message })) };
}

/** What is right goes to standard output, what is not to standard error. */
function printPack(pack: CheckedPack): void {
  const { name, languages, problems } = pack;
  for (const line of problemLines(pack)) writeDiagnostic(escapeControls(`${line}\n`));
  if (problems.length === 0) printText(escapeControls(`${name}: ok (${languages.length} ${languages.length === 1 ? "language" : "languages"}: ${languages.join(" ")})\n`));
}

/** `file:line:column: key: message`, or what is wrong with the whole of a file. */
function problemLines({ name, problems }: CheckedPack): string[] {
  return problems.map((problem) => (problem.line === null ? (problem.message.includes(name) ? problem.message : `${name}: ${problem.message}`) : formatProblem(name, problem)));
}
