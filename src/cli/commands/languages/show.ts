/** `languages show ID`: everything about one language, and who said it. */
import { configError, exitCodes } from "../../../model/errors.ts";
import type { Language } from "../../../language/language.ts";
import { languageNamed } from "../../../language/resolve.ts";
import { joinWords } from "../../../language/words.ts";
import { escapeControls } from "../../write.ts";
import { jsonDocument, printText } from "../../output.ts";
import { formatColumns } from "../../table.ts";
import { warnOf } from "../../warn.ts";
import { type Example, exampleOf } from "./example.ts";
import { originName } from "./origin.ts";
import { showBytes, showSeconds } from "../../quantities.ts";
import { boxOf, languagesOf, type LanguagesVerb } from "./verb.ts";
import { valuesOf } from "./values.ts";

export const showLanguage: LanguagesVerb = async ([name, ...more], flags) => {
  if (name === undefined) throw configError("missing ID for languages show", "mini-isolate languages show ID");
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for languages show`);
  const { languages, problems } = await languagesOf(flags);
  await warnOf(problems);
  const language = languageNamed(name, languages);
  const example = exampleOf(language, boxOf(flags)?.config ?? null);
  printText(flags.json ? jsonDocument(describeLanguage(language, example)) : formatLanguage(language, example, flags["box-id"] ?? null));
  return exitCodes.success;
};

/** For `--json`; times in seconds, sizes in bytes. */
export function describeLanguage(language: Language, { source, stagedName, compile, run, limits, problem }: Example) {
  return {
    id: language.id,
    name: language.name,
    origin: language.origin,
    layer: language.layer,
    values: valuesOf(language).map(({ key, value, origin }) => ({ key, value, origin })),
    tests: language.tests.length,
    example: { source, source_name: stagedName ?? source, compile, run, limits, problem },
  };
}

/** @param boxId the box that the example speaks about, null: a new one */
export function formatLanguage(language: Language, example: Example, boxId: string | null): string {
  const { source, stagedName, compile, run, limits, problem } = example;
  const { cpu_time_limit: cpu, wall_time_limit: wall, memory_limit: memory, process_limit: processes } = limits;
  const or = <T>(value: T | null, show: (value: T) => string) => (value === null ? "unlimited" : show(value));
  const lines = [
    `${source} in ${boxId === null ? "a new box" : `box ${boxId}`}:`,
    ...(stagedName === null ? [] : [`  named    ${stagedName}`]),
    ...(problem === null ? [] : [`  problem  ${problem}`]),
    ...(compile === null ? [] : [`  compile  ${joinWords(compile)}`]),
    ...(run === null ? [] : [`  run      ${joinWords(run)}`]),
    `  limits   CPU time ${or(cpu, showSeconds)}, wall time ${or(wall, showSeconds)}, memory ${or(memory, showBytes)}, processes ${or(processes, String)}`,
  ];
  const table = formatColumns([["KEY", "ORIGIN", "VALUE"], ...valuesOf(language).map(({ key, origin, text }) => [key, origin, text])]);
  return `${escapeControls(`${language.name} (${language.id}), ${originName(language.origin)}`)}\n\n${table}\n${escapeControls(lines.join("\n"))}\n`;
}
