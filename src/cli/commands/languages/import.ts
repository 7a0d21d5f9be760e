/** `languages import FILE`: the languages.yaml of Kattis problemtools, or the langs.yaml of Hydro, as a language pack. */
import { configError, exitCodes } from "../../../model/errors.ts";
import { readCallersFile } from "../../../box/files.ts";
import { importHydro, isHydro } from "../../../language/import-hydro.ts";
import { importKattis } from "../../../language/import-kattis.ts";
import type { ImportNote } from "../../../language/imported-pack.ts";
import { packSizeLimitBytes } from "../../../language/load.ts";
import { escapeControls, writeDiagnostic } from "../../write.ts";
import { printText } from "../../output.ts";
import { writeNewFile } from "./new-file.ts";
import type { LanguagesVerb } from "./verb.ts";

/** Prints or writes the pack, and on standard error a line for each language that lost something on the way. */
export const importLanguages: LanguagesVerb = async ([path, ...others], flags) => {
  if (path === undefined) throw configError("missing FILE for languages import", "mini-isolate languages import languages.yaml");
  if (others.length > 0) throw configError(`unexpected argument '${others[0]}' for languages import`, "one file at a time");
  // Nothing of it is believed or executed here, so anybody's file will do; a pack is trusted when it is used.
  const written = decoded(readCallersFile(path, packSizeLimitBytes).bytes, path);
  const { text, imported, notes } = isHydro(written) ? importHydro(written, path) : importKattis(written, path);
  for (const note of notes) writeDiagnostic(escapeControls(`mini-isolate: ${lineOf(path, note)}\n`));
  if (text === null) {
    writeDiagnostic(escapeControls(`mini-isolate: no language of ${path} could be imported\n`));
    return exitCodes.programFailed;
  }
  if (flags.output === undefined) {
    printText(text);
    return exitCodes.success;
  }
  writeNewFile(flags.output, text);
  writeDiagnostic(escapeControls(`mini-isolate: ${imported} ${imported === 1 ? "language" : "languages"} written to ${flags.output}\n`));
  return exitCodes.success;
};

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw configError(`cannot read ${path}: it is not UTF-8 text`);
  }
}

function lineOf(path: string, { line, column, code, leftOut, reasons }: ImportNote): string {
  return `${path}:${line}:${column}: ${code}: ${leftOut ? "left out" : "not carried over"}: ${reasons.join("; ")}`;
}
