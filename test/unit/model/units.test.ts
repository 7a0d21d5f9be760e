import { describe, expect, test } from "bun:test";
import { bytesPerMebibyte, describeBytes, msToSeconds, parsePositiveDecimal, parseWholeNumber, secondsToMs } from "../../../src/model/units.ts";

/** Mistyped in every way that a number can be; none of these may ever mean "no limit". */
const notNumbers = [
  "", " ", "-1", "+1", "1x", "x1", "1e3", "0x10", " 7", "7 ", "7\n", "1,5", "1.", ".5", "1.5.2", "1_000", "Infinity", "NaN", "unlimited", "null", "١", "1234567890123456",
];

describe("a positive decimal", () => {
  test.each([["1", 1], ["0.5", 0.5], ["10.25", 10.25], ["007", 7], ["0.000000001", 1e-9], ["123456789012345", 123_456_789_012_345]] as const)("%s is %d", (text, value) => {
    expect(parsePositiveDecimal(text)).toBe(value);
  });

  test.each([...notNumbers, "0", "0.0", "0.0000000001"])("%p is none", (text) => {
    expect(parsePositiveDecimal(text)).toBeNull();
  });
});

describe("a whole number", () => {
  test.each([["0", 0], ["1", 1], ["42", 42], ["123456789012345", 123_456_789_012_345]] as const)("%s is %d", (text, value) => {
    expect(parseWholeNumber(text)).toBe(value);
  });

  test.each([...notNumbers, "1.0", "0.5"])("%p is none", (text) => {
    expect(parseWholeNumber(text)).toBeNull();
  });
});

describe("seconds", () => {
  test.each([[1, 1000], [1.5, 1500], [0.001, 1], [0.0001, 1], [0.0011, 2], [0.1, 100], [0.3, 300], [1.1, 1100], [2_592_000, 2_592_000_000]] as const)(
    "%d are %d milliseconds: a fraction counts as a whole one, an error of floating point does not",
    (seconds, ms) => {
      expect(secondsToMs(seconds)).toBe(ms);
    },
  );

  test.each([[0, 0], [1, 0.001], [1234.5678, 1.234568], [0.0004, 0], [0.0006, 0.000001]] as const)("from %d milliseconds are %d, to the microsecond", (ms, seconds) => {
    expect(msToSeconds(ms)).toBe(seconds);
  });
});

describe("sizes in messages", () => {
  test.each([
    [[0], ["0 bytes"]], [[1], ["1 byte"]], [[1023], ["1023 bytes"]], [[4096], ["4 KB"]], [[2 ** 20], ["1 MB"]], [[128 * 2 ** 20], ["128 MB"]],
    [[1.5 * 2 ** 30], ["1536 MB"]], [[2 ** 46], ["67108864 MB"]], [[1_234_567], ["1.2 MB"]],
  ])("of %p bytes are %p: in the MB of the flags", (sizes, texts) => {
    expect(describeBytes(...sizes)).toEqual(texts);
  });

  test("that differ never read alike", () => {
    expect(describeBytes(2 ** 20, 2 ** 20 + 1)).toEqual(["1048576 bytes", "1048577 bytes"]);
    expect(describeBytes(2 ** 20, 2 ** 20)).toEqual(["1 MB", "1 MB"]);
  });
});

test("a megabyte is 1048576 bytes", () => {
  expect(bytesPerMebibyte).toBe(1_048_576);
});
