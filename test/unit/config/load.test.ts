import { describe, expect, test } from "bun:test";
import { callerEnvironment, resolveStateDir } from "../../../src/config/load.ts";

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
