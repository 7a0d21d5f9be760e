/** `languages`: what is known about languages and packs. One file a verb, loaded when it is asked for. */
import { configError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import type { Arguments } from "../args.ts";
import type { LanguagesVerb } from "./languages/verb.ts";

const verbs: Readonly<Record<string, () => Promise<LanguagesVerb>>> = {
  list: async () => (await import("./languages/list.ts")).listLanguages,
  test: async () => (await import("./languages/test.ts")).testLanguages,
};

/** @returns the exit code */
export async function languages({ flags, operands }: Arguments<"languages">): Promise<number> {
  const [verb, ...words] = operands;
  const usage = `mini-isolate languages ${Object.keys(verbs).join("|")} ...`;
  if (verb === undefined) throw configError("nothing to do for languages", usage);
  if (!Object.hasOwn(verbs, verb)) {
    const near = nearest(verb, Object.keys(verbs));
    throw configError(`unknown word '${verb}' for languages`, near === null ? usage : `did you mean ${near}?`);
  }
  return await (await verbs[verb]!())(words, flags);
}
