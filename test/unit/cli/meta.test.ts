import { describe, expect, test } from "bun:test";
import { formatFault, formatMeta } from "../../../src/cli/meta.ts";
import { statuses } from "../../../src/model/status.ts";
import type { ExecutionResult } from "../../../src/model/result.ts";
import { resultWith } from "./sample-result.ts";

const sampled = { ...resultWith().enforced, memory: "sampling" };
const stats = ["time:0.567", "time-wall:1.234", "max-rss:2048"];

const rows: { title: string; result: Partial<ExecutionResult>; lines: string[] }[] = [
  { title: "Success", result: {}, lines: [...stats, "cg-mem:2048", "exitcode:0"] },
  { title: "Success of a program that read large files", result: { cgroup_memory_peak: 64 * 2 ** 20 }, lines: [...stats, "cg-mem:65536", "exitcode:0"] },
  { title: "Success without a cgroup", result: { enforced: sampled }, lines: [...stats, "exitcode:0"] },
  { title: "Success without a measured peak", result: { enforced: sampled, memory_peak: null }, lines: ["time:0.567", "time-wall:1.234", "exitcode:0"] },
  {
    title: "RuntimeError",
    result: { status: "RuntimeError", exit_code: 3, error_message: "the program ended with exit code 3" },
    lines: [...stats, "cg-mem:2048", "exitcode:3", "status:RE", "message:Exited with error status 3"],
  },
  {
    title: "Signaled",
    result: { status: "Signaled", exit_code: null, signal: 11, error_message: "the program was ended by signal 11 (SIGSEGV)" },
    lines: [...stats, "cg-mem:2048", "exitsig:11", "status:SG", "message:Caught fatal signal 11"],
  },
  {
    title: "Signaled by its own SIGKILL",
    result: { status: "Signaled", exit_code: null, signal: 9 },
    lines: [...stats, "cg-mem:2048", "exitsig:9", "status:SG", "message:Caught fatal signal 9"],
  },
  {
    title: "TimeLimit, killed",
    result: { status: "TimeLimit", exit_code: null, signal: 9, error_message: "the CPU time limit of 1 s was exceeded" },
    lines: [...stats, "cg-mem:2048", "status:TO", "message:Time limit exceeded", "killed:1"],
  },
  {
    title: "TimeLimit on the wall clock, killed",
    result: { status: "TimeLimit", exit_code: null, signal: 9, limit: "wall_time", error_message: "the wall time limit of 1 s was exceeded" },
    lines: [...stats, "cg-mem:2048", "status:TO", "message:Time limit exceeded (wall clock)", "killed:1"],
  },
  {
    title: "TimeLimit, found after the end",
    result: { status: "TimeLimit", exit_code: 0, error_message: "the CPU time limit of 0.5 s was exceeded" },
    lines: [...stats, "cg-mem:2048", "status:TO", "message:Time limit exceeded"],
  },
  {
    title: "MemoryLimit, the main process was killed",
    result: { status: "MemoryLimit", exit_code: null, signal: 9, error_message: "the memory limit of 5 bytes was reached" },
    lines: [...stats, "cg-mem:2048", "cg-oom-killed:1", "exitsig:9", "status:SG", "message:the memory limit of 5 bytes was reached"],
  },
  {
    title: "MemoryLimit, a child was killed",
    result: { status: "MemoryLimit", exit_code: 137, error_message: "the memory limit of 5 bytes was reached" },
    lines: [...stats, "cg-mem:2048", "cg-oom-killed:1", "exitcode:137", "status:RE", "message:the memory limit of 5 bytes was reached"],
  },
  {
    title: "MemoryLimit although the main process went on to exit 0",
    result: { status: "MemoryLimit", exit_code: 0, error_message: "the memory limit of 5 bytes was reached" },
    lines: [...stats, "cg-mem:2048", "cg-oom-killed:1", "exitcode:0", "status:RE", "message:the memory limit of 5 bytes was reached"],
  },
  {
    title: "MemoryLimit by sampling: we killed it",
    result: { status: "MemoryLimit", exit_code: null, signal: 9, enforced: sampled, error_message: "m" },
    lines: [...stats, "exitsig:9", "status:SG", "message:m", "killed:1"],
  },
  {
    title: "ProcessLimit",
    result: { status: "ProcessLimit", exit_code: 2, error_message: "the limit of 1 processes and threads was reached and the program failed" },
    lines: [...stats, "cg-mem:2048", "exitcode:2", "status:RE", "message:the limit of 1 processes and threads was reached and the program failed"],
  },
  {
    title: "FileSizeLimit by SIGXFSZ",
    result: { status: "FileSizeLimit", exit_code: null, signal: 25, error_message: "m" },
    lines: [...stats, "cg-mem:2048", "exitsig:25", "status:SG", "message:m"],
  },
  {
    title: "FileSizeLimit by the output cap: we killed it",
    result: { status: "FileSizeLimit", exit_code: null, signal: 9, error_message: "m" },
    lines: [...stats, "cg-mem:2048", "exitsig:9", "status:SG", "message:m", "killed:1"],
  },
  {
    title: "SecurityViolation",
    result: { status: "SecurityViolation", exit_code: null, signal: 31, error_message: "m" },
    lines: [...stats, "cg-mem:2048", "exitsig:31", "status:SG", "message:m"],
  },
  {
    title: "CompileError",
    result: { status: "CompileError", phase: "compile", exit_code: 1, error_message: "m" },
    lines: [...stats, "cg-mem:2048", "exitcode:1", "status:RE", "message:m"],
  },
  { title: "InternalError", result: { status: "InternalError", exit_code: null, error_message: "cannot mount" }, lines: ["status:XX", "message:cannot mount"] },
];

describe("the meta file", () => {
  test.each(rows)("$title", ({ result, lines }) => {
    expect(formatMeta(resultWith(result)).split("\n")).toEqual([...lines, ""]);
  });

  test("every status has a row", () => {
    const covered = new Set(rows.map(({ result }) => result.status ?? "Success"));
    expect(statuses.filter((status) => !covered.has(status))).toEqual([]);
  });

  test.each([
    [0, "0.000"],
    [0.0009, "0.000"],
    [0.012, "0.012"],
    [1.001, "1.001"],
    [1.9999, "1.999"],
    [4.35, "4.350"],
    [3600.1234, "3600.123"],
  ])("cuts %d s to %s", (cpu_time, text) => {
    expect(formatMeta(resultWith({ cpu_time }))).toStartWith(`time:${text}\n`);
  });

  test("a message is one line of at most 1023 bytes", () => {
    expect(formatFault("a\nb\r\n\tc")).toBe("status:XX\nmessage:a b c\n");
    const long = formatFault(`${"x".repeat(1022)}é`);
    expect(Buffer.byteLength(long)).toBe("status:XX\nmessage:\n".length + 1022);
  });
});
