/** `languages list`: every language that is not hidden. */
import { configError, exitCodes } from "../../../errors.ts";
import { jsonDocument, printText } from "../../output.ts";
import { languagesOf, type LanguagesVerb } from "./verb.ts";

export const listLanguages: LanguagesVerb = async (words, flags) => {
  if (words.length > 0) throw configError(`unexpected argument '${words[0]}' for languages list`);
  const { languages } = await languagesOf(flags);
  const shown = languages.filter(({ hidden }) => !hidden).map(({ id, name, extensions, origin }) => ({ id, name, extensions, origin }));
  printText(flags.json ? jsonDocument(shown) : shown.map(({ id, name, extensions }) => `${id}  ${name}  ${extensions.join(" ")}\n`).join(""));
  return exitCodes.success;
};
