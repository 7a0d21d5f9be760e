/**
 * The strict pass over the arguments of a command. A mistyped flag or limit is an error and never something else; the
 * program's own arguments are left alone.
 *
 * citty's parser (0.2.2) is not used for this: it accepts unknown flags, keeps only the last of a repeated one, gives "" for
 * a missing value and obeys `--help` even behind `--`.
 */
import { configError, type IsolateError } from "../model/errors.ts";
import {
  aliasesOf, commands, flagNamed, flagOf, flags, flagsOf, type CommandName, type FlagDefinition, type FlagName, type FlagNote, type FlagValues,
} from "./flags.ts";
import { nearest } from "../model/nearest.ts";
import { parseFlagValue, type FlagValue } from "./values.ts";

/** A command's arguments, checked. */
export interface Arguments<C extends CommandName> {
  readonly flags: FlagValues<C>;
  /** The program and its arguments, as they were; of a source, which is among the flags, only the arguments. Empty for commands that take none. */
  readonly operands: readonly string[];
}

type Value = FlagValue | boolean | undefined | FlagValue[];

/**
 * Flags end at the first `--`, or at the first argument that is not a flag where the command takes a program (as env(1) and
 * timeout(1) do it) or a source (as interpreters do it); what follows is the program's.
 * @returns null when help was asked for
 * @throws IsolateError of kind Config: unknown or repeated flag, missing, empty or wrong value, stray argument
 */
export function parseArguments<C extends CommandName>(command: C, argv: readonly string[]): Arguments<C> | null {
  const known: Readonly<Partial<Record<string, FlagNote>>> = commands[command].flags;
  // Only what is given is looked at as a whole: this comes before everything else of every command.
  const values: Record<string, Value> = {};
  for (const name in known) values[name] = valueWhenAbsent(flags[name as FlagName]);
  const given: string[] = [];
  const words: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const argument = argv[index]!;
    if (argument === "-h" || argument === "--help") return null;
    if (commands[command].operands === "words" && !argument.startsWith("-")) {
      words.push(argument);
      continue;
    }
    if (argument === "--" || !argument.startsWith("-") || argument === "-") break;
    const equals = argument.indexOf("=");
    const written = equals < 0 ? argument : argument.slice(0, equals);
    const name = written.startsWith("--") ? flagNamed(command, written.slice(2)) : null;
    if (name === null) throw unknownFlag(command, argument, argv[index + 1]);
    const definition = flagOf(command, name);
    if (given.includes(name) && definition.repeatable === undefined) throw configError(`${written} is given twice${written === `--${name}` ? "" : `: it is the same as --${name}`}`);
    given.push(name);
    if (!takesValue(definition)) {
      if (equals >= 0) throw configError(`${written} takes no value`, "leave the flag out to switch it off");
      values[name] = true;
      continue;
    }
    const text = equals < 0 ? argv[++index] : argument.slice(equals + 1);
    if (text === undefined || (equals < 0 && text.startsWith("--"))) {
      throw configError(`missing value for ${written}`, text === undefined ? undefined : `a value that begins with -- is written ${written}=${text}`);
    }
    const value = parseFlagValue(written.slice(2), definition, text);
    if (definition.repeatable) (values[name] as FlagValue[]).push(value);
    else values[name] = value;
  }
  const isSeparated = argv[index] === "--";
  let rest = [...words, ...argv.slice(isSeparated ? index + 1 : index)];
  if (commands[command].operands === "source") {
    if (given.includes("source")) refuseSecondSource(values["source"] as string, rest, isSeparated);
    else if (rest.length > 0) {
      const [source, ...more] = rest;
      values["source"] = parseFlagValue("source", flags.source, source!);
      if (!isSeparated) refuseSourceBehind(source!, more);
      given.push("source");
      rest = more;
    }
  }
  if (commands[command].operands === null && rest.length > 0) throw strayArgument(command, rest[0]!);
  for (const name in known) {
    const shared: FlagDefinition = flags[name as FlagName];
    if ((known[name]!.required ?? shared.required) !== true || given.includes(name)) continue;
    throw configError(`missing --${name} for ${command}`, `mini-isolate ${command} --${name} ${shared.hint}`);
  }
  // They are exactly the flags of this command, each with the kind of value that its definition says.
  return { flags: values as FlagValues<C>, operands: rest };
}

function takesValue(definition: FlagDefinition): definition is FlagDefinition & { kind: Exclude<FlagDefinition["kind"], "switch"> } {
  return definition.kind !== "switch";
}

function valueWhenAbsent(definition: FlagDefinition): Value {
  if (definition.kind === "switch") return false;
  return definition.repeatable ? [] : undefined;
}

/** @param next the argument behind it */
function unknownFlag(command: CommandName, argument: string, next: string | undefined): IsolateError {
  const [written = ""] = argument.split("=", 1);
  const names = flagsOf(command);
  const word = written.replace(/^-+/, "");
  const positive = names.find((name) => `no-${name}` === word && flagOf(command, name).kind === "switch");
  if (positive !== undefined) return configError(`unknown flag ${written} for ${command}`, `leave --${positive} out to switch it off`);
  const { isolateHint } = require("./isolate-hints.ts") as typeof import("./isolate-hints.ts");
  const ofIsolate = isolateHint(command, argument, next);
  if (ofIsolate !== null && !isFlagElsewhere(written)) return configError(`unknown flag ${written} for ${command}`, ofIsolate);
  const close = word === "" ? null : nearest(word, [...names, ...aliasesOf(command)]);
  const near = close === null ? null : flagNamed(command, close);
  const elsewhere = (Object.keys(commands) as CommandName[]).filter((other) => near !== word && flagsOf(other).some((name) => name === word));
  const hint = [
    near === null ? `mini-isolate ${command} --help lists the flags` : `did you mean --${near}?`,
    elsewhere.length === 0 ? "" : ` (--${word} is a flag of ${elsewhere.join(", ")})`,
  ].join("");
  return configError(`unknown flag ${written} for ${command}`, hint);
}

/** Whether a word means something of ours in another command: that says more. */
function isFlagElsewhere(written: string): boolean {
  // The word that isolate has for mounts is another thing here.
  return written.startsWith("--") && written !== "--dir" && (Object.keys(commands) as CommandName[]).some((other) => flagNamed(other, written.slice(2)) === written.slice(2));
}

/** @throws IsolateError of kind Config for a word behind `--source FILE` that no `--` makes an argument of the program */
function refuseSecondSource(source: string, [word]: readonly string[], isSeparated: boolean): void {
  if (isSeparated || word === undefined) return;
  throw configError(`unexpected argument '${word}' for execute: the source is ${source}`, "arguments of the program follow --: mini-isolate execute --source FILE -- ARGS");
}

/** @throws IsolateError of kind Config: two sources are a mistake more likely than a program that takes such a flag */
function refuseSourceBehind(source: string, args: readonly string[]): void {
  const other = args.find((word) => /^--source(=|$)/.test(word));
  if (other !== undefined) throw configError(`two sources are given: '${source}' and ${other}`, `if ${other} is for the program, write -- before the source: mini-isolate execute -- SOURCE ARGS`);
}

function strayArgument(command: CommandName, argument: string): IsolateError {
  const hints: Partial<Record<CommandName, string>> = {
    init: "the box is named by --box-id ID",
    info: "the box is named by --box-id ID",
    cleanup: "the box is named by --box-id ID",
  };
  return configError(`unexpected argument '${argument}' for ${command}`, hints[command]);
}
