import { expect, test } from "bun:test";
import { formatProcessors, parseProcessors } from "../../../src/model/processors.ts";

test.each([
  ["0", [0], "0"],
  ["0,2-3", [0, 2, 3], "0,2-3"],
  ["3,1,2,2", [1, 2, 3], "1-3"],
  ["0-1\n", [0, 1], "0-1"],
  ["1023", [1023], "1023"],
] as const)("the list %j is %j, and is written as %j", (text, numbers, written) => {
  expect(parseProcessors(text)).toEqual([...numbers]);
  expect(formatProcessors(parseProcessors(text))).toBe(written);
});
