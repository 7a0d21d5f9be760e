/**
 * The languages that are part of the binary. The bundler parses the YAML when the binary is built, so nothing is
 * parsed or validated at run time; a test puts every file through the full checks.
 */
import c from "../../languages/c.yaml";
import cpp from "../../languages/cpp.yaml";
import go from "../../languages/go.yaml";
import java from "../../languages/java.yaml";
import javascript from "../../languages/javascript.yaml";
import javascriptBun from "../../languages/javascript-bun.yaml";
import python from "../../languages/python.yaml";
import pythonBuffered from "../../languages/python-buffered.yaml";
import rust from "../../languages/rust.yaml";
import shell from "../../languages/shell.yaml";
import typescript from "../../languages/typescript.yaml";
import { mergePack, type MergedLanguage, writtenLanguages } from "./extend.ts";
import type { Language } from "./language.ts";
import { normalizeLanguage } from "./normalize.ts";
import type { LanguagePack } from "./schema.ts";

/** By file name in languages/, in the order in which they are listed. */
const packs: Readonly<Record<string, LanguagePack>> = {
  python, javascript, typescript, shell, c, cpp, rust, go, java, "python-buffered": pythonBuffered, "javascript-bun": javascriptBun,
};

/** Origin of the languages in the binary. */
export const builtInOrigin = "built-in";

let definitions: readonly MergedLanguage[] | null = null;
let languages: readonly Language[] | null = null;

/** The built-in languages as their packs say it, made once. */
export function builtInDefinitions(): readonly MergedLanguage[] {
  definitions ??= mergePack(Object.values(packs).flatMap(writtenLanguages), builtInOrigin, []).languages;
  return definitions;
}

/** The built-in languages, made once. */
export function builtInLanguages(): readonly Language[] {
  languages ??= builtInDefinitions().map((language) => normalizeLanguage(language, 0));
  return languages;
}
