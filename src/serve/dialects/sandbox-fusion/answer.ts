/** What came of a job, in the words of SandboxFusion. */
import type { Contents } from "../../content.ts";
import type { JobResult, RunOutcome } from "../../outcome.ts";
import { contentBytes, contentText } from "../content-text.ts";

interface CommandResult {
  readonly status: "Finished" | "Error" | "TimeLimitExceeded";
  /** Seconds. */
  readonly execution_time: number;
  /** Negative: the number of the signal. */
  readonly return_code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunCodeAnswer {
  readonly status: "Success" | "Failed" | "SandboxError";
  readonly message: string;
  readonly compile_result: CommandResult | null;
  readonly run_result: CommandResult | null;
  readonly executor_pod_name: string | null;
  /** Base64, by name. */
  readonly files: Readonly<Record<string, string>>;
}

const [killed, fileTooLarge, badCall] = [-9, -25, -31];

/** @throws HttpFault 500 when an output is gone */
export async function answerOf(result: JobResult, contents: Contents): Promise<RunCodeAnswer> {
  const { outcome, compile, tests, problem, worker } = result;
  const run = tests[0]?.run ?? null;
  const last = run ?? compile;
  const isFault = outcome !== "finished" || last === null || last.status === "InternalError" || (compile?.success === true && run === null);
  return {
    status: isFault ? "SandboxError" : run?.success === true ? "Success" : "Failed",
    message: isFault ? (problem ?? last?.error_message ?? (outcome === "finished" ? "the program could not be run" : `the job was ${outcome}`)) : (last.error_message ?? ""),
    compile_result: compile === null ? null : await commandResult(compile, contents),
    run_result: run === null ? null : await commandResult(run, contents),
    executor_pod_name: worker,
    files: run === null ? {} : await filesOf(run, contents),
  };
}

async function commandResult(run: RunOutcome, contents: Contents): Promise<CommandResult> {
  const [stdout, stderr] = [await contentText(contents, run.stdout), await contentText(contents, run.stderr)];
  const isOver = run.status === "TimeLimit";
  return { status: isOver ? "TimeLimitExceeded" : run.status === "InternalError" ? "Error" : "Finished", execution_time: run.wall_time, return_code: returnCode(run), stdout, stderr };
}

function returnCode({ status, exit_code, signal, limit }: RunOutcome): number | null {
  switch (status) {
    case "TimeLimit":
    case "InternalError": return null;
    case "MemoryLimit": return killed!;
    case "FileSizeLimit": return limit === "output" ? killed! : fileTooLarge!;
    case "SecurityViolation": return badCall!;
    default: return signal === null ? exit_code : -signal;
  }
}

async function filesOf({ files }: RunOutcome, contents: Contents): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const [name, file] of Object.entries(files)) {
    if ("content" in file) found[name] = Buffer.from(await contentBytes(contents, file.content)).toString("base64");
  }
  return found;
}
