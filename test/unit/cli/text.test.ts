import { describe, expect, test } from "bun:test";
import { formatResult } from "../../../src/cli/text.ts";
import type { ExecutionResult } from "../../../src/model/result.ts";
import { compileWith, resultWith } from "./sample-result.ts";

const plain = { verbose: false, terminal: false };

const textOf = (changes: Partial<ExecutionResult>, form = plain) => Buffer.from(formatResult(resultWith(changes), form)).toString();

describe("the text form", () => {
  test("of a success", () => {
    expect(textOf({ stdout: "Hello, World!\n" })).toBe(
      "Status: Success\nExit code: 0\nTime: 1.234s (wall), 0.567s (CPU)\nMemory peak: 2048 KB\n\n--- STDOUT ---\nHello, World!\n",
    );
  });

  test("has a colour for the word of the status, and for nothing else, where that is wanted", () => {
    const first = (changes: Partial<ExecutionResult>) => Buffer.from(formatResult(resultWith(changes), { verbose: false, terminal: true, colour: true })).toString().split("\n")[0];
    expect(first({})).toBe("Status: \x1b[32mSuccess\x1b[0m");
    expect(first({ status: "RuntimeError", success: false })).toBe("Status: \x1b[31mRuntimeError\x1b[0m");
    expect(first({ status: "TimeLimit", success: false, limit: "cpu_time" as never })).toBe("Status: \x1b[33mTimeLimit\x1b[0m");
  });

  test("shows no section for empty output", () => {
    expect(textOf({})).toBe("Status: Success\nExit code: 0\nTime: 1.234s (wall), 0.567s (CPU)\nMemory peak: 2048 KB\n");
  });

  test("shows both sections when asked for", () => {
    expect(textOf({}, { verbose: true, terminal: false })).toEndWith(" KB\nWith page cache: 2048 KB\nDisk usage: 20 KB in 3 files\n\n--- STDOUT ---\n\n--- STDERR ---\n");
  });

  test("knows one file from several, and what is not known, of what the box holds", () => {
    const form = { verbose: true, terminal: false };
    expect(textOf({ disk_usage: { bytes: 0, files: 1 } }, form)).toContain("\nDisk usage: 0 KB in 1 file\n");
    expect(textOf({ disk_usage: null }, form)).toContain("\nDisk usage: unknown\n");
  });

  test("ends every section with a line feed", () => {
    expect(textOf({ stdout: "a", stderr: "b" })).toEndWith("\n\n--- STDOUT ---\na\n\n--- STDERR ---\nb\n");
  });

  test("names what was sampled, and what was not kept away, with the means", () => {
    const enforced = resultWith({}).enforced;
    const line = (changes: Partial<typeof enforced>) => /^Not fully enforced: .*$/m.exec(textOf({ enforced: { ...enforced, ...changes } }))?.[0] ?? null;
    expect(line({})).toBeNull();
    expect(line({ memory: "cgroup-v2", network: "none" })).toBeNull();
    expect(line({ memory: "cgroup-v2, peak sampled" })).toBe("Not fully enforced: memory (cgroup-v2, peak sampled)");
    expect(line({ memory: "sampling", cpu_time: "sampling", processes: "rlimit" })).toBe("Not fully enforced: memory (sampling), CPU time (sampling), processes (rlimit)");
    expect(line({ filesystem: "none", network: "none" })).toBe("Not fully enforced: file system (none), network (none)");
    expect(line({ cpus: "cgroup-v1" })).toBeNull();
    expect(line({ filesystem: "chroot" })).toBe(null);
    expect(line({ filesystem: "chroot, no /proc" })).toBe("Not fully enforced: file system (chroot, no /proc), network (namespace)");
    expect(line({ cpus: "affinity, shared" })).toBe("Not fully enforced: processors (affinity, shared)");
  });

  test("of a non-zero exit code", () => {
    expect(textOf({ status: "RuntimeError", exit_code: 3, error_message: "the program ended with exit code 3", stderr: "no\n" })).toMatchInlineSnapshot(`
      "Status: RuntimeError
      Exit code: 3
      Time: 1.234s (wall), 0.567s (CPU)
      Memory peak: 2048 KB
      Message: the program ended with exit code 3

      --- STDERR ---
      no
      "
    `);
  });

  test("of a signal", () => {
    expect(textOf({ status: "Signaled", exit_code: null, signal: 11, error_message: "the program was ended by signal 11 (SIGSEGV)" })).toMatchInlineSnapshot(`
      "Status: Signaled
      Signal: 11 (SIGSEGV)
      Time: 1.234s (wall), 0.567s (CPU)
      Memory peak: 2048 KB
      Message: the program was ended by signal 11 (SIGSEGV)
      "
    `);
  });

  test.each([
    [6, "Signal: 6 (SIGABRT)"],
    [25, "Signal: 25 (SIGXFSZ)"],
    [34, "Signal: 34 (SIGRTMIN+0)"],
    [64, "Signal: 64 (SIGRTMIN+30)"],
  ])("names signal %d", (signal, line) => {
    expect(textOf({ status: "Signaled", exit_code: null, signal }).split("\n")[1]).toBe(line);
  });

  test("of a time limit keeps the output", () => {
    expect(
      textOf({ status: "TimeLimit", exit_code: null, signal: 9, stdout: "first\n", error_message: "the CPU time limit of 1 s was exceeded", cpu_time: 1.0012, wall_time: 1.02 }),
    ).toMatchInlineSnapshot(`
      "Status: TimeLimit
      Signal: 9 (SIGKILL)
      Time: 1.020s (wall), 1.001s (CPU)
      Memory peak: 2048 KB
      Message: the CPU time limit of 1 s was exceeded

      --- STDOUT ---
      first
      "
    `);
  });

  test("of an output that was cut off", () => {
    expect(textOf({ status: "FileSizeLimit", exit_code: null, signal: 9, stdout: "aaaa", stdout_truncated: true })).toMatchInlineSnapshot(`
      "Status: FileSizeLimit
      Signal: 9 (SIGKILL)
      Time: 1.234s (wall), 0.567s (CPU)
      Memory peak: 2048 KB
      Truncated: stdout

      --- STDOUT ---
      aaaa
      "
    `);
  });

  test("of a fault of ours has no exit code", () => {
    expect(textOf({ status: "InternalError", exit_code: null, error_message: "cannot mount /proc: EPERM (operation not permitted)" })).toMatchInlineSnapshot(`
      "Status: InternalError
      Time: 1.234s (wall), 0.567s (CPU)
      Memory peak: 2048 KB
      Message: cannot mount /proc: EPERM (operation not permitted)
      "
    `);
  });

  test("of a failed compilation shows the compiler's messages once", () => {
    const compile = compileWith({ status: "RuntimeError", exit_code: 1, stderr: "a.c:1:1: error: no" });
    expect(
      textOf({ status: "CompileError", phase: "compile", exit_code: 1, language: "c", stderr: compile.stderr, compile, error_message: "the compiler ended with exit code 1" }),
    ).toMatchInlineSnapshot(`
      "Status: CompileError
      Exit code: 1
      Time: 1.234s (wall), 0.567s (CPU)
      Memory peak: 2048 KB
      Message: the compiler ended with exit code 1

      --- COMPILE ---
      a.c:1:1: error: no
      "
    `);
  });

  test("shows warnings of the compiler only when asked for", () => {
    const compile = compileWith({ stderr: "warning: x\n" });
    expect(textOf({ compile, language: "c" })).not.toContain("COMPILE");
    expect(textOf({ compile, language: "c" }, { verbose: true, terminal: false })).toContain("\n--- COMPILE ---\nwarning: x\n\n--- STDOUT ---\n");
  });

  test("of a silent compiler has no section", () => {
    expect(textOf({ compile: compileWith({}), language: "c" }, { verbose: true, terminal: false })).not.toContain("COMPILE");
  });

  test("of a compile result that was kept says so when asked for, also when the compiler was silent", () => {
    const kept = { ...compileWith({}), cached: true };
    expect(textOf({ compile: kept, language: "c" }, { verbose: true, terminal: false })).toContain("\n--- COMPILE (from cache) ---\n\n--- STDOUT ---\n");
    expect(textOf({ compile: kept, language: "c" })).not.toContain("COMPILE");
  });

  test("rounds the peak to KB of 1024 bytes", () => {
    expect(textOf({ memory_peak: 1535 })).toContain("Memory peak: 1 KB\n");
    expect(textOf({ memory_peak: 1536 })).toContain("Memory peak: 2 KB\n");
  });

  test("shows what several runs took in a table", () => {
    const seconds = { min: 0.1, median: 0.2, max: 0.4, spread: 0.3 };
    const repeat = { runs: 4, statuses: { Success: 3, TimeLimit: 1 }, cpu_time: seconds, wall_time: null, memory_peak: { min: 1024, median: 2048, max: 4096, spread: 3072 } };
    expect(textOf({ repeat })).toContain(
      ["Runs: 4 (3 Success, 1 TimeLimit)", "             min     median  max     spread", "CPU time     0.100s  0.200s  0.400s  0.300s", "Wall time    -       -       -       -", "Memory peak  1 KB    2 KB    4 KB    3 KB", ""].join("\n"),
    );
  });

  test("says when the peak was not measured", () => {
    expect(textOf({ memory_peak: null })).toContain("Memory peak: not measured\n");
  });
});

describe("bytes that are not text", () => {
  const bytes = Uint8Array.from([0xff, 0x00, 0x1b, 0x0a]);
  const binary = { stdout: "\ufffd\0\x1b\n", stdout_base64: Buffer.from(bytes).toString("base64") };

  test("come out as they were when nobody looks", () => {
    expect([...formatResult(resultWith(binary), plain).slice(-4)]).toEqual([...bytes]);
  });

  test("are escaped on a terminal", () => {
    expect(textOf(binary, { verbose: false, terminal: true })).toEndWith("--- STDOUT ---\n\ufffd\\x00\\x1b\n");
  });

  test("also in messages on a terminal", () => {
    const text = textOf({ status: "RuntimeError", exit_code: 1, error_message: "\x1b]0;title\x07\x9b31m" }, { verbose: false, terminal: true });
    expect(text).toContain("Message: \\x1b]0;title\\x07\\u009b31m\n");
  });

  test("line feeds and tabs stay", () => {
    expect(textOf({ stdout: "a\tb\nc" }, { verbose: false, terminal: true })).toEndWith("a\tb\nc\n");
  });
});
