/** What can follow what on the command line: from the registries, for all shells. */
import { builtInLanguages } from "../../language/builtin.ts";
import { pluginNames } from "../../language/plugins.ts";
import { networks } from "../../model/network.ts";
import { permissions } from "../../model/permissions.ts";
import { seccompProfiles } from "../../model/seccomp.ts";
import { commands, flagOf, flags, flagsOf, type CommandName, type FlagName } from "../flags.ts";
import { topics } from "../help/topics.ts";
import { verbsOf } from "../help/verbs.ts";

export const commandNames = Object.keys(commands) as CommandName[];
export const topicNames = Object.keys(topics);
export const shells = ["bash", "zsh", "fish"] as const;

/** How a value is completed: by words, by files, by the ids of boxes, by words and files; null: not at all. */
export interface Values {
  readonly words: readonly string[];
  readonly files: boolean;
  readonly boxes: boolean;
}

const only = (words: readonly string[], files = false): Values => ({ words, files, boxes: false });

export const languageNames: readonly string[] = [...new Set(builtInLanguages().filter(({ hidden }) => !hidden).flatMap(({ id, aliases }) => [id, ...aliases]))];

const byName: Readonly<Partial<Record<FlagName, readonly string[]>>> = {
  language: languageNames, until: ["all", "first-error", "slowest"], verdict: ["first", "worst"], cpus: ["auto"], sync: ["normal", "full"], store: ["sqlite", "redis://"], compare: ["case_sensitive", "space_change_sensitive", "float_tolerance"],
};

/** @returns null: the flag takes no value */
export function valuesOf(name: FlagName): Values | null {
  const { kind, limit }: { kind: string; limit?: string } = flags[name];
  if (name === "pack") return only(pluginNames, true);
  switch (kind) {
    case "switch": return null;
    case "path": case "source": case "mount": return only([], true);
    case "boxId": return { words: [], files: false, boxes: true };
    case "profile": return only(seccompProfiles);
    case "network": return only(networks);
    case "permissions": return only(permissions);
    case "architecture": return only(["x86_64", "aarch64"]);
  }
  return only(byName[name] ?? (limit === undefined ? [] : ["unlimited"]));
}

/** A flag as a shell shows it. */
export function aboutFlag(command: CommandName, name: FlagName): string {
  const { help, limit } = flagOf(command, name);
  return (help ?? limit!).split(/[;:(]/, 1)[0]!.trim();
}

/** The verbs of a command, or what else its first word can be. */
export function firstWordsOf(command: CommandName): readonly string[] {
  if (command === "completions") return shells;
  return Object.keys(verbsOf[command] ?? {});
}

/** What follows a verb. */
export function wordsAfter(command: CommandName, verb: string): Values | null {
  if (command === "seccomp") return only(seccompProfiles);
  if (command === "client") return only([], true);
  if (command !== "languages") return null;
  if (verb === "import") return only([], true);
  return ["show", "check", "test"].includes(verb) ? only([...languageNames, ...pluginNames], true) : null;
}

export function flagsAfter(command: CommandName, verb: string | null): readonly FlagName[] {
  return (verb === null ? null : verbsOf[command]?.[verb]?.flags) ?? flagsOf(command);
}

/** Everything that a script has to tell apart, in patterns `command` and `command verb`. */
export function places(): readonly { readonly command: CommandName; readonly verb: string | null }[] {
  return commandNames.flatMap((command) => [{ command, verb: null }, ...Object.keys(verbsOf[command] ?? {}).map((verb) => ({ command, verb }))]);
}
