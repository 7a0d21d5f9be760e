/** Results for the tests of the text form and the meta file. */
import type { ExecutionResult } from "../../../src/model/result.ts";

/** A successful run with some fields changed. */
export function resultWith(changes: Partial<ExecutionResult> = {}): ExecutionResult {
  const { cpu_time = 0.567, wall_time = 1.234, memory_peak = 2 * 1024 * 1024 } = changes;
  return {
    status: "Success",
    success: (changes.status ?? "Success") === "Success",
    limit: null,
    exit_code: 0,
    signal: null,
    forbidden_syscall: null,
    stdout: "",
    stderr: "",
    stdout_truncated: false,
    stderr_truncated: false,
    cpu_time,
    wall_time,
    memory_peak,
    memory_peak_source: memory_peak === null ? null : "peaks between looks",
    cgroup_memory_peak: memory_peak,
    resource_usage: { cpu_time, wall_time, memory_peak, context_switches: 3, page_faults: 120 },
    disk_usage: { bytes: 20_480, files: 3 },
    error_message: null,
    phase: "run",
    language: null,
    compile: null,
    enforced: {
      memory: "cgroup-v1",
      cpu_time: "cgroup-v1",
      wall_time: "clock",
      processes: "cgroup-v1",
      network: "namespace",
      filesystem: "pivot_root",
      syscalls: "seccomp",
      user: 60000,
    },
    ...changes,
  };
}

/** What a compile step left, without the fields that only a whole execution has. */
export function compileWith(changes: Partial<ExecutionResult>): NonNullable<ExecutionResult["compile"]> {
  const { phase: _phase, language: _language, compile: _compile, ...measured } = resultWith(changes);
  return { ...measured, cached: false };
}
