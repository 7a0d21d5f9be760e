/**
 * The library: boxes that run untrusted programs, for programs that run under Bun.
 *
 * ```ts
 * import { Isolate, IsolateError } from "mini-isolate";
 *
 * const box = Isolate.new({ memory_limit: 64 * 1024 * 1024, time_limit: 2, cpu_time_limit: 2, wall_time_limit: 4 });
 * try {
 *   const result = await box.executeFile("solution.cpp", "1 2\n");
 *   console.log(result.status, result.stdout, result.cpu_time, result.memory_peak);
 * } catch (error) {
 *   // Never a verdict about the program: something of ours could not be done.
 *   if (!(error instanceof IsolateError)) throw error;
 *   console.error(error.kind, error.message, error.hint);
 * } finally {
 *   box.cleanup();
 * }
 * ```
 *
 * Sizes are in bytes and times in seconds, everywhere. While a program runs the event loop of the caller stays free. Runs in
 * different boxes go on side by side; a second run in a box that is in use is an error of kind `LockBusy`.
 */
export { IsolateError, type IsolateErrorKind } from "./model/errors.ts";
export { Isolate, plainRun } from "./library/isolate.ts";
export { IsolatePool, type PoolOptions } from "./library/pool.ts";
export { judge } from "./library/judge.ts";
export type { JudgingOptions } from "./library/judging-options.ts";
export { decide } from "./judge/decide/decide.ts";
export { readProblem } from "./judge/formats/read.ts";
export type { Decision, GroupDecision, Policy, TestDecision } from "./judge/decide/decision.ts";
export type { Expectation } from "./judge/expectation.ts";
export type { JudgeEvent, SubmissionResult, TestResult } from "./judge/events.ts";
export type { Addition, BuiltInChecker, Checker, CheckerProtocol, ExampleSubmission, Format, Group, Interactor, Kind, Problem, ProblemLimits, Program, Rule, Test } from "./judge/problem.ts";
export type { CheckRecord, PassRecord, RunRecord, Said, TestLimits, TestRecord } from "./judge/records.ts";
export type { SubmissionFacts } from "./judge/submission-facts.ts";
export type { Verdict } from "./judge/verdict.ts";
export type { NewOptions, StoreOptions } from "./instance/options.ts";
export type { IsolateConfig, IsolateConfigInput, KeptPackEntry } from "./config/config.ts";
export type { AbortSignalLike, LanguageInfo, Languages, RunOptions, SourceRequest, StdinInput } from "./library/options.ts";
export type { ProgramInput, RunningProgram } from "./library/running-program.ts";
export type { ByteStream, ChunkTaker, OutputStream, WritableByteStream } from "./library/stream-types.ts";
export type { Overrides, Stdin } from "./model/overrides.ts";
export type { CompileResult, DiskUsage, Enforcement, ExecutionResult, Figures, RepeatReport, ResourceUsage, StepResult } from "./model/result.ts";
export type { FileOut } from "./model/files-out.ts";
export type { LimitKey } from "./model/limits.ts";
export type { Network } from "./model/network.ts";
export type { PeakSource } from "./model/peak-source.ts";
export type { Permission } from "./model/permissions.ts";
export type { SeccompProfile } from "./model/seccomp.ts";
export type { ExecutionStatus, ReachedLimit } from "./model/status.ts";
