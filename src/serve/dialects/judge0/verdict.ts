/** What came of a submission, in the words of Judge0. */
import type { Content } from "../../content.ts";
import type { StoredJob } from "../../queue/queue.ts";
import type { CompileOutcome, JobResult, RunOutcome, TestOutcome } from "../../outcome.ts";
import type { Memo } from "./memo.ts";
import { statusId } from "./statuses.ts";

/** null: there is none, or not yet. */
export interface Verdict {
  readonly status: number;
  readonly stdout: Content | null;
  readonly stderr: Content | null;
  /** What the compiler wrote, and what is said of it besides. */
  readonly compileOutput: readonly Content[];
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly exitSignal: number | null;
  /** Seconds. */
  readonly time: number | null;
  readonly wallTime: number | null;
  /** Bytes. */
  readonly memory: number | null;
  /** A zip file. */
  readonly filesystem: Content | null;
}

const nothing: Omit<Verdict, "status"> = { stdout: null, stderr: null, compileOutput: [], message: null, exitCode: null, exitSignal: null, time: null, wallTime: null, memory: null, filesystem: null };

/** Signals that have statuses of their own, and the number of each. */
const bySignal: Readonly<Record<number, number>> = { 11: statusId.segmentation, 25: statusId.fileSize, 8: statusId.arithmetic, 6: statusId.aborted };
const [sigxcpu, sigxfsz, sigsys] = [24, 25, 31];

/** What Judge0 says of a process that the memory limit ended: there is no status for it, and clients look for this number. */
const killedByMemory = 137;

export function verdictOf({ state, result, job }: StoredJob): Verdict {
  if (result === null) return { ...nothing, status: state === "queued" ? statusId.inQueue : statusId.processing };
  const { compile, tests: [test] } = result;
  const notRun = notRunBecause(result);
  if (notRun !== null) return { ...nothing, status: statusId.internal, message: notRun, compileOutput: compile === null ? [] : [compile.stdout, compile.stderr] };
  if (compile !== null && !compile.success) return { ...nothing, status: statusId.compilation, compileOutput: compileOutput(compile) };
  return { ...runVerdict(test!, job.memo as Memo), compileOutput: compile === null ? [] : [compile.stdout, compile.stderr] };
}

/** A fault of the host is never a verdict about the program. */
function notRunBecause({ outcome, problem, status, tests, compile }: JobResult): string | null {
  if (outcome === "cancelled") return "the submission was cancelled";
  if (outcome === "expired") return "the submission was not begun in time";
  if (outcome === "failed" || status === "InternalError" || tests[0]?.run.status === "InternalError" || compile?.status === "InternalError") return problem ?? tests[0]?.run.error_message ?? compile?.error_message ?? "the submission could not be run";
  if (tests[0]?.check?.kind === "failed") return `the output could not be compared: ${tests[0].check.message ?? "no reason is known"}`;
  return compile?.success !== false && tests.length === 0 ? "the submission was not run" : null;
}

/** What ended a compiler that did not say what is wrong. */
function compileOutput({ stdout, stderr, status, limit, error_message: why }: CompileOutcome): readonly Content[] {
  const said = [stdout, stderr];
  if (status === "RuntimeError" || status === "CompileError") return said;
  const note = status === "TimeLimit" ? "Compilation time limit exceeded." : status === "MemoryLimit" ? "Compilation memory limit exceeded." : `Compilation failed: ${why ?? limit ?? status}.`;
  return [...said, { text: `${note}\n` }];
}

type Ending = Pick<Verdict, "status" | "message" | "exitCode" | "exitSignal">;

function runVerdict({ run, check }: TestOutcome, memo: Memo): Verdict {
  const measured = { ...nothing, stdout: run.stdout, stderr: memo.stderrToStdout ? null : run.stderr, time: run.cpu_time, wallTime: run.wall_time, memory: run.memory_peak, filesystem: run.directory ?? null };
  const limit = memo.numbers.cpu_time_limit;
  // In its extra time it may have come to any end.
  if (memo.perProcessTime ? run.signal === sigxcpu : limit > 0 && run.cpu_time > limit) return { ...measured, ...endedBy(run, statusId.timeLimit, "Time limit exceeded") };
  return { ...measured, ...endingOf(run, check?.kind === "wrong", memo) };
}

function endingOf(run: RunOutcome, isWrong: boolean, memo: Memo): Ending {
  switch (run.status) {
    case "Success": return { status: isWrong ? statusId.wrongAnswer : statusId.accepted, message: null, exitCode: run.exit_code ?? 0, exitSignal: null };
    case "TimeLimit": return endedBy(run, statusId.timeLimit, run.limit === "wall_time" ? "Time limit exceeded (wall clock)" : "Time limit exceeded");
    case "MemoryLimit": return { status: statusId.exitCode, message: `${exited(killedByMemory)} (memory limit of ${memo.numbers.memory_limit} KB exceeded)`, exitCode: killedByMemory, exitSignal: null };
    case "FileSizeLimit": return { status: statusId.fileSize, message: `${caught(sigxfsz)} (${tooLarge(run, memo)})`, exitCode: null, exitSignal: sigxfsz };
    case "SecurityViolation": return { status: statusId.otherSignal, message: `${caught(sigsys)} (forbidden system call${run.forbidden_syscall === null ? "" : ` ${run.forbidden_syscall}`})`, exitCode: null, exitSignal: sigsys };
    case "ProcessLimit": {
      const ending = plainEnding(run);
      return { ...ending, message: `${ending.message} (limit of ${memo.numbers.max_processes_and_or_threads} processes and threads reached)` };
    }
    default: return plainEnding(run);
  }
}

function plainEnding(run: RunOutcome): Ending & { readonly message: string } {
  const { signal } = run;
  if (signal !== null) return { ...endedBy(run, bySignal[signal] ?? statusId.otherSignal, caught(signal)), message: caught(signal) };
  const exitCode = run.exit_code ?? 1;
  return { status: statusId.exitCode, message: exited(exitCode), exitCode, exitSignal: null };
}

const endedBy = ({ exit_code: exitCode, signal: exitSignal }: RunOutcome, status: number, message: string): Ending => ({ status, message, exitCode, exitSignal });

function tooLarge({ limit }: RunOutcome, { numbers: { max_file_size: most } }: Memo): string {
  if (limit === "output") return `more than ${most} KB of output`;
  return limit === "disk" ? "too much in the working directory" : `a file of more than ${most} KB`;
}

const exited = (code: number) => `Exited with error status ${code}`;
const caught = (signal: number) => `Caught fatal signal ${signal}`;
