/** `languages`: what is known about languages and packs. One file a verb, loaded when it is asked for. */
import { resolveStateDir } from "../../config/load.ts";
import { configError } from "../../errors.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { LanguageSet } from "../../language/registry.ts";
import { nearest } from "../../nearest.ts";
import type { Arguments } from "../args.ts";
import { requireBox } from "../find-box.ts";

/** The words after the verb, and the flags. The number is the exit code. */
export type LanguagesVerb = (words: readonly string[], flags: Arguments<"languages">["flags"]) => Promise<number>;

const verbs: Readonly<Record<string, () => Promise<LanguagesVerb>>> = {
  list: async () => (await import("./languages/list.ts")).listLanguages,
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

/** The languages of the host, of `--pack` and of the box. @throws IsolateError of kind Config */
export async function languagesOf(flags: Arguments<"languages">["flags"]): Promise<LanguageSet> {
  const id = flags["box-id"];
  return await Isolate.languages(flags.pack, id === undefined ? null : requireBox(id, resolveStateDir(flags["state-dir"])));
}
