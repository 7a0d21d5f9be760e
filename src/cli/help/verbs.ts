/** The verbs of commands that take words, for their help pages and for completions. */
import type { CommandName, FlagName } from "../flags.ts";
import { verbs as languageVerbs } from "../commands/languages.ts";

export interface VerbHelp {
  /** What follows the verb. */
  readonly words: string;
  readonly summary: string;
  /** The flags that mean something for it. */
  readonly flags: readonly FlagName[];
}

const names = "[NAME...]";

const languageHelp: Readonly<Record<keyof typeof languageVerbs, Omit<VerbHelp, "flags">>> = {
  list: { words: "", summary: "list every language that a source may be in, with the version in a box of this host, or what is missing" },
  show: { words: "NAME", summary: "show every value of a language, or of those of a file or a pack, and who set it" },
  check: { words: names, summary: "report every mistake in files, directories and packs; without a name in all that are in force" },
  test: { words: names, summary: "run the programs that packs have for their languages, and compare what they print; names are languages, files and packs" },
  packs: { words: "", summary: "list the packs in the binary, which --pack takes by name" },
  new: { words: "ID", summary: "print a pack to start from" },
  import: { words: "FILE", summary: "make a pack of a languages.yaml of Kattis or a langs.yaml of Hydro" },
  schema: { words: "", summary: "print the JSON Schema of packs" },
};

export const verbsOf: Readonly<Partial<Record<CommandName, Readonly<Record<string, VerbHelp>>>>> = {
  languages: Object.fromEntries(Object.entries(languageVerbs).map(([name, { flags }]) => [name, { ...languageHelp[name as keyof typeof languageVerbs], flags }])),
  seccomp: { show: { words: "[PROFILE]", summary: "show the rules of the policy named default or strict", flags: ["network", "allow", "arch", "disasm", "json"] } },
  keeper: {
    status: { words: "", summary: "show the keeper that is there", flags: ["socket", "json", "state-dir"] },
    stop: { words: "", summary: "end the keeper that is there", flags: ["socket", "state-dir"] },
  },
  client: { install: { words: "PATH", summary: "write the client to PATH", flags: ["socket", "state-dir"] } },
};
