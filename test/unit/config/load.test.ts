import { describe, expect, test } from "bun:test";
import { cacheSizeVariable, callerEnvironment, compileCacheBytes, resolveStateDir, uidRange, uidRangeVariable, waysToManager } from "../../../src/config/load.ts";

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

describe("the user's service manager", () => {
  test.each([
    { title: "is where systemd puts it", environment: {}, direct: "/run/user/1000/systemd/private", bus: "/run/user/1000/bus" },
    { title: "is in the directory of the session", environment: { XDG_RUNTIME_DIR: "/x" }, direct: "/x/systemd/private", bus: "/x/bus" },
    { title: "is on the bus of the session", environment: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/b/us,guid=12" }, direct: "/run/user/1000/systemd/private", bus: "/b/us" },
    { title: "is on the bus whose address has a path", environment: { DBUS_SESSION_BUS_ADDRESS: "tcp:host=x;unix:guid=1,path=/a%20b" }, direct: "/run/user/1000/systemd/private", bus: "/a b" },
    { title: "is on no bus without a path", environment: { DBUS_SESSION_BUS_ADDRESS: "unix:abstract=/x" }, direct: "/run/user/1000/systemd/private", bus: "/run/user/1000/bus" },
  ])("$title", ({ environment, direct, bus }) => {
    expect(waysToManager(environment as Record<string, string>, 1000)).toEqual([{ socket: direct, direct: true }, { socket: bus, direct: false }]);
  });
});

describe("the size of the compile cache", () => {
  const withVariable = (text: string): number => {
    process.env[cacheSizeVariable] = text;
    try {
      return compileCacheBytes();
    } finally {
      delete process.env[cacheSizeVariable];
    }
  };

  test("is 1 GB when the variable is not set", () => expect(compileCacheBytes()).toBe(2 ** 30));

  test.each([["0", 0], ["64", 64 * 2 ** 20], ["67108864", 2 ** 46]])("is that of the variable: %s MB", (text, bytes) => expect(withVariable(text)).toBe(bytes));

  test.each(["", " 1", "-1", "1.5", "1e3", "0x10", "1G", "unlimited", "67108865"])("'%s' is refused", (text) => {
    expect(() => withVariable(text)).toThrow(`cannot use MINI_ISOLATE_CACHE_MB '${text}'`);
  });
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
