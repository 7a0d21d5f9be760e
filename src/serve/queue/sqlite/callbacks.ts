/** Who is still to be told of the end of a job. It stands in the store, so that it survives us. */
import type { DueCallback } from "../queue.ts";
import { markFetched } from "./ending.ts";
import type { Change } from "./group-commit.ts";
import { storedBySeq } from "./reading.ts";
import type { JobRow } from "./statements.ts";
import type { Store } from "./store.ts";

/** A sender has so long; then it is due again. Milliseconds. */
const lentMs = 60_000;

export function lendCallbacks(store: Store, most: number): readonly DueCallback[] {
  const { statements, clock } = store;
  const now = clock.now();
  return statements.all<{ readonly seq: number; readonly attempts: number }>("dueCallbacks", now, most).flatMap(({ seq, attempts }) => {
    const stored = storedBySeq(store, seq);
    if (stored === null) return [];
    statements.run("lendCallback", now + lentMs, seq);
    return [{ stored, attempt: attempts + 1 }];
  });
}

/** @param error null: it arrived @param retryInMs null: it is over */
export function settleCallback(store: Store, change: Change, id: string, error: string | null, retryInMs: number | null): void {
  const { statements, clock } = store;
  const row = statements.get<JobRow>("jobById", id);
  if (row === null) return;
  if (error === null) statements.run("removeCallback", row.seq);
  else statements.run("setCallback", retryInMs === null ? null : clock.now() + Math.max(0, Math.floor(retryInMs)), error, row.seq);
  if (retryInMs === null) change.after(() => markFetched(store, { ...row, called: 0 }));
}
