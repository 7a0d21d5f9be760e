/** From an observation and its verdict to the parts of the result document that speak about one step. */
import { signals } from "../../kernel/os-numbers.ts";
import type { CompileResult, DiskUsage, Enforcement, ExecutionResult, StepResult } from "../../model/result.ts";
import { msToSeconds } from "../../model/units.ts";
import type { Verdict } from "./classify.ts";
import type { CapturedOutput, Holding, Observation } from "../../model/observation.ts";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text with replacement characters, plus the bytes as they were when they are not UTF-8. */
function decode({ bytes }: CapturedOutput): { text: string; base64: string | null } {
  try {
    return { text: strictUtf8.decode(bytes), base64: null };
  } catch {
    return { text: lenientUtf8.decode(bytes), base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64") };
  }
}

export function stepResult(observed: Observation, verdict: Verdict, enforced: Enforcement): StepResult {
  const stdout = decode(observed.stdout);
  const stderr = decode(observed.stderr);
  const cpu = msToSeconds(observed.cpuTimeMs);
  const wall = msToSeconds(observed.wallTimeMs);
  return {
    status: verdict.status,
    success: verdict.status === "Success",
    limit: verdict.limit ?? null,
    // The kernel's signal for a forbidden call, as where the filter itself kills: how the main process ended when the box was
    // killed for a call, perhaps of another process, depends on the moment only.
    exit_code: observed.forbidden === null ? observed.exitCode : null,
    signal: observed.forbidden === null ? observed.signal : signals.SIGSYS,
    forbidden_syscall: observed.forbidden?.name ?? null,
    stdout: stdout.text,
    stderr: stderr.text,
    ...(stdout.base64 === null ? {} : { stdout_base64: stdout.base64 }),
    ...(stderr.base64 === null ? {} : { stderr_base64: stderr.base64 }),
    stdout_truncated: observed.stdout.truncated,
    stderr_truncated: observed.stderr.truncated,
    cpu_time: cpu,
    wall_time: wall,
    memory_peak: observed.memoryPeakBytes,
    memory_peak_source: observed.memoryPeakSource,
    cgroup_memory_peak: observed.groupMemoryPeakBytes,
    resource_usage: {
      cpu_time: cpu,
      wall_time: wall,
      memory_peak: observed.memoryPeakBytes,
      context_switches: observed.contextSwitches,
      page_faults: observed.pageFaults,
    },
    disk_usage: diskUsage(observed.holding),
    error_message: verdict.message,
    enforced,
  };
}

function diskUsage(holding: Holding | null): DiskUsage | null {
  return holding === null || holding.unseen !== null ? null : { bytes: holding.bytes, files: holding.files };
}

/** The whole document of a run without a compile step, or after one that succeeded. */
export function runResult(step: StepResult, language: string | null, compile: CompileResult | null): ExecutionResult {
  const { enforced, repeat, ...facts } = step;
  return { ...facts, phase: "run", language, compile, enforced, ...(repeat === undefined ? {} : { repeat }) };
}

/** The whole document when it was only to be compiled, and was. */
export function compileResult(compile: CompileResult, language: string | null): ExecutionResult {
  const { cached: _cached, ...facts } = compile;
  return { ...facts, phase: "compile", language, compile };
}

/** The whole document when the compile step was the last one: whatever went wrong there is a CompileError. */
export function compileErrorResult(compile: CompileResult, language: string | null): ExecutionResult {
  const { enforced, cached: _cached, ...facts } = compile;
  const status = compile.status === "InternalError" ? "InternalError" : "CompileError";
  // The verdict was made as for any program; here the program was the compiler.
  const error_message = compile.error_message?.replace(/^the program/, "the compiler") ?? null;
  return { ...facts, status, success: false, error_message, phase: "compile", language, compile: { ...compile, error_message }, enforced };
}
