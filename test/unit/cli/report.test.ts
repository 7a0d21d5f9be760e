import { describe, expect, test } from "bun:test";
import { exitCodeOfError, formatError, formatInternalError } from "../../../src/cli/report.ts";
import { errno, SyscallError } from "../../../src/kernel/errno.ts";
import { configError, IsolateError } from "../../../src/model/errors.ts";

describe("an error of ours", () => {
  test("is one line, and a second one with what to do", () => {
    expect(formatError(configError("box 7 does not exist"))).toBe("mini-isolate: box 7 does not exist\n");
    expect(formatError(configError("box 7 does not exist", "make it"))).toBe("mini-isolate: box 7 does not exist\nhint: make it\n");
  });

  test("cannot steer a terminal", () => {
    expect(formatError(configError("no file \x1b[31m\r"))).toBe("mini-isolate: no file \\x1b[31m\\x0d\n");
  });

  test.each([
    { title: "Config", error: configError("x"), code: 64 },
    { title: "LockBusy", error: new IsolateError("LockBusy", "x"), code: 75 },
    { title: "Io", error: new IsolateError("Io", "x"), code: 5 },
    { title: "Cgroup", error: new IsolateError("Cgroup", "x"), code: 5 },
    { title: "Process with a code of its own", error: new IsolateError("Process", "x", { exitCode: 69 }), code: 69 },
    { title: "nobody's", error: new Error("x"), code: 5 },
    { title: "no error at all", error: "x", code: 5 },
  ])("of kind $title has exit code $code", ({ error, code }) => {
    expect(exitCodeOfError(error)).toBe(code);
  });

  test("for want of room on the disk has no stack, wherever it came from, and says what to do", () => {
    expect(formatError(new SyscallError("write", errno.ENOSPC, "x"))).toBe(
      "mini-isolate: cannot go on: write x: ENOSPC (no space left on device)\nhint: the disk is full: make room, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)\n",
    );
  });

  test.each([
    [errno.EMFILE, "ulimit -n"], [errno.EROFS, "read-only"], [errno.EFBIG, "ulimit -f"], [errno.EAGAIN, "ulimit -u"], [errno.ENOMEM, "short of memory"], [errno.EIO, "dmesg"],
    [errno.EACCES, "mini-isolate doctor"], [errno.ENOENT, "mini-isolate doctor"],
  ])("that the kernel refused (%d) has no stack, and a hint", (number, hint) => {
    const lines = formatError(new SyscallError("open", number, "x")).split("\n");
    expect(lines).toEqual([expect.stringMatching(/^mini-isolate: cannot go on: open x: E/), expect.stringMatching(/^hint: /), ""]);
    expect(lines[1]).toContain(hint);
  });

  test.each([
    { error: new IsolateError("Process", "cannot run the program: EPERM"), names: true },
    { error: new IsolateError("Cgroup", "controller memory is not mounted", { hint: "mount it" }), names: true },
    { error: new SyscallError("posix_spawn", errno.EACCES, "x"), names: true },
    { error: new IsolateError("Process", "stopped", { aboutHost: false }), names: false },
    { error: new IsolateError("Process", "python3 is not installed", { exitCode: 69 }), names: false },
    { error: new IsolateError("Io", "cannot write x"), names: false },
    { error: configError("no such box"), names: false },
    { error: new TypeError("x is undefined"), names: false },
  ])("$error.message: names doctor where the host may be why ($names)", ({ error, names }) => {
    expect(formatError(error).endsWith("\nhint: mini-isolate doctor says what is missing\n")).toBe(names);
  });

  test.each([
    ["cannot unshare namespaces: EPERM", true],
    [null, true],
    ["stopped because mini-isolate received SIGTERM", false],
    ["cannot open stdin file in.txt in the box: ENOENT", false],
    ["cannot enter /nowhere: ENOENT", false],
  ])("of a run: %j", (message, names) => {
    const text = formatInternalError(message);
    expect(text).toStartWith(`mini-isolate: ${message ?? "internal error"}\n`);
    expect(text.includes("mini-isolate doctor")).toBe(names);
  });

  test("that nobody foresaw shows where it happened", () => {
    const text = formatError(new TypeError("x is undefined"));
    expect(text).toStartWith("mini-isolate: internal error: x is undefined\nTypeError: x is undefined\n");
    expect(text).toContain("report.test.ts");
  });
});
