/** Languages from the text of a pack, as a run would have them. */
import type { Language } from "../../src/language/language.ts";
import { parsePack } from "../../src/language/load.ts";
import { normalizeLanguage } from "../../src/language/normalize.ts";

/** @throws IsolateError of kind Config when the pack is wrong */
export function languagesIn(text: string, file: string, layer = 1): Language[] {
  return parsePack(text, file).map((language) => normalizeLanguage(language, layer));
}
