/** What the last process has left: its line, and jobs that ran when it was killed. */
import { endJob, placeOf, startOver, unrun, waitInLine } from "./ending.ts";
import type { Change } from "./group-commit.ts";
import type { JobRow } from "./statements.ts";
import type { Store } from "./store.ts";

export function takeUp(store: Store, change: Change): void {
  for (const row of store.statements.all<JobRow>("openJobs")) {
    if (row.state === 0) waitInLine(store, change, placeOf(row));
    else if (row.cancelled === 1) endJob(store, change, row, unrun(store, row, "cancelled"));
    else startOver(store, change, row, row.counted, "the service was ended while it ran");
  }
}
