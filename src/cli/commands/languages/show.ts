/** `languages show NAME`: everything about one language, or about those of a pack, and who said it. */
import { configError, exitCodes } from "../../../model/errors.ts";
import type { Language } from "../../../language/language.ts";
import { joinWords } from "../../../language/words.ts";
import { escapeControls } from "../../write.ts";
import { jsonDocument, printText } from "../../output.ts";
import { fitColumns } from "../../table.ts";
import { widthForReader } from "../../width.ts";
import { warnOf } from "../../warn.ts";
import { type Example, exampleOf } from "./example.ts";
import { originName } from "./origin.ts";
import { showBytes, showSeconds } from "../../quantities.ts";
import { boxOf, languagesNamed, type LanguagesVerb } from "./verb.ts";
import { valuesOf } from "./values.ts";

export const showLanguage: LanguagesVerb = async ([name, ...more], flags) => {
  if (name === undefined) throw configError("missing name for languages show", "mini-isolate languages show NAME: a language, a file, or a pack of languages packs");
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for languages show`);
  const { named: [shown], problems } = await languagesNamed([name], flags);
  await warnOf(problems);
  const config = boxOf(flags)?.config ?? null;
  const entries = shown!.languages.map((language) => [language, exampleOf(language, config)] as const);
  if (flags.json) {
    const documents = entries.map(([language, example]) => describeLanguage(language, example));
    printText(jsonDocument(shown!.isPack ? documents : documents[0]));
  } else printText(entries.map(([language, example]) => formatLanguage(language, example, flags["box-id"] ?? null, widthForReader())).join("\n"));
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
export function formatLanguage(language: Language, example: Example, boxId: string | null, width = Number.POSITIVE_INFINITY): string {
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
  const table = fitColumns([["KEY", "ORIGIN", "VALUE"], ...valuesOf(language).map(({ key, origin, text }) => [key, origin, text])], width);
  return `${escapeControls(`${language.name} (${language.id}), ${originName(language.origin)}`)}\n\n${table}\n${escapeControls(lines.join("\n"))}\n`;
}
