/** `languages new ID`: a pack to begin with. */
import { configError, exitCodes } from "../../../model/errors.ts";
import { languageNameForm, languageNamePattern } from "../../../language/identifiers.ts";
import { skeleton } from "../../../language/skeleton.ts";
import { printText } from "../../output.ts";
import { writeNewFile } from "./new-file.ts";
import { languagesOf, type LanguagesVerb } from "./verb.ts";

export const newLanguage: LanguagesVerb = async ([id, ...more], flags) => {
  if (id === undefined) throw configError("missing ID for languages new", "mini-isolate languages new ID [--interpreted] [--output FILE]");
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for languages new`);
  if (!languageNamePattern.test(id)) throw configError(`cannot use '${id}' as the id of a language: it ${languageNameForm}`);
  const { languages } = await languagesOf(flags);
  const base = languages.find((language) => language.id === id) ?? languages.find(({ aliases }) => aliases.includes(id)) ?? null;
  const text = skeleton(id, base, flags.output, flags.interpreted);
  if (flags.output === undefined) printText(text);
  else writeNewFile(flags.output, text);
  return exitCodes.success;
};
