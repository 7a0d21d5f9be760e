/** One job in the process of a slot. */
import { IsolateError, messageOf } from "../../model/errors.ts";
import type { ExecutionStatus } from "../../model/status.ts";
import type { Job } from "../job.ts";
import { runCommands } from "./run-commands.ts";
import { runProgram } from "./run-program.ts";
import type { SlotResult } from "./slot-protocol.ts";
import type { Surroundings } from "./surroundings.ts";

const nothing: Omit<SlotResult, "outcome" | "problem" | "status"> = { compile: null, tests: [], commands: [] };

/** Never throws: what cannot be run is a job that failed, and says why. */
export async function runJob({ work }: Job, around: Surroundings): Promise<SlotResult> {
  try {
    const { outcome, problem, ...what } = await resultOf(work, around);
    return around.isCancelled ? { ...what, outcome: "cancelled", problem: "the job was cancelled" } : { ...what, outcome, problem };
  } catch (error) {
    if (around.isCancelled) return { ...nothing, outcome: "cancelled", problem: "the job was cancelled", status: "InternalError" };
    return { ...nothing, outcome: "failed", problem: withHint(error), status: "InternalError" };
  }
}

async function resultOf(work: Job["work"], around: Surroundings): Promise<SlotResult> {
  return work.kind === "commands" ? await commandsResult(work, around) : await programResult(work, around);
}

async function commandsResult(work: Extract<Job["work"], { kind: "commands" }>, around: Surroundings): Promise<SlotResult> {
  const commands = await runCommands(work, around);
  const status = commands.find(({ run }) => !run.success)?.run.status ?? "Success";
  return { outcome: "finished", problem: null, status, compile: null, tests: [], commands };
}

async function programResult(work: Extract<Job["work"], { kind: "program" }>, around: Surroundings): Promise<SlotResult> {
  const { compile, tests } = await runProgram(work, around);
  const failed = tests.find(({ check }) => check?.kind === "failed");
  const status: ExecutionStatus = compile !== null && !compile.success ? "CompileError" : (tests.find(({ run }) => !run.success)?.run.status ?? "Success");
  if (failed !== undefined) return { outcome: "failed", problem: failed.check!.message ?? "the checker failed", status: "InternalError", compile, tests, commands: [] };
  return { outcome: "finished", problem: null, status, compile, tests, commands: [] };
}

function withHint(error: unknown): string {
  const hint = error instanceof IsolateError ? error.hint : null;
  return hint == null ? messageOf(error) : `${messageOf(error)} (${hint})`;
}
