// How outputs are compared with answers: each row is a pair of texts, and what the flags make of it.
import { describe, expect, test } from "bun:test";
import { compareFiles, type Compared } from "../../../../src/judge/compare/compare.ts";
import { parseComparison } from "../../../../src/judge/compare/comparison.ts";
import { IsolateError } from "../../../../src/model/errors.ts";
import { noRest, withFiles, type Text } from "./files.ts";

const compared = (output: Text, answer: Text, flags = ""): Promise<Compared> =>
  withFiles(output, answer, (ours, theirs) => compareFiles(ours, theirs, parseComparison(flags.split(" ").filter((word) => word !== "")), noRest));

const accepts = async (output: Text, answer: Text, flags = "") => (await compared(output, answer, flags)).isAccepted;

describe("white space and case", () => {
  const space = "space_change_sensitive";
  const rows: [what: string, output: Text, answer: Text, usual: boolean, withSpace: boolean][] = [
    ["the same", "1 2\n", "1 2\n", true, true],
    ["blanks at the end of a line", "1 2 \n", "1 2\n", true, false],
    ["a blank at the beginning", " 1\n", "1\n", true, false],
    ["two blanks for one", "1  2\n", "1 2\n", true, false],
    ["a tab for a blank", "1\t2\n", "1 2\n", true, false],
    ["no line feed at the end of the output", "1", "1\n", true, false],
    ["no line feed at the end of the answer", "1\n", "1", true, false],
    ["empty lines at the end", "1\n\n\n", "1\n", true, false],
    ["an empty line in the middle", "1\n\n2\n", "1\n2\n", true, false],
    ["everything in one line", "1 2\n", "1\n2\n", true, false],
    ["carriage returns", "1\r\n2\r\n", "1\n2\n", true, false],
    ["a carriage return for a line feed", "1\r2\r", "1\n2\n", true, false],
    ["a vertical tab and a form feed", "1\v2\f3", "1 2 3", true, false],
    ["letters in another case", "Yes no\n", "YES No\n", true, true],
    ["a no-break space for a blank", "1\u00a02\n", "1 2\n", false, false],
    ["letters beyond ASCII in another case", "\u00c4\n", "\u00e4\n", false, false],
    ["a byte order mark", "\ufeff1\n", "1\n", false, false],
    ["nothing and nothing", "", "", true, true],
    ["white space where nothing is expected", " \n", "", true, false],
    ["a NUL and more after a token", "1\0junk\n", "1\n", false, false],
    ["one token too many", "1 2 3\n", "1 2\n", false, false],
    ["one token too few", "1\n", "1 2\n", false, false],
    ["tokens that run together", "12\n", "1 2\n", false, false],
    ["bytes that are no UTF-8", Uint8Array.of(0xff, 0xfe, 10), Uint8Array.of(0xff, 0xfe, 10), true, true],
    ["other bytes that are no UTF-8", Uint8Array.of(0xff, 0xfd, 10), Uint8Array.of(0xff, 0xfe, 10), false, false],
  ];
  for (const [what, output, answer, usual, withSpace] of rows) {
    test(`${what}: ${usual ? "accepted" : "refused"}, and ${withSpace ? "accepted" : "refused"} where white space counts`, async () => {
      expect([await accepts(output, answer), await accepts(output, answer, space)]).toEqual([usual, withSpace]);
    });
  }

  test("case counts when it is to count", async () => {
    expect([await accepts("Yes\n", "YES\n", "case_sensitive"), await accepts("YES\n", "YES\n", "case_sensitive")]).toEqual([false, true]);
  });
});

describe("numbers", () => {
  const [both, absolute, relative] = ["float_tolerance", "float_absolute_tolerance", "float_relative_tolerance"];
  const rows: [output: string, answer: string, flags: string, accepted: boolean][] = [
    ["1.0", "1", "", false],
    ["1.0000001", "1", `${both} 1e-6`, true],
    ["1.00001", "1", `${both} 1e-6`, false],
    ["1e-7", "0", `${relative} 1e-6`, false],
    ["1e-7", "0", `${absolute} 1e-6`, true],
    ["-0.0", "0", `${relative} 1e-6`, true],
    ["-0", "0", "", false],
    ["1000001", "1000000", `${absolute} 0.5`, false],
    ["1000001", "1000000", `${relative} 1e-6`, true],
    // As far away as it may be, which doubles cannot tell.
    ["1.5", "1", `${absolute} 0.5`, true],
    ["1.1", "1", `${absolute} 0.1`, true],
    ["1.1000000000000000000000000000001", "1", `${absolute} 0.1`, false],
    ["0.3", "0.1", `${absolute} 0.2`, true],
    ["9007199254740992", "9007199254740993", `${both} 0`, false],
    ["9007199254740993.0", "9007199254740993", `${both} 0`, true],
    ["1e-4000", "0", `${both} 0`, false],
    ["1e-20000", "0", `${both} 1e-30000`, false],
    ["1e400", "1", `${both} 1e-6`, false],
    ["1e400", "1e400", `${both} 1e-6`, true],
    ["10e399", "1e400", `${both} 0`, true],
    ["1.0000001e400", "1e400", `${both} 1e-6`, true],
    ["1e999999999999", "1", `${both} 1e-6`, false],
    ["123456789012345678901234567890.123456789012345678901234567890", "123456789012345678901234567890.123456789012345678901234567891", `${both} 0`, false],
    ["123456789012345678901234567890.123456789012345678901234567890", "123456789012345678901234567890.123456789012345678901234567891", `${absolute} 1e-30`, true],
    ["nan", "NaN", `${both} 1e-6`, true],
    ["-nan", "nan", `${both} 1e-6`, false],
    ["Infinity", "inf", `${both} 1e-6`, false],
    ["nan", "1", `${both} 1e-6`, false],
    ["inf", "1", `${both} 1e-6`, false],
    ["0x8", "8", `${both} 1e-6`, false],
    ["0x1p3", "8", `${both} 1e-6`, false],
    ["5e", "5", `${both} 1e-6`, false],
    ["+5", "5", `${both} 1e-6`, true],
    ["5.", "5", `${both} 1e-6`, true],
    ["5e0", "5", `${both} 1e-6`, true],
    [".5", "0.5", `${both} 1e-6`, true],
    [".", "0", `${both} 1e-6`, false],
    ["5,0", "5", `${both} 1e-6`, false],
    ["5f", "5", `${both} 1e-6`, false],
    ["1\0junk", "1", `${both} 1e-6`, false],
    // The answer decides what is a number.
    ["1.0", "one", `${both} 1e-6`, false],
    ["ONE", "one", `${both} 1e-6`, true],
  ];
  for (const [output, answer, flags, accepted] of rows) {
    test(`${JSON.stringify(output)} for ${JSON.stringify(answer)}${flags === "" ? " as text" : ` with ${flags}`}: ${accepted ? "accepted" : "refused"}`, async () => {
      expect(await accepts(output, answer, flags)).toBe(accepted);
    });
  }
});

describe("long files", () => {
  const words = Array.from({ length: 200_000 }, (_, number) => `${number}`);

  test("what is cut by the end of a piece that was read is compared as a whole", async () => {
    expect(await accepts(words.join("\n"), words.join("\r\n"))).toBe(true);
    expect(await accepts(`${words.join(" ")}\n`, `${words.join(" ")}x\n`)).toBe(false);
    expect(await accepts(`x ${words.join(" ")}`, `x  ${words.join(" ")}`, "space_change_sensitive")).toBe(false);
  });

  test("a token longer than what is held is compared to its end", async () => {
    const long = "a".repeat(1_000_000);
    expect(await accepts(long, long.toUpperCase())).toBe(true);
    expect(await accepts(`${long}b`, `${long}c`)).toBe(false);
    expect(await accepts(long, `${long}a`)).toBe(false);
    expect(await accepts(`${long} 1`, `${long}\n1`)).toBe(true);
    expect(await accepts(`x${long}`, `x ${long}`)).toBe(false);
  });

  test("a run of white space longer than what is held is one", async () => {
    const blanks = " ".repeat(600_000);
    expect(await accepts(`1${blanks}2`, "1 2")).toBe(true);
    expect(await accepts(`1${blanks}2`, `1${blanks}2`, "space_change_sensitive")).toBe(true);
    expect(await accepts(`1${blanks}2`, `1${blanks} 2`, "space_change_sensitive")).toBe(false);
  });
});

describe("what is said of a difference", () => {
  const rows: [output: string, answer: string, flags: string, message: string][] = [
    ["1 2\n3 5\n", "1 2\n3 4\n", "", "line 2, column 3: found '5', the answer has '4'"],
    ["1\n", "1 2\n", "", "the output ends before '2' (line 1 of the answer)"],
    ["", "1\n", "", "the output is empty"],
    [" \n", "1\n", "", "the output is empty"],
    ["1\n2\n", "1\n", "", "line 2, column 1: the answer ends before '2'"],
    ["1  2\n", "1 2\n", "space_change_sensitive", "line 1, column 2: the white space is not that of the answer; the output differs only in white space"],
    ["1  3\n", "1 2\n", "space_change_sensitive", "line 1, column 2: the white space is not that of the answer"],
    ["a\u001b[2J\n", "b\n", "", "line 1, column 1: found 'a\\x1b[2J', the answer has 'b'"],
    [`${"a".repeat(100)}X${"b".repeat(100)}\n`, `${"a".repeat(100)}Y${"b".repeat(100)}\n`, "", `line 1, column 1: found '...${"a".repeat(15)}X${"b".repeat(14)}...', the answer has '...${"a".repeat(15)}Y${"b".repeat(14)}...'`],
  ];
  for (const [output, answer, flags, message] of rows) {
    test(message, async () => {
      expect(await compared(output, answer, flags)).toEqual({ isAccepted: false, message });
    });
  }
});

describe("flags that cannot be used", () => {
  for (const flags of ["float_tolerance", "float_tolerance nan", "float_tolerance 1e400", "float_tolerance -1", "float_tolerance 0x1", "case_sensitive case_sensitive", "float_tolerance 1 float_absolute_tolerance 1", "exactly"]) {
    test(flags, () => {
      expect(() => parseComparison(flags.split(" "))).toThrow(IsolateError);
    });
  }
});
