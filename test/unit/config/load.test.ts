import { describe, expect, test } from "bun:test";
import { callerEnvironment, resolveStateDir, uidRange, uidRangeVariable } from "../../../src/config/load.ts";

describe("the state directory", () => {
  test.each([
    { title: "is that of the flag", flag: "/a", environment: { MINI_ISOLATE_STATE_DIR: "/b" }, uid: 0, directory: "/a" },
    { title: "is that of the variable without the flag", flag: undefined, environment: { MINI_ISOLATE_STATE_DIR: "/b" }, uid: 0, directory: "/b" },
    { title: "is that of root without either", flag: undefined, environment: {}, uid: 0, directory: "/tmp/mini-isolate" },
    { title: "is another one for every other user", flag: undefined, environment: {}, uid: 1000, directory: "/tmp/mini-isolate-1000" },
    { title: "is made absolute", flag: "x", environment: {}, uid: 0, directory: `${process.cwd()}/x` },
    { title: "is that of the flag even if the variable is empty", flag: "/a", environment: { MINI_ISOLATE_STATE_DIR: "" }, uid: 0, directory: "/a" },
  ])("$title", ({ flag, environment, uid, directory }) => {
    expect(resolveStateDir(flag, environment as Record<string, string>, uid)).toBe(directory);
  });

  test("is refused when the variable is empty", () => {
    expect(() => resolveStateDir(undefined, { MINI_ISOLATE_STATE_DIR: "" }, 0)).toThrow("cannot use MINI_ISOLATE_STATE_DIR: it is empty");
  });
});

test("the caller's environment is a copy", () => {
  const copy = callerEnvironment() as Record<string, string>;
  copy["MINI_ISOLATE_TEST"] = "1";
  expect(process.env["MINI_ISOLATE_TEST"]).toBeUndefined();
});

describe("the range of uids", () => {
  const withVariable = (text: string): ReturnType<typeof uidRange> => {
    process.env[uidRangeVariable] = text;
    try {
      return uidRange();
    } finally {
      delete process.env[uidRangeVariable];
    }
  };

  test("is the default one when the variable is not set", () => expect(uidRange()).toBeUndefined());

  test.each([
    { text: "61000-61010", range: { first: 61_000, last: 61_010 } },
    { text: "70000-70000", range: { first: 70_000, last: 70_000 } },
  ])("$text is one", ({ text, range }) => expect(withVariable(text)).toEqual(range));

  test.each(["", "61000", "0-10", "10-9", "1-2-3", "-5", "a-b", "1e3-2e3", " 1-2", "61000-4294967295"])("'%s' is none", (text) => {
    expect(() => withVariable(text)).toThrow(/cannot use MINI_ISOLATE_UIDS/);
  });
});
