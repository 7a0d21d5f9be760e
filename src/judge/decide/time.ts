/** Which time limit a test stayed within. Seconds. */
import type { PassRecord, TestRecord } from "../records.ts";

const wallFactor = 2;
const wallSeconds = 1;

/** The limit on the clock that comes with a CPU time limit, and ends what waits: a program that computes reaches the other one first, also beside others. */
export const wallTimeWith = (cpuTime: number) => cpuTime * wallFactor + wallSeconds;

export interface Reached {
  /** The least CPU time limit with which the test was not out of time; where it was ended for its time, one that is surely too small. */
  readonly time: number;
  /** A run of it was ended for its time, so nobody knows how long it takes. */
  readonly isEnded: boolean;
}

/** Of its slowest pass, as each has the limit to itself. */
export function limitReached({ passes }: TestRecord): Reached {
  return passes.map(ofPass).reduce((most, pass) => (pass.time > most.time || (pass.time === most.time && pass.isEnded) ? pass : most), { time: 0, isEnded: false });
}

function ofPass({ run }: PassRecord): Reached {
  if (run === null) return { time: 0, isEnded: false };
  const isEnded = run.status === "TimeLimit";
  // Who waited would also have waited with more time.
  return { time: isEnded && run.limit === "wall_time" ? Math.max(run.cpu_time, (run.wall_time - wallSeconds) / wallFactor) : run.cpu_time, isEnded };
}
