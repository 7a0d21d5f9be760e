import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { describeErrno, errno, errnoOf, reasonOf, SyscallError } from "../../../src/kernel/errno.ts";
import { call, tryCall } from "../../../src/kernel/ffi.ts";

/** What node:fs throws for a missing file. */
function nodeError(): unknown {
  try {
    readFileSync("/no/such/file");
  } catch (error) {
    return error;
  }
  return null;
}

describe("an error number", () => {
  test.each([
    [1, "EPERM (operation not permitted)"],
    [2, "ENOENT (no such file or directory)"],
    [8, /^ENOEXEC \([a-z -]+\)$/],
    [10, /^ECHILD/],
    [13, "EACCES (permission denied)"],
    [18, /^EXDEV \([a-z -]+\)$/],
    [40, /^ELOOP \([a-z -]+\)$/],
    [122, /^EDQUOT/],
    [524, /^ENOTSUPP .*net.core.bpf_jit_limit/],
  ] as const)("%d is its name and its words", (number, text) => {
    if (typeof text === "string") expect(describeErrno(number)).toBe(text);
    else expect(describeErrno(number)).toMatch(text);
  });

  test("that nobody knows is shown as it is", () => {
    expect(describeErrno(999)).toBe("errno 999");
  });

  test("is found in errors of ours and of node:fs, and in nothing else", () => {
    expect(errnoOf(new SyscallError("mount", errno.EBUSY))).toBe(errno.EBUSY);
    expect(errnoOf(nodeError())).toBe(errno.ENOENT);
    for (const other of [new Error("x"), null, undefined, "EACCES", { errno: "2" }]) expect(errnoOf(other)).toBeNull();
  });

  test("is the reason in a message; without one the message itself is", () => {
    expect(reasonOf(new SyscallError("mount", errno.EACCES, "/x"))).toBe("EACCES (permission denied)");
    expect(reasonOf(nodeError())).toBe("ENOENT (no such file or directory)");
    expect(reasonOf(new Error("something else"))).toBe("something else");
    expect(reasonOf("text")).toBe("text");
  });
});

describe("a system call", () => {
  test("that is refused gives the negated error number, or throws with the call and its object", () => {
    expect(tryCall("close", 987_654)).toBe(-errno.EBADF);
    expect(() => call("chdir", "/no/such", "/no/such")).toThrow("chdir /no/such: ENOENT (no such file or directory)");
    expect(() => call("close", "", 987_654)).toThrow(/^close: EBADF/);
  });

  test("gets strings as the kernel reads them", () => {
    const cwd = new Uint8Array(4096);
    const before = process.cwd();
    process.chdir("/usr");
    try {
      expect(Buffer.from(cwd.buffer, 0, call("getcwd", "", cwd, cwd.length) - 1).toString()).toBe("/usr");
    } finally {
      process.chdir(before);
    }
    expect(tryCall("openat", -100, "/etc/passwd\0ignored", 0o10000000)).toBeGreaterThan(2);
  });

  test("gets all of several strings, also while memory is collected", () => {
    for (let round = 0; round < 200; round++) {
      const missing = [`/no/such/${"a".repeat(round)}`, `/nor/such/${"b".repeat(round)}`] as const;
      if (round % 20 === 0) Bun.gc(true);
      expect(tryCall("renameat2", -100, missing[0], -100, missing[1], 0)).toBe(-errno.ENOENT);
    }
  });
});
