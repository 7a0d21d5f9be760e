/** What the verbs of `languages` share. */
import { resolveStateDir } from "../../../config/load.ts";
import { Isolate } from "../../../instance/isolate.ts";
import type { LanguageSet } from "../../../language/registry.ts";
import type { Arguments } from "../../args.ts";
import { requireBox } from "../../find-box.ts";

export type LanguagesFlags = Arguments<"languages">["flags"];

/** The words after the verb, and the flags. The number is the exit code. */
export type LanguagesVerb = (words: readonly string[], flags: LanguagesFlags) => Promise<number>;

/** The box of `--box-id`, or null. @throws IsolateError of kind Config when there is none of this id */
export function boxOf(flags: LanguagesFlags): Isolate | null {
  const id = flags["box-id"];
  return id === undefined ? null : requireBox(id, resolveStateDir(flags["state-dir"]));
}

/** The languages of the host, of `--pack` and of the box. @throws IsolateError of kind Config */
export async function languagesOf(flags: LanguagesFlags): Promise<LanguageSet> {
  return await Isolate.languages(flags.pack, boxOf(flags));
}
