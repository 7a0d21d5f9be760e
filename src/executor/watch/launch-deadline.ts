/** How long a launcher has until it becomes the program. */
import type { RunJob } from "./job.ts";

/** A launcher that has not started the program by then never will (mounts on a dead network file system, for one). */
const longestMs = 30_000;
/** What a launch takes at most beside waiting for others, on a host that is not in trouble. */
const slackMs = 1000;

type Waiting = Pick<RunJob, "opens" | "limits">;

/** Who waits for a named pipe has as much time as the program would have to read it. Milliseconds; Infinity without a wall time limit. */
export function launchDeadlineMs({ opens, limits }: Waiting): number {
  return opens.length === 0 ? longestMs : slackMs + (limits.wallTimeMs ?? Infinity);
}

/** What is said when that time is over. */
export function whyNotStarted({ opens, limits }: Waiting): string {
  if (opens.length === 0) return `the launcher did not start the program within ${longestMs / 1000} s`;
  return `nobody opened the other end of ${opens.join(" or ")} within the wall time limit of ${(limits.wallTimeMs ?? Infinity) / 1000} s: the program was not started`;
}
