import { describe, expect, test } from "bun:test";
import type { CapturedOutput, Holding } from "../../../../src/model/observation.ts";
import { compileErrorResult, runResult, stepResult } from "../../../../src/executor/verdict/result.ts";
import type { Enforcement } from "../../../../src/model/result.ts";
import { quietRun } from "../samples.ts";

const enforced: Enforcement = {
  memory: "cgroup-v1", cpu_time: "cgroup-v1", wall_time: "clock", processes: "cgroup-v1", network: "namespace", filesystem: "pivot_root", syscalls: "seccomp", user: 60_000,
};
const success = { status: "Success", message: null } as const;

function output(bytes: readonly number[] | string, truncated = false): CapturedOutput {
  return { bytes: Buffer.from(bytes as string), truncated };
}

function resultWith(stdout: CapturedOutput, stderr = output("")) {
  return stepResult({ ...quietRun, stdout, stderr }, success, enforced);
}

describe("disk usage in the result", () => {
  const usageOf = (unseen: Holding["unseen"]) => stepResult({ ...quietRun, holding: { bytes: 4096, files: 1, unseen } }, success, enforced).disk_usage;
  test("is what was found", () => {
    expect(usageOf(null)).toEqual({ bytes: 4096, files: 1 });
  });
  test("is null when not everything was looked at, or nothing", () => {
    expect([usageOf("too many"), usageOf("out of reach"), stepResult({ ...quietRun, holding: null }, success, enforced).disk_usage]).toEqual([null, null, null]);
  });
});

describe("output in the result", () => {
  test("that is UTF-8 is text, without base64", () => {
    const result = resultWith(output("grün ✓\n"), output("é"));
    expect(result).toMatchObject({ stdout: "grün ✓\n", stderr: "é" });
    expect(Object.keys(result)).not.toContainAnyValues(["stdout_base64", "stderr_base64"]);
  });

  test("that is not UTF-8 is text with replacement characters, and the bytes as they were", () => {
    const result = resultWith(output([0x61, 0xff, 0x62]), output([0xc3]));
    expect(result).toMatchObject({ stdout: "a\ufffdb", stdout_base64: "Yf9i", stderr: "\ufffd", stderr_base64: "ww==" });
  });

  test("has base64 only for the stream that needs it", () => {
    expect(resultWith(output("fine"), output([0x80]))).not.toHaveProperty("stdout_base64");
  });

  test("has the bytes of a slice, not of the buffer behind it", () => {
    const behind = Uint8Array.of(1, 2, 0xff, 3);
    expect(resultWith({ bytes: behind.subarray(2, 3), truncated: false }).stdout_base64).toBe("/w==");
  });

  test("keeps a byte order mark and NUL bytes", () => {
    expect(resultWith(output([0xef, 0xbb, 0xbf, 0x41, 0, 0x42])).stdout).toBe("\ufeffA\0B");
  });

  test("says of each stream whether it was cut", () => {
    expect(resultWith(output("a", true), output("b"))).toMatchObject({ stdout_truncated: true, stderr_truncated: false });
    expect(resultWith(output("a"), output("b", true))).toMatchObject({ stdout_truncated: false, stderr_truncated: true });
  });

  test("that was cut within a character is not UTF-8", () => {
    expect(resultWith(output([0x61, 0xe2, 0x9c], true))).toMatchObject({ stdout: "a\ufffd", stdout_base64: "YeKc" });
  });
});

describe("a step", () => {
  test("has seconds to the microsecond, and bytes", () => {
    const result = stepResult({ ...quietRun, cpuTimeMs: 1.2345678, wallTimeMs: 3456.7, memoryPeakBytes: 12_288 }, success, enforced);
    expect(result).toMatchObject({ cpu_time: 0.001235, wall_time: 3.4567, memory_peak: 12_288 });
    expect(result.resource_usage).toEqual({ cpu_time: 0.001235, wall_time: 3.4567, memory_peak: 12_288, context_switches: 4, page_faults: 30 });
  });

  test("is a success only when its status says so", () => {
    expect(stepResult(quietRun, success, enforced)).toMatchObject({ status: "Success", success: true, error_message: null });
    const verdict = { status: "TimeLimit", message: "too slow" } as const;
    expect(stepResult(quietRun, verdict, enforced)).toMatchObject({ status: "TimeLimit", success: false, error_message: "too slow" });
  });

  test("has either an exit code or a signal", () => {
    expect(stepResult(quietRun, success, enforced)).toMatchObject({ exit_code: 0, signal: null });
    expect(stepResult({ ...quietRun, exitCode: null, signal: 9 }, success, enforced)).toMatchObject({ exit_code: null, signal: 9 });
  });
});

describe("the whole document", () => {
  const step = stepResult(quietRun, success, enforced);
  const failure = { ...stepResult({ ...quietRun, exitCode: 1 }, { status: "RuntimeError", message: "the program ended with exit code 1" }, enforced), cached: false };

  test("of a run has the facts of the run, and the compile step beside them", () => {
    expect(runResult(step, "cpp", failure)).toEqual({ ...step, phase: "run", language: "cpp", compile: failure });
  });

  test("of a compile step that failed is CompileError, whatever limit it was, and speaks of the compiler", () => {
    for (const status of ["RuntimeError", "TimeLimit", "MemoryLimit", "Signaled"] as const) {
      const result = compileErrorResult({ ...failure, status }, "cpp");
      expect(result).toMatchObject({ status: "CompileError", success: false, phase: "compile", language: "cpp", error_message: "the compiler ended with exit code 1" });
      expect(result.compile).toMatchObject({ status, error_message: "the compiler ended with exit code 1" });
    }
  });

  test("of a failed compile step says in the step alone that it was compiled just now", () => {
    const result = compileErrorResult(failure, "cpp");
    expect([result.compile?.cached, "cached" in result]).toEqual([false, false]);
  });

  test("of a compile step that was our fault stays InternalError", () => {
    expect(compileErrorResult({ ...failure, status: "InternalError", error_message: "cannot mount /dev" }, "c")).toMatchObject({ status: "InternalError", error_message: "cannot mount /dev" });
  });

  test("ends with what was enforced", () => {
    expect(Object.keys(runResult(step, null, null)).at(-1)).toBe("enforced");
  });
});
