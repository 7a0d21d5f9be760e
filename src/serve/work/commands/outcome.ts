/** What came of a command, from the result of its run. */
import type { ExecutionResult } from "../../../model/result.ts";
import { noContent } from "../../content.ts";
import type { RunOutcome } from "../../outcome.ts";

/** Its outputs are files, by the names of their collectors. */
export function outcomeOf(result: ExecutionResult, files: RunOutcome["files"]): RunOutcome {
  const { stdout, stderr, stdout_base64, stderr_base64, files: _files, repeat, resource_usage, phase, language, compile, ...step } = result;
  return { ...step, stdout: noContent, stderr: noContent, output: null, files };
}

/** Nothing of it has run. */
export function notRun(message: string): RunOutcome {
  const none = "none";
  return {
    status: "InternalError", success: false, limit: null, exit_code: null, signal: null, forbidden_syscall: null,
    stdout: noContent, stderr: noContent, output: null, stdout_truncated: false, stderr_truncated: false,
    cpu_time: 0, wall_time: 0, memory_peak: null, memory_peak_source: null, cgroup_memory_peak: null, disk_usage: null, error_message: message,
    enforced: { memory: none, cpu_time: none, wall_time: none, processes: none, network: none, filesystem: none, syscalls: none, user: process.geteuid!() },
    files: {},
  };
}

const SIGKILL = 9;

/** It was ended for somebody outside who does not want it any more. */
export function cancelled(run: RunOutcome): RunOutcome {
  return { ...run, status: "Signaled", success: false, limit: null, exit_code: null, signal: SIGKILL, error_message: "the job was cancelled" };
}

/** It was ended since it wrote more than is kept. */
export function overflowed(run: RunOutcome): RunOutcome {
  return { ...run, status: "FileSizeLimit", success: false, limit: "output", error_message: "the program wrote more than was to be kept of an output" };
}
