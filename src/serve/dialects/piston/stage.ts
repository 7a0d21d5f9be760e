/** What came of a compiler or a program, in the words of Piston. */
import { signalName } from "../../../executor/verdict/classify.ts";
import type { Contents } from "../../content.ts";
import type { JobResult, RunOutcome } from "../../outcome.ts";
import { contentText } from "../content-text.ts";

/** RE: its exit code is not 0. SG: a signal. TO: time. OL, EL: too much on stdout, stderr. XX: the host's fault. */
export type StageStatus = "RE" | "SG" | "TO" | "OL" | "EL" | "XX";

export interface StageEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly status: StageStatus | null;
  readonly message: string | null;
}

export interface Stage extends StageEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly output: string;
  /** Milliseconds. */
  readonly cpu_time: number | null;
  readonly wall_time: number | null;
  /** Bytes. */
  readonly memory: number | null;
}

/** @throws HttpFault 500 when an output is gone */
export async function stageOf(run: RunOutcome, contents: Contents): Promise<Stage> {
  const [stdout, stderr] = [await contentText(contents, run.stdout), await contentText(contents, run.stderr)];
  return {
    stdout,
    stderr,
    output: run.output === null ? stdout + stderr : await contentText(contents, run.output),
    ...endOf(run),
    cpu_time: milliseconds(run.cpu_time),
    wall_time: milliseconds(run.wall_time),
    memory: run.memory_peak,
  };
}

/** How it ended. A box that was killed for a limit has no exit code, whatever its main process had. */
export function endOf(run: RunOutcome): StageEnd {
  const message = run.error_message;
  const killed = (status: StageStatus, signal = "SIGKILL"): StageEnd => ({ code: null, signal, status, message });
  switch (run.status) {
    case "Success": return { code: run.exit_code ?? 0, signal: null, status: null, message };
    case "TimeLimit": return killed("TO");
    case "MemoryLimit": return killed("SG");
    case "FileSizeLimit":
      if (run.limit === "output") return killed(run.stderr_truncated && !run.stdout_truncated ? "EL" : "OL");
      return killed("SG", "SIGXFSZ");
    case "SecurityViolation": return killed("SG", "SIGSYS");
    case "InternalError": return { code: null, signal: null, status: "XX", message };
    default:
      if (run.signal !== null) return killed("SG", signalName(run.signal));
      return { code: run.exit_code ?? 1, signal: null, status: "RE", message };
  }
}

/** The stage of a run that the host could not make. */
export function hostStage(problem: string | null): Stage {
  const message = problem ?? "the program could not be run";
  return { stdout: "", stderr: "", output: "", code: null, signal: null, status: "XX", message, cpu_time: null, wall_time: null, memory: null };
}

export interface Stages {
  readonly compile?: Stage;
  readonly run: Stage;
}

/** Both stages; when it could not be compiled, `run` is a copy of `compile`, as older clients read only that. @returns null: nothing ran */
export async function stagesOf({ compile, tests, problem, outcome }: JobResult, contents: Contents): Promise<Stages | null> {
  const compiled = compile === null ? null : await stageOf(compile, contents);
  const before = compiled === null ? {} : { compile: compiled };
  const [test] = tests;
  if (test !== undefined) return { ...before, run: await stageOf(test.run, contents) };
  if (compiled === null || compile === null) return null;
  return { ...before, run: compile.success || outcome !== "finished" ? hostStage(problem) : compiled };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
