/** Which language of the service a request means. */
import { extensionOf } from "../../../language/source-name.ts";
import { nearestName } from "../../../model/nearest.ts";
import type { LanguageCatalog, ServedLanguage } from "../../languages.ts";
import { InvalidRequest } from "./invalid-request.ts";

/**
 * @param name id or alias; null: by the name of the file
 * @param at where in the request it is
 * @throws InvalidRequest when there is none, or it cannot be used on this host
 */
export function languageFor(catalog: LanguageCatalog, name: string | null, fileName: string | null, at: string): ServedLanguage {
  const language = name === null ? byFile(catalog, fileName, at) : catalog.find(name);
  if (language === null) {
    const near = nearestName(name!, catalog.all.flatMap(({ id, aliases }) => [id, ...aliases]));
    throw unknown(at, `there is no language ${JSON.stringify(name)}${near === null ? "" : `: did you mean ${near}?`}`);
  }
  if (!language.isThere) throw unknown(at, `${language.id} cannot be used here: ${language.problem ?? "its toolchain is missing"}`);
  return language;
}

function byFile({ all }: LanguageCatalog, fileName: string | null, at: string): ServedLanguage {
  if (fileName === null) throw unknown(at, "is missing: a source without a name does not say its language");
  const extension = extensionOf(fileName, all.flatMap(({ extensions }) => extensions)).toLowerCase();
  const fitting = all.filter(({ extensions }) => extensions.some((known) => known.toLowerCase() === extension));
  const found = fitting.find(({ isThere }) => isThere) ?? fitting[0];
  if (found === undefined) throw unknown(at, `no language has files like ${JSON.stringify(fileName)}: give its id`);
  return found;
}

const unknown = (at: string, message: string) => new InvalidRequest([{ path: `${at}language`, message }], "unknown-language");
