/** `languages new ID`: a pack to begin with. */
import { closeSync, openSync } from "node:fs";
import { configError, exitCodes } from "../../../errors.ts";
import { reasonOf } from "../../../kernel/errno.ts";
import { languageNameForm, languageNamePattern } from "../../../language/identifiers.ts";
import { skeleton } from "../../../language/skeleton.ts";
import { writeAll } from "../../../write.ts";
import { printText } from "../../output.ts";
import { languagesOf, type LanguagesVerb } from "./verb.ts";

export const newLanguage: LanguagesVerb = async ([id, ...more], flags) => {
  if (id === undefined) throw configError("missing ID for languages new", "mini-isolate languages new ID [--output FILE]");
  if (more.length > 0) throw configError(`unexpected argument '${more[0]}' for languages new`);
  if (!languageNamePattern.test(id)) throw configError(`cannot use '${id}' as the id of a language: it ${languageNameForm}`);
  const { languages } = await languagesOf(flags);
  const base = languages.find((language) => language.id === id) ?? languages.find(({ aliases }) => aliases.includes(id)) ?? null;
  const text = skeleton(id, base, flags.output);
  if (flags.output === undefined) printText(text);
  else writeNew(flags.output, text);
  return exitCodes.success;
};

/** @throws IsolateError of kind Config when there is something at `path` already, or it cannot be written */
function writeNew(path: string, text: string): void {
  try {
    const fd = openSync(path, "wx", 0o644);
    try {
      writeAll(fd, text);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw configError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}
