import { describe, expect, test } from "bun:test";
import { keyOf, positionOf, scanJson } from "../../../src/state/json-scan.ts";

const texts = [
  "null", " true ", "[]", "{}", "-0.5e+10", "0", "[1, [2, {\"a\": []}]]", '{"a": {"b": 1, "c": {"a": 2}}, "b": 1}', '"\\u00e9 \\n \\" é \u007f \u2028"',
  '{"": 1}', "", " ", "nul", "01", "1.", ".5", "-", "+1", "1e", "[1,]", "[,1]", "[1 2]", "{a: 1}", '{"a" 1}', '{"a": 1,}', '{"a": }', "{} x", '"a', '"\\x"',
  '"\\u12"', '"a\nb"', "'a'", "[1]]", "{", "[", "\ufeff{}", "NaN", "// x\n1", '{"a":1}{"b":2}', '"\t"', "\u00a01", "tru e",
];

describe("scanJson", () => {
  test.each(texts)("takes %j exactly when JSON.parse does", (text) => {
    let taken = true;
    try {
      JSON.parse(text);
    } catch {
      taken = false;
    }
    expect(scanJson(text).fault === null).toBe(taken);
  });

  test.each([
    { text: '{\n  "a": 1,\n}', position: "line 3, column 1", message: 'expected a name in double quotes, found "}"' },
    { text: '{\n  "a": 1', position: "line 2, column 9", message: 'expected "," or "}", found the end of the file' },
    { text: '{"a": tru}', position: "line 1, column 7", message: 'expected a value, found "t"' },
    { text: "", position: "line 1, column 1", message: "expected a value, found the end of the file" },
    { text: '{\n  "a": "b\n}', position: "line 2, column 10", message: 'expected the string to go on or to be closed, found "\\n"' },
    { text: '{"a": 1} {', position: "line 1, column 10", message: 'expected the end of the file, found "{"' },
  ])("says that at $position there is: $message", ({ text, position, message }) => {
    const { fault } = scanJson(text);
    expect(positionOf(text, fault!.offset)).toBe(position);
    expect(fault!.message).toBe(message);
  });

  test.each(['{"a": 1, "a": 2}', '[{"b": {"a": 1, "a": 1}}]', '{"a": 1, "\\u0061": 2}', '{"__proto__": 1, "__proto__": 2}'])("refuses the name that comes twice in %s", (text) => {
    expect(scanJson(text).fault!.message).toEndWith("comes twice");
  });

  test("tells where the values of the upper two levels are", () => {
    const text = '{"a": {"b" :  1, "c": {"b": 2}}, "d": [{"b": 3}]}';
    const { offsets } = scanJson(text);
    const places = Object.fromEntries([...offsets].map(([key, offset]) => [key, text.slice(offset, offset + 2)]));
    expect(places).toEqual({ [keyOf(["a"])]: '{"', [keyOf(["a", "b"])]: "1,", [keyOf(["a", "c"])]: '{"', [keyOf(["d"])]: "[{" });
  });

  test("refuses what is nested too deep, however deep", () => {
    expect(scanJson("[".repeat(1_000_000)).fault).toEqual({ offset: 65, message: "nested more than 64 levels deep" });
    expect(scanJson("[".repeat(64) + "]".repeat(64)).fault).toBeNull();
  });

  test("goes through the longest file that is read, whatever is in it", () => {
    const bytes = 16 * 1024 * 1024;
    expect(scanJson(`"${"x".repeat(bytes)}"`).fault).toBeNull();
    expect(scanJson(`"${"\\n".repeat(bytes / 2)}"`).fault).toBeNull();
    expect(scanJson(`"${"\\n".repeat(bytes / 2)}`).fault?.offset).toBe(bytes + 1);
    expect(scanJson(" ".repeat(bytes)).fault?.offset).toBe(bytes);
    expect(scanJson("9".repeat(bytes)).fault).toBeNull();
  });
});
