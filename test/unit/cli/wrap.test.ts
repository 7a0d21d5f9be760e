import { describe, expect, test } from "bun:test";
import { fitColumns } from "../../../src/cli/table.ts";
import { hang, usableWidth, wrapText } from "../../../src/cli/wrap.ts";

describe("the usable width", () => {
  test.each([
    ["COLUMNS comes first", "100", 200, 100],
    ["then the terminal", undefined, 120, 120],
    ["COLUMNS that is no number does not count", "wide", 120, 120],
    ["80 without either", undefined, null, 80],
    ["80 where the terminal does not know", "", 0, 80],
    ["never less than 40", "3", 200, 40],
  ] as const)("%s", (_, columns, terminal, width) => {
    expect(usableWidth(columns, () => terminal)).toBe(width);
  });
});

test("text is cut at blanks, and a long word has a line of its own", () => {
  expect(wrapText("aa bb cccccccc d", 5)).toEqual(["aa bb", "cccccccc", "d"]);
  expect(hang("  x  ", "one two three four five six", 25)).toBe("  x  one two three four\n     five six");
});

test("a table that is too wide goes on in further lines under the same titles", () => {
  const rows = [["ID", "TEXT"], ["a", "one two three"], ["b", "four"]];
  expect(fitColumns(rows, 80)).toBe("ID  TEXT\na   one two three\nb   four\n");
  expect(fitColumns(rows, 12)).toBe("ID  TEXT\na   one two\n    three\nb   four\n");
  // Words stay whole.
  expect(fitColumns(rows, 3)).toBe("ID  TEXT\na   one two\n    three\nb   four\n");
});
