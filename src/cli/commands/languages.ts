/** `languages`: what is known about languages and packs. One file a verb, loaded when it is asked for. */
import { configError } from "../../model/errors.ts";
import { nearest } from "../../model/nearest.ts";
import type { Arguments } from "../args.ts";
import type { LanguagesFlags, LanguagesVerb } from "./languages/verb.ts";

interface Verb {
  /** Flags that mean something for it. */
  readonly flags: readonly (keyof LanguagesFlags)[];
  readonly load: () => Promise<LanguagesVerb>;
}

export const verbs = {
  list: { flags: ["pack", "box-id", "state-dir", "json", "markdown"], load: async () => (await import("./languages/list.ts")).listLanguages },
  show: { flags: ["pack", "box-id", "state-dir", "json"], load: async () => (await import("./languages/show.ts")).showLanguage },
  check: { flags: ["pack", "json"], load: async () => (await import("./languages/check.ts")).checkLanguages },
  test: { flags: ["pack", "box-id", "state-dir", "json"], load: async () => (await import("./languages/test.ts")).testLanguages },
  packs: { flags: ["json"], load: async () => (await import("./languages/packs.ts")).listPacks },
  new: { flags: ["pack", "output", "interpreted"], load: async () => (await import("./languages/new.ts")).newLanguage },
  import: { flags: ["output"], load: async () => (await import("./languages/import.ts")).importLanguages },
  schema: { flags: [], load: async () => (await import("./languages/schema.ts")).printSchema },
} as const satisfies Record<string, Verb>;

/** @returns the exit code */
export async function languages({ flags, operands }: Arguments<"languages">): Promise<number> {
  const [name, ...words] = operands;
  const usage = `mini-isolate languages ${Object.keys(verbs).join("|")} ...`;
  if (name === undefined) throw configError("nothing to do for languages", usage);
  if (!Object.hasOwn(verbs, name)) {
    const near = nearest(name, Object.keys(verbs));
    throw configError(`unknown word '${name}' for languages`, near === null ? usage : `did you mean ${near}?`);
  }
  const verb: Verb = verbs[name as keyof typeof verbs];
  const given = (Object.keys(flags) as (keyof LanguagesFlags)[]).filter((flag) => isGiven(flags[flag]));
  const pointless = given.find((flag) => !verb.flags.includes(flag));
  if (pointless !== undefined) throw configError(`--${pointless} cannot be used with languages ${name}`);
  return await (await verb.load())(words, flags);
}

function isGiven(value: LanguagesFlags[keyof LanguagesFlags]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
