/** `languages check [FILE...]`: every mistake in packs, with its place. */
import { environmentPacks, sudoUid } from "../../../config/load.ts";
import { exitCodes } from "../../../model/errors.ts";
import { builtInDefinitions } from "../../../language/builtin.ts";
import { type CheckedPack, checkSource } from "../../../language/check.ts";
import type { MergedLanguage } from "../../../language/extend.ts";
import { formatProblem } from "../../../language/load.ts";
import { type PackSource, packSources } from "../../../language/registry.ts";
import { escapeControls, writeDiagnostic } from "../../write.ts";
import { jsonDocument, printText } from "../../output.ts";
import { warnOf } from "../../warn.ts";
import { warningLines } from "./check-report.ts";
import type { LanguagesVerb } from "./verb.ts";

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
  const packs = files.length === 0 ? inForce : check(files.map((name) => ({ kind: "path", name })));
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
