// Arguments as getopt_long(3) of glibc reads them.
import { describe, expect, test } from "bun:test";
import { type OptionForm, readOptions } from "../../../src/compat/getopt.ts";

const forms: readonly OptionForm[] = [
  { name: "box-id", short: "b", argument: "required" }, { name: "processes", short: "p", argument: "optional" }, { name: "silent", short: "s", argument: "none" },
  { name: "stderr", short: "r", argument: "required" }, { name: "stderr-to-stdout", argument: "none" }, { name: "verbose", short: "v", argument: "none" },
];

function read(...argv: readonly string[]): string {
  const words: string[] = [];
  const options = [...readOptions(argv, forms, words)].map(({ form, value }) => (value === null ? form.name : `${form.name}=${value}`));
  return [...options, "--", ...words].join(" ");
}

describe("options", () => {
  for (const [claim, argv, expected] of [
    ["a value is attached, follows, or stands behind =", ["-b5", "-b", "5", "--box-id=5", "--box-id", "5", "-b 5"], "box-id=5 box-id=5 box-id=5 box-id=5 box-id= 5 --"],
    ["an optional value is attached", ["-p", "5", "-p5", "--processes", "--processes=5", "--processes="], "processes processes=5 processes processes=5 processes= -- 5"],
    ["letters stand together, the last with its value", ["-svb5", "-sp"], "silent verbose box-id=5 silent processes --"],
    ["words may come first, and -- ends the options", ["prog", "--silent", "--", "-v", "--"], "silent -- prog -v --"],
    ["a unique beginning is enough, a whole name is never ambiguous", ["--verb", "--stderr=x"], "verbose stderr=x --"],
    ["a value may look like an option", ["--box-id", "--", "-b", "-s"], "box-id=-- box-id=-s --"],
    ["a minus alone is a word", ["-", "-s"], "silent -- -"],
  ] as const) {
    test(claim, () => expect(read(...argv)).toBe(expected));
  }

  for (const [argv, message] of [
    [["--nope"], "unrecognized option '--nope'"], [["--s"], "option '--s' is ambiguous; possibilities: '--silent' '--stderr' '--stderr-to-stdout'"],
    [["--box-id"], "option '--box-id' requires an argument"], [["-b"], "option requires an argument -- 'b'"], [["--silent=1"], "option '--silent' doesn't allow an argument"], [["-sy"], "invalid option -- 'y'"],
  ] as const) {
    test(`${argv.join(" ")}: ${message}`, () => expect(() => read(...argv)).toThrow(message));
  }
});
