/** What a talk of several processes with a manager means. Pure. */
import type { CheckRecord, PassRecord, RunRecord, Said } from "../records.ts";

/** What was seen besides the results of the runs. */
export interface GroupFacts {
  /** The process, by its number, or the manager; what came after it came of it. null: nobody failed while the manager ran. */
  readonly failedFirst: number | "manager" | null;
  /** The manager ended by itself, with exit code 0. */
  readonly isManagerWell: boolean;
  /** Of each process: the judge ended it. */
  readonly areStopped: readonly boolean[];
}

/**
 * The record of a test: the processes are one run, which fails with any of them.
 * @param runs one for each process
 * @param check what the manager said; it does not count when a process failed before
 * @param isSum CPU times are added up; else that of the slowest process counts
 */
export function groupRecord(facts: GroupFacts, runs: readonly RunRecord[], check: CheckRecord, transcript: readonly Said[] | null, isSum: boolean): PassRecord {
  const isManagerFirst = facts.failedFirst === "manager";
  const asked = facts.isManagerWell || isManagerFirst ? check : null;
  return { run: wholeRun(facts, runs, isSum), check: asked, first_to_end: isManagerFirst ? "interactor" : "submission", transcript };
}

function wholeRun({ failedFirst, areStopped }: GroupFacts, runs: readonly RunRecord[], isSum: boolean): RunRecord {
  const others = runs.findIndex(({ status }, number) => status !== "Success" && !areStopped[number]);
  const number = typeof failedFirst === "number" ? failedFirst : others;
  const stopped = areStopped.findIndex((isStopped) => isStopped);
  const most = (of: (run: RunRecord) => number | null) => Math.max(...runs.map((run) => of(run) ?? 0));
  const sum = (of: (run: RunRecord) => number | null) => runs.reduce((total, run) => total + (of(run) ?? 0), 0);
  const whole: RunRecord = {
    ...runs[Math.max(0, number)]!,
    // In whole microseconds, as each of them.
    cpu_time: Math.round((isSum ? sum : most)((run) => run.cpu_time) * 1e6) / 1e6,
    wall_time: most((run) => run.wall_time),
    memory_peak: runs.every((run) => run.memory_peak === null) ? null : most((run) => run.memory_peak),
    output_bytes: sum((run) => run.output_bytes),
  };
  if (number >= 0) return runs.length === 1 || whole.error_message === null ? whole : { ...whole, error_message: `process ${number}: ${whole.error_message}` };
  return stopped < 0 ? whole : { ...whole, status: "Signaled", limit: null, exit_code: null, signal: 9, error_message: "the judge ended it, as the manager had failed" };
}
