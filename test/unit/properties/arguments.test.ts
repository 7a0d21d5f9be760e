// The strict pass over the arguments of a command: what is taken prints back to itself, all else is a typed error.
import { expect } from "bun:test";
import { parseArguments } from "../../../src/cli/args.ts";
import { type CommandName, commands, flagOf, flags, type FlagName, flagsOf } from "../../../src/cli/flags.ts";
import { bytesPerMebibyte } from "../../../src/model/units.ts";
import { awkward, inherited, mutate, property, type Random, typed } from "./property.ts";

/** All that have flags: the command line of isolate has a grammar of its own. */
const names = (Object.keys(commands) as CommandName[]).filter((name) => flagsOf(name).length > 0);
const someValues = ["1", "0", "7", "0.5", "unlimited", "64", "-1", "", "-", "--", "x", "a=b", "/tmp", "data=/srv:rw", "0-1", "NAME=value", "strict", "x86_64", "60001", ...inherited];

function argument(random: Random, command: CommandName): string[] {
  const flag = `--${random.pick(random.once(6) ? Object.keys(flags) : flagsOf(command))}`;
  return random.pick([
    () => [flag],
    () => [flag, random.pick(someValues)],
    () => [flag, random.pick(someValues)],
    () => [`${flag}=${random.pick(someValues)}`],
    () => [mutate(random, flag)],
    () => [random.pick(["--", "-", "-h", "--help", "prog", "--no-json", "-x", ""])],
    () => [`--${random.pick(inherited)}`, random.pick(someValues)],
    () => [random.text(awkward, 6)],
  ])();
}

/** A good value for a flag. */
function goodValue(random: Random, name: FlagName): string {
  const { kind } = flags[name];
  switch (kind) {
    case "seconds": return random.pick(["1", "2.5", "0.125"]);
    case "mebibytes": return random.pick(["32", "64"]);
    case "count": return random.pick(["8", "16"]);
    case "mount": return random.pick(["data=/srv", "cache:tmp", "tmp="]);
    case "cpus": return random.pick(["0", "0-1,3"]);
    case "userId": return "60001";
    case "boxId": return random.pick(["0", "a.b", "__proto__", "constructor"]);
    case "profile": return "strict";
    case "permissions": return random.pick(["locks", "fifos,ptrace", "tty"]);
    case "network": return random.pick(["none", "loopback", "host"]);
    case "architecture": return "aarch64";
    case "variable": return random.pick(["NAME", "NAME=", "__proto__=1", "A=b=c"]);
    default: return random.pick(["/a", "x y", "-", "--odd", "é", ...inherited]);
  }
}

/** Arguments that say the same as what was parsed. */
function print(command: CommandName, parsed: { readonly flags: object; readonly operands: readonly string[] }): string[] {
  const written: string[] = [];
  for (const [name, value] of Object.entries(parsed.flags) as [FlagName, unknown][]) {
    const { kind } = flagOf(command, name);
    if (value === undefined || value === false) continue;
    if (value === true) written.push(`--${name}`);
    else if (kind === "permissions") written.push(`--${name}=${(value as string[]).join(",")}`);
    else if (Array.isArray(value)) for (const one of value) written.push(`--${name}=${one}`);
    else written.push(`--${name}=${value === null ? "unlimited" : kind === "mebibytes" ? (value as number) / bytesPerMebibyte : value}`);
  }
  return [...written, ...(commands[command].operands === null ? [] : ["--", ...parsed.operands])];
}

function expectSound(command: CommandName, argv: readonly string[]): boolean {
  const { value: parsed, error } = typed(() => parseArguments(command, argv));
  if (error !== null) {
    expect(error.exitCode).toBe(64);
    return false;
  }
  if (parsed === null) {
    expect(argv.some((text) => text === "-h" || text === "--help")).toBeTrue();
    return false;
  }
  expect(Object.keys(parsed.flags).toSorted()).toEqual([...flagsOf(command)].toSorted());
  // Nothing of the caller's is lost or added.
  for (const operand of parsed.operands) expect(argv).toContain(operand);
  const again = parseArguments(command, print(command, parsed));
  expect(again).toEqual(parsed);
  return true;
}

property("random arguments are taken as they print back, or refused with exit code 64", 2000, (random) => {
  const command = random.pick(names);
  expectSound(command, random.list(5, () => argument(random, command)).flat());
});

property("well-formed flags in any order and either form are all taken", 500, (random) => {
  const command = random.pick(names);
  const given = new Set(random.list(6, () => random.pick(flagsOf(command))));
  for (const name of flagsOf(command)) if (flagOf(command, name).required) given.add(name);
  const argv = [...given].toSorted(() => random.below(3) - 1).flatMap((name) => {
    if (flags[name].kind === "switch") return [`--${name}`];
    const value = goodValue(random, name);
    if (flags[name].kind === "path" && value === "-") return [`--${name}=/a`];
    return random.once(2) || value.startsWith("--") ? [`--${name}=${value}`] : [`--${name}`, value];
  });
  expect(expectSound(command, commands[command].operands === null ? argv : [...argv, "--", "prog", "--help", ...random.list(3, () => random.text(awkward, 4))])).toBeTrue();
});
