/** Languages that no pack has and no list shows: they stand behind numbers of Judge0 that are not languages. */
import { mergePack } from "../language/extend.ts";
import type { Language } from "../language/language.ts";
import { normalizeLanguage } from "../language/normalize.ts";
import type { WrittenLanguage } from "../language/schema.ts";

export const ownLanguageIds = {
  /** The argument is the script that is run. The source is a script, too: it is run first, and what it leaves is there then. */
  scripts: "judge0-multi-file",
  /** The source is the script that is run. */
  script: "judge0-script",
  /** The source is a program. */
  executable: "judge0-executable",
  /** The source is what is printed. */
  text: "judge0-text",
} as const;

// What runs below a shell needs a process more.
const run = (command: readonly string[]) => ({ command: [...command], needs: { processes: 4 } });

const written: readonly WrittenLanguage[] = [
  {
    id: ownLanguageIds.scripts, name: "Scripts for compiling and running", hidden: true,
    compile: { command: ["/bin/bash", "{source}"], artefacts: ["**"] },
    run: run(["/bin/bash", "{args}"]),
  },
  { id: ownLanguageIds.script, name: "Script for running", hidden: true, run: run(["/bin/bash", "{source}", "{args}"]) },
  { id: ownLanguageIds.executable, name: "Executable", hidden: true, run: run(["/bin/bash", "-c", 'chmod +x "$0" && exec ./"$0" "$@"', "{source}", "{args}"]) },
  { id: ownLanguageIds.text, name: "Plain text", hidden: true, run: run(["/bin/cat", "{source}"]) },
];

const ids: readonly string[] = Object.values(ownLanguageIds);

/** Whether it is one of these: every slot has them. */
export const isOwnLanguage = (id: string): boolean => ids.includes(id);

/** Made anew at each call. */
export function ownLanguages(): Language[] {
  return mergePack(written, "judge0", []).languages.map((language) => normalizeLanguage(language, 0));
}
