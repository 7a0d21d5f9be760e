// The built-in checkers by their names: what each of them says where an output differs from the answer in this way or that.
import { describe, expect, test } from "bun:test";
import { compareBy } from "../../../../src/judge/compare/compare-by.ts";
import { builtInCheckers, type BuiltInChecker } from "../../../../src/judge/problem.ts";
import type { CheckRecord } from "../../../../src/judge/records.ts";
import { noRest, withFiles, type Text } from "./files.ts";

const check = (name: BuiltInChecker, output: Text, answer: Text, args: readonly string[] = []): Promise<CheckRecord> =>
  withFiles(output, answer, (ours, theirs) => compareBy(name, ours, theirs, args, noRest));

describe("what the output differs by", () => {
  const columns: readonly (readonly [name: BuiltInChecker, ...args: string[]])[] = [
    ["default"], ["default", "space_change_sensitive"], ["white-diff"], ["lines"], ["exact"], ["wcmp"], ["lcmp"], ["fcmp"],
  ];
  /** A sign for each column: + accepted, - wrong. */
  const rows: [what: string, output: Text, answer: Text, expected: string][] = [
    ["nothing", "1 2\n3\n", "1 2\n3\n", "++++++++"],
    ["blanks at the end of a line", "1 2 \n3\n", "1 2\n3\n", "+-++-++-"],
    ["a blank at the beginning", " 1 2\n3\n", "1 2\n3\n", "+-+--++-"],
    ["two blanks for one", "1  2\n3\n", "1 2\n3\n", "+-+--++-"],
    ["a tab for a blank", "1\t2\n3\n", "1 2\n3\n", "+-+--++-"],
    ["no line feed at the end of the output", "1 2\n3", "1 2\n3\n", "+-++++++"],
    ["no line feed at the end of the answer", "1 2\n3\n", "1 2\n3", "+-++++++"],
    ["empty lines at the end", "1 2\n3\n\n\n", "1 2\n3\n", "+-++-+++"],
    ["empty lines at the end of the answer", "1 2\n3\n", "1 2\n3\n\n\n", "+-++-+++"],
    ["an empty line at the beginning", "\n1 2\n3\n", "1 2\n3\n", "+----+--"],
    ["an empty line in the middle", "1 2\n\n3\n", "1 2\n3\n", "+----+--"],
    ["everything in one line", "1 2 3\n", "1 2\n3\n", "+----+--"],
    ["CRLF", "1 2\r\n3\r\n", "1 2\n3\n", "+-++++++"],
    ["CRLF in the answer", "1 2\n3\n", "1 2\r\n3\r\n", "+-++++++"],
    ["CR alone", "1\r2\r", "1\n2\n", "+----+--"],
    ["a vertical tab for a blank", "1\v2\n3\n", "1 2\n3\n", "+-+---+-"],
    ["a form feed for a blank", "1\f2\n3\n", "1 2\n3\n", "+-+---+-"],
    ["the case of ASCII", "Yes\n", "YES\n", "++------"],
    ["the case of other letters", "\u00c4\n", "\u00e4\n", "--------"],
    ["a no-break space for a blank", "1\u00a02\n", "1 2\n", "--------"],
    ["a byte order mark", "\ufeff1 2\n", "1 2\n", "-----+++"],
    ["nothing, and both are empty", "", "", "++++++++"],
    ["white space where the answer is empty", " \n", "", "+-++-+++"],
    ["a NUL and more after a token", "1\0junk\n", "1\n", "--------"],
    ["one token more", "1 2\n3 4\n", "1 2\n3\n", "--------"],
    ["one token less", "1 2\n", "1 2\n3\n", "--------"],
    ["everything", "", "1 2\n", "--------"],
    ["bytes that are no UTF-8, and the same", Uint8Array.of(0xff, 0xfe, 10), Uint8Array.of(0xff, 0xfe, 10), "++++++++"],
  ];
  for (const [what, output, answer, expected] of rows) {
    test(`${what}: ${expected}`, async () => {
      let seen = "";
      for (const [name, ...args] of columns) seen += (await check(name, output, answer, args)).kind === "accepted" ? "+" : "-";
      expect(seen).toBe(expected);
    });
  }
});

describe("checkers of testlib", () => {
  const ends = "the output ends before '2' (line 1 of the answer)";
  const rows: [name: BuiltInChecker, output: string, answer: string, kind: CheckRecord["kind"], message: string | null][] = [
    ["wcmp", "1 3\n", "1 2\n", "wrong", "line 1, column 3: found '3', the answer has '2'"],
    ["wcmp", "1\n", "1 2\n", "wrong", ends],
    ["lcmp", "1\n2\n", "1 2\n", "wrong", "line 1, column 2: the white space is not that of the answer; the output differs only in white space"],
    ["fcmp", "1 2 \n3\n", "1 2\n3\n", "wrong", "line 1, column 4: found white space, the answer has the end of the line; the output differs only in white space"],
    ["fcmp", "1 2\n  \n", "1 2\n\n", "accepted", null],
    ["fcmp", "1 2\n  \n", "1 2\n\n\n", "wrong", "line 2, column 1: found white space, the answer has the end of the line; the output differs only in white space"],
    ["icmp", " 5 ", "5", "accepted", null],
    ["icmp", "5 6", "5", "wrong", "line 1, column 3: the answer ends before '6'"],
    ["icmp", "5", "5 6", "accepted", null],
    ["icmp", "05", "5", "wrong", "line 1, column 1: '05' is no integer of 64 bits"],
    ["icmp", "+5", "5", "wrong", "line 1, column 1: '+5' is no integer of 64 bits"],
    ["icmp", "-0", "0", "wrong", "line 1, column 1: '-0' is no integer of 64 bits"],
    ["icmp", "2147483648", "5", "wrong", "line 1, column 1: '2147483648' is no integer of 32 bits"],
    ["icmp", "-2147483648", "-2147483648", "accepted", null],
    ["icmp", "5", "2147483648", "failed", "the answer, line 1, column 1: '2147483648' is no integer of 32 bits"],
    ["icmp", "5", "", "failed", "the answer ends where an integer should be"],
    ["icmp", "", "5", "wrong", "the output is empty"],
    ["icmp", "\ufeff5", "5", "accepted", null],
    ["icmp", "5", "\ufeff5", "failed", "the answer, line 1, column 1: '\\xef\\xbb\\xbf5' is no integer of 64 bits"],
    ["ncmp", "1\n2", "1 2", "accepted", null],
    ["ncmp", "", "", "accepted", null],
    ["ncmp", "1", "1 2", "wrong", ends],
    ["ncmp", "1", "1 x", "failed", "the answer, line 1, column 3: 'x' is no integer of 64 bits"],
    ["ncmp", "1 2 3", "1 2", "wrong", "line 1, column 5: the answer ends before '3'"],
    ["ncmp", "9223372036854775807 -9223372036854775808", "9223372036854775807 -9223372036854775808", "accepted", null],
    ["ncmp", "9223372036854775808", "1", "wrong", "line 1, column 1: '9223372036854775808' is no integer of 64 bits"],
    ["ncmp", "1\v2", "1 2", "wrong", "line 1, column 1: '1' is no integer of 64 bits"],
    ["hcmp", "123456789012345678901234567890", "123456789012345678901234567890", "accepted", null],
    ["hcmp", "-123456789012345678901234567890", "123456789012345678901234567890", "wrong", "line 1, column 1: found '-12345678901234567890123456789...', the answer has '123456789012345678901234567890'"],
    ["hcmp", "1", "1 2", "failed", "the answer has more than one token"],
    ["hcmp", "01", "1", "wrong", "line 1, column 1: '01' is no integer"],
    ["hcmp", "1", "-0", "failed", "the answer, line 1, column 1: '-0' is no integer"],
    ["yesno", "yes", "YES", "accepted", null],
    ["yesno", "no", "Yes", "wrong", "line 1, column 1: found 'no', the answer has 'Yes'"],
    ["yesno", "maybe", "Yes", "wrong", "line 1, column 1: 'maybe' is neither YES nor NO"],
    ["yesno", "yes", "y", "failed", "the answer, line 1, column 1: 'y' is neither YES nor NO"],
    ["yesno", "yes no", "yes", "wrong", "line 1, column 5: the answer ends before 'no'"],
    ["nyesno", "yes\nNO", "YES no", "accepted", null],
    ["nyesno", "", "", "accepted", null],
    ["nyesno", "yes no", "yes", "wrong", "line 1, column 5: the answer ends before 'no'"],
    ["nyesno", "yes", "yes no", "wrong", "the output ends before 'no' (line 1 of the answer)"],
    ["acmp", "1.0000015", "1", "accepted", null],
    ["acmp", "1.0000016", "1", "wrong", "line 1, column 1: found '1.0000016', the answer has '1'"],
    ["rcmp", "1000000.1", "1000000", "wrong", "line 1, column 1: found '1000000.1', the answer has '1000000'"],
    ["dcmp", "1000000.1", "1000000", "accepted", null],
    ["dcmp", "1 2", "1", "wrong", "line 1, column 3: the answer ends before '2'"],
    ["rncmp", "1 2.000015", "1 2", "accepted", null],
    ["rncmp", "1 2.00002", "1 2", "wrong", "line 1, column 3: found '2.00002', the answer has '2'"],
    ["rcmp4", "1.0001 2", "1 2", "accepted", null],
    ["rcmp4", "1.0002", "1", "wrong", "line 1, column 1: found '1.0002', the answer has '1'"],
    ["rcmp9", "1.000000001", "1", "accepted", null],
    ["rcmp9", "1.00000001", "1", "wrong", "line 1, column 1: found '1.00000001', the answer has '1'"],
    ["rcmp9", "1", "1 2", "wrong", ends],
    ["rcmp9", "1 2", "1", "wrong", "line 1, column 3: the answer ends before '2'"],
    ["uncmp", "3 1 2 1", "1 1\n2 3", "accepted", null],
    ["uncmp", "3 1 2 2", "1 1 2 3", "wrong", "the answer has 1 more often than the output"],
    ["uncmp", "-9223372036854775808 9223372036854775807 -1 0", "0 -1 9223372036854775807 -9223372036854775808", "accepted", null],
    ["uncmp", "1 2", "1 2 3", "wrong", "the output has 2 integers, the answer has 3"],
    ["uncmp", "1 x", "1 2", "wrong", "line 1, column 3: 'x' is no integer of 64 bits"],
    ["uncmp", "1 2", "1 x", "failed", "the answer, line 1, column 3: 'x' is no integer of 64 bits"],
    ["caseicmp", "Case 1: 5\nCase 2: 6\n", "Case 1: 5\nCase 2: 6\n", "accepted", null],
    ["caseicmp", "Case 1: 5\nCase 2: 7\n", "Case 1: 5\nCase 2: 6\n", "wrong", "line 2, column 9: found '7', the answer has '6'"],
    ["caseicmp", "Case 1: 4\n", "Case 1: 5\nCase 3: 6\n", "failed", "the answer, line 2, column 6: '3:' is not the '2:' that should be there"],
    ["caseicmp", "case 1: 5\n", "Case 1: 5\n", "wrong", "line 1, column 1: 'case' is not the 'Case' that should be there"],
    ["caseicmp", "Case 1: 5\n", "Case 1: 5\nCase 2: 6\n", "wrong", "the output ends before case 2"],
    ["caseicmp", "Case 1: 5\nCase 2: 6\n", "Case 1: 5\n", "wrong", "line 2, column 1: the answer has no case 2"],
    ["casencmp", "Case 1: 5 6\nCase 2:\n", "Case 1: 5 6\nCase 2:\n", "accepted", null],
    ["casencmp", "Case 1: 5\nCase 2: 6\n", "Case 1: 5 6\nCase 2:\n", "wrong", "line 2, column 1: case 1 ends, the answer has more in it"],
    ["casencmp", "Case 1: 5 6\n", "Case 1: 5\n", "wrong", "line 1, column 11: case 1 goes on, the answer has no more in it"],
    ["casencmp", "Case 1: a\n", "Case 1: a\n", "failed", "the answer, line 1, column 9: 'a' is no integer of 64 bits"],
    ["casencmp", "", "", "accepted", null],
    ["casewcmp", "Case 1: a b\n", "Case 1: a  b\n", "accepted", null],
    ["casewcmp", "Case 1: a c\n", "Case 1: a  b\n", "wrong", "line 1, column 11: found 'c', the answer has 'b'"],
    ["casewcmp", "Case 1: a\nCase 2: b\n", "Case 1: a\n", "wrong", "line 2, column 1: the answer has no such case any more"],
    ["casencmp", "Case 1: 1 2\n", "Case 1: 3 x\n", "failed", "the answer, line 1, column 11: 'x' is no integer of 64 bits"],
    ["fcmp", "\ufeff12\n", "13\n", "wrong", "line 1, column 4: found '12', the answer has '13'"],
  ];
  for (const [name, output, answer, kind, message] of rows) {
    test(`${name}, ${JSON.stringify(output)} for ${JSON.stringify(answer)}: ${kind}`, async () => {
      const record = await check(name, output, answer);
      expect([record.kind, record.message]).toEqual([kind, message]);
    });
  }

  const numbers: [answer: string, output: string, rcmp6: CheckRecord["kind"]][] = [
    ["0", "1e-7", "accepted"],
    ["0", "-0.0", "accepted"],
    ["0", "-0", "accepted"],
    ["nan", "NaN", "failed"],
    ["nan", "-nan", "failed"],
    ["inf", "Infinity", "failed"],
    ["1", "nan", "wrong"],
    ["1", "inf", "wrong"],
    ["1", "1e400", "wrong"],
    ["1e400", "1e400", "accepted"],
    ["8", "0x8", "wrong"],
    ["8", "0x1p3", "wrong"],
    ["5", "5e", "accepted"],
    ["5", "+5", "accepted"],
    ["5", "5.", "accepted"],
    ["5", "5e0", "accepted"],
    ["0.5", ".5", "accepted"],
    ["5", "5,0", "wrong"],
    ["5", "5f", "wrong"],
    ["5", ".", "wrong"],
    ["5", "5-1", "wrong"],
    ["9007199254740993", "9007199254740992", "accepted"],
    ["1", "1\0junk", "wrong"],
  ];
  for (const [answer, output, kind] of numbers) {
    test(`rcmp6, ${JSON.stringify(output)} for ${answer}: ${kind}`, async () => {
      expect((await check("rcmp6", output, answer)).kind).toBe(kind);
    });
  }

  test("tokens and integers longer than what is held are compared to their ends", async () => {
    const digits = "1".repeat(700_000);
    expect([(await check("hcmp", digits, digits)).kind, (await check("hcmp", `${digits}2`, `${digits}3`)).kind, (await check("hcmp", digits, `${digits}1`)).kind]).toEqual(["accepted", "wrong", "wrong"]);
    expect([(await check("hcmp", `${digits}x`, digits)).message, (await check("hcmp", "1", `${digits}x`)).kind]).toEqual([`line 1, column 1: '${"1".repeat(30)}...' is no integer`, "failed"]);
    const text = `Case 1: ${"a".repeat(700_000)}`;
    expect([(await check("casewcmp", text, text)).kind, (await check("casewcmp", `${text}b`, `${text}c`)).kind, (await check("casewcmp", text, `${text}a`)).kind]).toEqual(["accepted", "wrong", "wrong"]);
    expect((await check("ncmp", digits, "1")).kind).toBe("wrong");
  });

  test("more integers than are held are compared in any order", async () => {
    const all = Array.from({ length: 1_100_000 }, (_, number) => number - 500_000);
    const one = all.join("\n");
    const other = all.toReversed().join(" ");
    expect((await check("uncmp", one, other)).kind).toBe("accepted");
    expect((await check("uncmp", `${one} 7 8`, `${other} 6 9`)).message).toBe("the output has not the integers of the answer, in whatever order");
  });
});

test("there is a checker of each name", async () => {
  for (const name of builtInCheckers) {
    const text = name.startsWith("case") ? "Case 1: 1" : name.endsWith("yesno") ? "YES" : "1";
    expect([name, (await check(name, text, text)).kind]).toEqual([name, "accepted"]);
  }
});

test("flags that are none are a fault of the jury", async () => {
  for (const [name, ...args] of [["wcmp", "case_sensitive"], ["lines", "x"], ["default", "float_tolerance", "nan"], ["default", "case_sensitive", "case_sensitive"], ["rcmp6", "1e-6"]] as [BuiltInChecker, ...string[]][]) {
    expect([name, (await check(name, "1", "1", args)).kind]).toEqual([name, "failed"]);
  }
});
