/** Verdicts: pure functions of what was measured and of the policy, so that they can be decided again without running anything. */
import type { CheckRecord, RunRecord, TestLimits } from "./records.ts";

/** `JE`: the judge failed, which says nothing about the submission. */
export const verdicts = ["AC", "WA", "TLE", "MLE", "RTE", "OLE", "CE", "JE"] as const;
export type Verdict = (typeof verdicts)[number];

export interface TestVerdict {
  /** The verdict of the test. */
  readonly verdict: Verdict;
  /** For people; null when there is nothing to say. */
  readonly message: string | null;
  /** The program was out of time on the clock while it computed little: it waited, or others had the processor. */
  readonly isIdle: boolean;
}

/**
 * The verdict of one test: time before memory before a crash before too much output before the checker.
 * @param check null: the checker was not asked, as the run was no success
 */
export function testVerdict(run: RunRecord, check: CheckRecord | null, limits: TestLimits): TestVerdict {
  const of = (verdict: Verdict, message: string | null, isIdle = false): TestVerdict => ({ verdict, message, isIdle });
  if (run.status === "InternalError") return of("JE", run.error_message);
  // A limit that was made smaller since counts as well, whatever else the run was.
  if (run.status === "TimeLimit" || (limits.cpu_time_limit !== null && run.cpu_time > limits.cpu_time_limit)) return of("TLE", outOfTime(run, limits), run.limit === "wall_time" && isMostlyIdle(run));
  const isOverMemory = limits.memory_limit !== null && run.memory_peak !== null && run.memory_peak > limits.memory_limit;
  switch (isOverMemory ? "MemoryLimit" : run.status) {
    case "MemoryLimit":
      return of("MLE", limits.memory_limit === null ? null : `more than ${limits.memory_limit / 2 ** 20} MB`);
    case "FileSizeLimit":
      return of("OLE", run.limit === "output" && limits.output_limit !== null ? `more than ${limits.output_limit / 2 ** 20} MB of output` : run.error_message);
    case "Success":
      break;
    default:
      return of("RTE", run.error_message);
  }
  if (check === null) return of("JE", "the output was not checked");
  if (check.kind === "failed") return of("JE", check.message);
  return check.kind === "accepted" ? of("AC", null) : of("WA", check.message);
}

function outOfTime({ limit, cpu_time: cpu, wall_time: wall }: RunRecord, limits: TestLimits): string | null {
  if (limit === "wall_time") return limits.wall_time_limit === null ? null : `more than ${limits.wall_time_limit} s on the clock, with ${cpu.toFixed(3)} s of CPU time in ${wall.toFixed(3)} s`;
  if (limits.cpu_time_limit === null || cpu <= limits.cpu_time_limit) return `ended after ${cpu.toFixed(3)} s of CPU time, by a limit that was smaller: run it again to know more`;
  return `more than ${limits.cpu_time_limit} s of CPU time`;
}

const isMostlyIdle = ({ cpu_time: cpu, wall_time: wall }: RunRecord) => cpu < wall / 2;

/** Whether a run is so close to a limit, on either side, that another one could end otherwise. @param part of the limit, such as 0.1 */
export function isNearLimit(run: RunRecord, { cpu_time_limit: timeLimit }: TestLimits, part: number): boolean {
  if (timeLimit === null) return false;
  if (run.limit === "wall_time" && isMostlyIdle(run)) return true;
  return (run.status === "Success" || run.status === "TimeLimit") && run.cpu_time >= timeLimit * (1 - part) && run.cpu_time <= timeLimit * (1 + part);
}

/** How a submission gets its verdict: of the first test that is not accepted, or of the worst one. */
export type Combination = "first" | "worst";

/** From what is worst on, as the graders of the problem package format have it. A judge error is worse than all. */
const fromWorst: readonly Verdict[] = ["JE", "CE", "RTE", "MLE", "TLE", "OLE", "WA", "AC"];

/** @returns null when there are none */
export function worstOf(known: readonly Verdict[]): Verdict | null {
  return fromWorst.find((verdict) => known.includes(verdict)) ?? null;
}
