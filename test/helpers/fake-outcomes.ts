/** Results of jobs as a test wants them: everything that it does not say is that of a program that did nothing and succeeded. */
import { type Content, inline } from "../../src/serve/content.ts";
import type { CommandOutcome, CompileOutcome, JobResult, RunOutcome, TestOutcome } from "../../src/serve/outcome.ts";
import type { Enforcement } from "../../src/model/result.ts";

const enforced: Enforcement = {
  memory: "cgroup-v2", cpu_time: "cgroup-v2", wall_time: "clock", processes: "cgroup-v2", network: "namespace", filesystem: "pivot_root", syscalls: "seccomp", user: 60000,
};

/** What a run is made of; outputs may be texts or bytes. */
export type RunParts = Partial<Omit<RunOutcome, "stdout" | "stderr" | "output">> & {
  readonly stdout?: string | Uint8Array | Content;
  readonly stderr?: string | Uint8Array | Content;
  /** Left out: both, one after the other. */
  readonly output?: string | Uint8Array | Content | null;
};

/** A run. `success` follows `status`; an exit code that is not said is 0 when no signal is said. */
export function runOutcome({ stdout = "", stderr = "", output, ...parts }: RunParts = {}): RunOutcome {
  const [out, err] = [contentOf(stdout), contentOf(stderr)];
  const both = output === undefined ? inline(Buffer.concat([bytesOf(out), bytesOf(err)])) : output === null ? null : contentOf(output);
  const status = parts.status ?? "Success";
  return {
    status, success: status === "Success", limit: null, exit_code: parts.signal === undefined || parts.signal === null ? 0 : null, signal: null, forbidden_syscall: null,
    stdout: out, stderr: err, output: both, stdout_truncated: false, stderr_truncated: false,
    cpu_time: 0.012, wall_time: 0.034, memory_peak: 1_048_576, memory_peak_source: null, cgroup_memory_peak: null, disk_usage: null, error_message: null, enforced, files: {},
    ...parts,
  };
}

/** A compile step. */
export function compileOutcome(parts: RunParts & { readonly cached?: boolean } = {}): CompileOutcome {
  return { cached: false, ...runOutcome(parts) } as CompileOutcome;
}

/** A test with its run; accepted when the run is a success. */
export function testOutcome(run: RunParts = {}, parts: Partial<TestOutcome> = {}): TestOutcome {
  const outcome = runOutcome(run);
  return { name: "1", run: outcome, check: null, accepted: outcome.success, runs: 1, ...parts };
}

/** A command with its run. */
export function commandOutcome(run: RunParts = {}, parts: Partial<CommandOutcome> = {}): CommandOutcome {
  return { run: runOutcome(run), began: true, fileErrors: [], procPeak: null, ...parts };
}

/** A result that is said part by part. `status` follows compiler and tests. */
export function jobResult(parts: Partial<JobResult> = {}): JobResult {
  const { compile = null, tests = [] } = parts;
  const failed = tests.find(({ run }) => !run.success);
  const status = compile !== null && !compile.success ? "CompileError" : (failed?.run.status ?? "Success");
  return {
    outcome: "finished", problem: null, status, compile, tests, commands: [], startedAt: 1_700_000_000_000, endedAt: 1_700_000_000_050, attempt: 1, worker: "fake",
    ...parts,
  };
}

/** The result of a job with one test. */
export function ranOnce(run: RunParts = {}, compile: CompileOutcome | null = null): JobResult {
  return jobResult({ tests: [testOutcome(run)], compile });
}

/** The result of a job whose compiler refused it. */
export function didNotCompile(compile: RunParts = {}): JobResult {
  return jobResult({ compile: compileOutcome({ status: "RuntimeError", exit_code: 1, stderr: "error: no", ...compile }), status: "CompileError" });
}

/** The result of a job that says nothing about its program. */
export function hostFailed(problem = "the host has no memory left"): JobResult {
  return jobResult({ outcome: "failed", problem, status: "InternalError" });
}

function contentOf(value: string | Uint8Array | Content): Content {
  if (typeof value === "string") return { text: value };
  return value instanceof Uint8Array ? inline(value) : value;
}

function bytesOf(content: Content): Uint8Array {
  if ("text" in content) return Buffer.from(content.text);
  return "base64" in content ? Buffer.from(content.base64, "base64") : new Uint8Array();
}
