// What is well-formed for both means the same to our parser as to citty's, which is less strict (docs/decisions.md).
import { expect, test } from "bun:test";
import { type ArgsDef, parseArgs } from "citty";
import { parseArguments } from "../../../src/cli/args.ts";
import { commands, flagOf, flagsOf, type CommandName } from "../../../src/cli/flags.ts";

const names = (Object.keys(commands) as CommandName[]).filter((name) => flagsOf(name).length > 0);

/** The flags of a command as citty has them. */
function definitionOf(command: CommandName): ArgsDef {
  return Object.fromEntries(flagsOf(command).map((flag) => [flag, { type: flagOf(command, flag).kind === "switch" ? "boolean" : "string" } as const]));
}

const values: Partial<Record<string, string>> = {
  seconds: "2", mebibytes: "64", count: "3", boxId: "7", cpus: "0", userId: "1000", profile: "strict", permissions: "locks", network: "none", architecture: "x86_64", mount: "/data", variable: "A=B",
};
const textOf = (command: CommandName, flag: ReturnType<typeof flagsOf>[number]) => values[flagOf(command, flag).kind] ?? "word";

for (const command of names) {
  for (const joined of [true, false]) {
    test(`${command}: each flag alone, ${joined ? "with =" : "with a value of its own word"}`, () => {
      for (const flag of flagsOf(command)) {
        const { kind } = flagOf(command, flag);
        const text = textOf(command, flag);
        const words = kind === "switch" ? [`--${flag}`] : joined ? [`--${flag}=${text}`] : [`--${flag}`, text];
        const required = flagsOf(command).filter((other) => other !== flag && flagOf(command, other).required === true).map((other) => `--${other}=${textOf(command, other)}`);
        const operands = commands[command].operands === null ? [] : ["--", "prog"];
        const ours = parseArguments(command, [...required, ...words, ...operands])!;
        const theirs = parseArgs([...required, ...words, ...operands], definitionOf(command)) as unknown as Readonly<Record<string, unknown>> & { readonly _: readonly string[] };
        const value = (ours.flags as Readonly<Record<string, unknown>>)[flag];
        // For citty it is the other way of saying --cache.
        if (flag.startsWith("no-")) expect([flag, theirs[flag.slice(3)]]).toEqual([flag, false]);
        else expect([flag, theirs[flag]]).toEqual([flag, kind === "switch" ? true : text]);
        expect([flag, value]).not.toEqual([flag, kind === "switch" ? false : undefined]);
        if (operands.length > 0) expect(theirs._.at(-1)).toBe(ours.operands.at(-1)!);
      }
    });
  }
}
