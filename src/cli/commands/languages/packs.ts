/** `languages packs`: the packs that are in the binary. */
import { environmentPacks } from "../../../config/load.ts";
import { configError, exitCodes } from "../../../model/errors.ts";
import { languagesOfPlugin, pluginSummaries } from "../../../language/plugin-knowledge.ts";
import { pluginNames } from "../../../language/plugins.ts";
import { jsonDocument, printText } from "../../output.ts";
import { fitColumns } from "../../table.ts";
import { outputWidth } from "../../width.ts";
import type { LanguagesVerb } from "./verb.ts";

export const listPacks: LanguagesVerb = async (words, flags) => {
  if (words.length > 0) throw configError(`unexpected argument '${words[0]}' for languages packs`);
  const active = environmentPacks();
  const packs = pluginNames.map((name) => {
    const languages = languagesOfPlugin(name);
    return {
      name, summary: pluginSummaries[name]!, active: active.includes(name), languages: languages.map(({ id }) => id),
      extensions: [...new Set(languages.flatMap(({ extensions }) => extensions))],
    };
  });
  if (flags.json) printText(jsonDocument(packs));
  else {
    const rows = packs.map(({ name, summary, active, languages }) => [name, active ? `${summary}; in force` : summary, languages.join(" ")]);
    printText(`${fitColumns([["PACK", "WHAT IT IS", "LANGUAGES"], ...rows], outputWidth())}\nuse one: --pack NAME, or MINI_ISOLATE_PACKS=NAME for every run\n`);
  }
  return exitCodes.success;
};
