/** Help texts, rendered by citty from the registry of flags. Only the build does that (help-texts.ts), so no command loads citty. */
import { stripVTControlCharacters } from "node:util";
import { renderUsage, type ArgDef, type ArgsDef, type CommandDef } from "citty";
import { exitCodes } from "../model/errors.ts";
import { limits } from "../model/limits.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { commands, flagOf, flagsOf, type CommandName, type FlagDefinition } from "./flags.ts";
import { rangeOf, unlimitedWord } from "./values.ts";

const units: Partial<Record<FlagDefinition["kind"], string>> = { seconds: "seconds, fractions allowed", mebibytes: "MB", count: "a whole number" };

/** What a flag does, its unit and whether it can be lifted: one line. */
export function describeFlag(definition: FlagDefinition): string {
  const what = definition.help ?? limits[definition.limit!].description;
  const notes = [units[definition.kind], rangeOf(definition)?.canBeUnlimited ? `or ${unlimitedWord}` : undefined];
  const unit = notes.filter((note) => note !== undefined).join(", ");
  return unit === "" ? what : `${what}; ${unit}`;
}

/** The default of a flag in words, in the unit that it is written in; null when there is none. */
export function defaultOf(definition: FlagDefinition): string | null {
  if (definition.default !== undefined) return definition.default;
  if (definition.limit === undefined || definition.help !== undefined) return null;
  const value = limits[definition.limit].default;
  if (value === null) return unlimitedWord;
  return String(definition.kind === "mebibytes" ? value / bytesPerMebibyte : value);
}

function argOf(definition: FlagDefinition): ArgDef {
  const description = describeFlag(definition);
  const value = defaultOf(definition);
  if (definition.kind === "switch") return { type: "boolean", description };
  return {
    type: "string",
    valueHint: definition.hint!,
    description: value === null ? description : `${description} (default: ${value})`,
    required: definition.required === true && definition.kind !== "source",
  };
}

/** What stands beside the flags of a command that takes words. */
const wordsOf: Partial<Record<CommandName, string>> = {
  languages: "list; show ID; check [FILE...]; test [ID...]; new ID; import FILE; schema",
  seccomp: "show [PROFILE]: the policy named default or strict",
};

/** A command in citty's terms. */
export function definitionOf(name: CommandName): CommandDef {
  const args: ArgsDef = {};
  if (commands[name].operands === "program") {
    args["program"] = { type: "positional", description: "the program; everything after it belongs to the program; a single argument with blanks is split into words" };
    args["args..."] = { type: "positional", required: false, description: "arguments of the program" };
  }
  if (commands[name].operands === "source") {
    // The flag has the same name in small letters.
    args["SOURCE"] = { type: "positional", required: false, description: "the source file, or - for standard input (with --language); everything after it belongs to the program" };
    args["args..."] = { type: "positional", required: false, description: "arguments of the program; with --source they follow --" };
  }
  if (commands[name].operands === "words") args["words..."] = { type: "positional", description: wordsOf[name] ?? "" };
  for (const flag of flagsOf(name)) args[flag] = argOf(flagOf(name, flag));
  return { meta: { name, description: commands[name].summary }, args };
}

function rootDefinition(): CommandDef {
  const names = Object.keys(commands) as CommandName[];
  return {
    meta: { name: "mini-isolate", description: "run untrusted programs under limits and say truthfully what happened" },
    args: {
      help: { type: "boolean", alias: "h", description: "show this help" },
      version: { type: "boolean", description: "show version and commit" },
    },
    subCommands: Object.fromEntries(names.map((name) => [name, definitionOf(name)])),
  };
}

/** The exit codes, a line each; part of the help of the root, run and execute. */
const exitCodeLines = [
  [exitCodes.success, "success"],
  [exitCodes.programFailed, "the program failed: exit code, signal, process or file size limit"],
  [exitCodes.timeLimit, "time limit"],
  [exitCodes.memoryLimit, "memory limit"],
  [exitCodes.securityViolation, "security violation"],
  [exitCodes.internalError, "error of the sandbox"],
  [exitCodes.compileError, "compile error"],
  [exitCodes.usage, "usage or configuration error"],
  [exitCodes.unavailable, "something needed is missing, such as a compiler"],
  [exitCodes.busy, "the box is in use"],
].map(lineOfCode);

/** Those of `doctor`, which runs nothing of the caller's. */
const doctorCodeLines = [
  [0, "full strength"],
  [1, "warnings: everything is enforced, and something is weaker or less even than it could be"],
  [2, "something that a run is meant to enforce is not enforced"],
].map(lineOfCode);

function lineOfCode([code, text]: readonly (string | number)[]): string {
  return `  ${String(code).padStart(2)}  ${text}`;
}

/** null: the command ends with 0, or with the code of an error. */
function codeLinesOf(command: CommandName | null): readonly string[] | null {
  if (command === "doctor") return doctorCodeLines;
  return command === null || command === "run" || command === "execute" ? exitCodeLines : null;
}

/** The help text of a command, or of the whole when `command` is null; plain text, ends with a line feed. */
export async function renderHelp(command: CommandName | null): Promise<string> {
  const root = rootDefinition();
  const usage = command === null ? await renderUsage(root) : await renderUsage(definitionOf(command), root);
  const codes = codeLinesOf(command);
  const text = codes === null ? usage : `${usage.trimEnd()}\n\nEXIT CODES\n\n${codes.join("\n")}`;
  return `${stripVTControlCharacters(text).replace(/ +$/gm, "").trimEnd()}\n`;
}
