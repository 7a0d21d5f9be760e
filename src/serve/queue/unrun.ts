/** Results of jobs that end without a run of theirs: the store makes them. */
import type { JobResult } from "../outcome.ts";

/**
 * @param problem why, for people; null for what somebody asked for
 * @param attempt starts so far
 */
export function unrunResult(outcome: "failed" | "cancelled" | "expired", problem: string | null, attempt: number, startedAt: number | null, endedAt: number): JobResult {
  return { outcome, problem, status: "InternalError", compile: null, tests: [], commands: [], startedAt, endedAt, attempt, worker: null };
}

/** Why a job is among the dead. */
export function deadProblem(attempts: number): string {
  return `it was started ${attempts} times, and each time its worker was lost before there was a result`;
}
