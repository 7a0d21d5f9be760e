/**
 * The languages that are part of the binary. The bundler parses the YAML when the binary is built, so nothing is
 * parsed or validated at run time; a test puts every file through the full checks.
 */
import c from "../../languages/c.yaml";
import cpp from "../../languages/cpp.yaml";
import go from "../../languages/go.yaml";
import java from "../../languages/java.yaml";
import javascript from "../../languages/javascript.yaml";
import python from "../../languages/python.yaml";
import rust from "../../languages/rust.yaml";
import shell from "../../languages/shell.yaml";
import type { Language } from "./language.ts";
import { normalizePack } from "./normalize.ts";
import type { LanguagePack } from "./schema.ts";

/** By file name in languages/, in the order in which they are listed. */
const packs: Readonly<Record<string, LanguagePack>> = { python, javascript, shell, c, cpp, rust, go, java };

/** Origin of the languages in the binary. */
export const builtInOrigin = "built-in";

let languages: readonly Language[] | null = null;

/** The built-in languages, made once. */
export function builtInLanguages(): readonly Language[] {
  languages ??= Object.values(packs).map((pack) => normalizePack(pack, builtInOrigin));
  return languages;
}
