/** `languages schema`: the JSON Schema of the pack format, for editors and other programs. */
import packSchema from "../../../../docs/language-pack.schema.json";
import { configError, exitCodes } from "../../../model/errors.ts";
import { printText } from "../../output.ts";
import type { LanguagesVerb } from "./verb.ts";

export const printSchema: LanguagesVerb = async (words) => {
  if (words.length > 0) throw configError(`unexpected argument '${words[0]}' for languages schema`);
  printText(`${JSON.stringify(packSchema, null, 2)}\n`);
  return exitCodes.success;
};
