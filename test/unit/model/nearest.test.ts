import { describe, expect, test } from "bun:test";
import { nearest } from "../../../src/model/nearest.ts";

const flags = ["box-id", "input", "output", "json", "verbose", "silent", "max-cpu", "max-memory", "max-time", "env", "full-env", "wait", "strict"];

describe("the nearest known word", () => {
  test.each([
    ["jsno", "json"],
    ["json", "json"],
    ["JSON", "json"],
    ["outptu", "output"],
    ["boxid", "box-id"],
    ["box_id", "box-id"],
    ["memory", "max-memory"],
    ["cpu", "max-cpu"],
    ["time", "max-time"],
    ["tmie", "max-time"],
    ["verbos", "verbose"],
    ["ve", "verbose"],
    ["environment", "env"],
    ["stirct", "strict"],
  ])("for %s is %s", (word, known) => {
    expect(nearest(word, flags)).toBe(known);
  });

  test("is null when nothing is near, and for one letter", () => {
    expect(nearest("v", flags)).toBeNull();
    expect(nearest("quota", flags)).toBeNull();
    expect(nearest("zzzzzzzzzz", flags)).toBeNull();
  });

  test("is null without candidates", () => {
    expect(nearest("json", [])).toBeNull();
  });
});
