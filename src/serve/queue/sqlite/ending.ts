/** A job ends: its result is stored, once, and whoever watches is told. */
import type { JobResult } from "../../outcome.ts";
import { referredContents } from "../referred-contents.ts";
import { unrunResult } from "../unrun.ts";
import type { Change } from "./group-commit.ts";
import { countContents } from "./job-contents.ts";
import type { JobRow } from "./statements.ts";
import type { Store } from "./store.ts";
import type { Lease } from "./leases.ts";
import type { Place } from "./waiting-line.ts";

export function placeOf({ class: index, key, seq }: JobRow): Place {
  return { class: index, key, seq };
}

/** @param row of a job that has not ended */
export function endJob(store: Store, change: Change, row: JobRow, result: JobResult, isDead = false): void {
  const { statements, counters, options, clock } = store;
  const json = JSON.stringify(result);
  const contents = referredContents(result, json);
  const bytes = row.bytes + Buffer.byteLength(json);
  statements.run("addResult", row.seq, json);
  countContents(store, change, row.seq, contents);
  statements.run("end", isDead ? 1 : 0, bytes, clock.now() + (row.keep ? row.keep : options.results.keepMs), row.seq);
  if (row.called === 1) statements.run("addCallback", row.seq, clock.now());
  counters.add(change, "results", 1);
  counters.add(change, "bytes", bytes);
  counters.add(change, "dead", isDead ? 1 : 0);
  change.after(() => {
    // Nobody asks for the result of what was given up by the one who waited for it; and who watches has it now.
    if (result.outcome === "cancelled" || store.watchers.isWatched(row.id)) markFetched(store, row);
    store.watchers.publish(row.id, { kind: "ended", result });
  });
}

/** A job that is kept until it was fetched may go soon. */
export function markFetched(store: Store, row: Pick<JobRow, "seq" | "keep" | "called">): void {
  if (row.keep === 0 && row.called === 0 && !store.fetched.has(row.seq)) store.fetched.set(row.seq, store.clock.monotonic());
}

/** The result of a job that ends without one of its own. */
export function unrun(store: Store, row: JobRow, outcome: "failed" | "cancelled" | "expired", problem: string | null = null): JobResult {
  return unrunResult(outcome, problem, row.starts, row.started, store.clock.now());
}

/**
 * A start has come to nothing: the job is queued again in its place, or is among the dead.
 * @param row of a job that runs, or ran in a process that is gone @param counted starts that count, this one included if it does
 */
export function startOver(store: Store, change: Change, row: JobRow, counted: number, reason: string): void {
  if (counted >= store.options.attempts) {
    const times = counted === 1 ? "once" : `${counted} times`;
    endJob(store, change, row, unrun(store, row, "failed", `it was started ${times} without a result, and is not started again. The last time: ${reason}`), true);
    return;
  }
  store.statements.run("requeue", counted, row.seq);
  waitInLine(store, change, placeOf(row));
  change.after(() => {
    store.watchers.publish(row.id, { kind: "given-back", reason });
    store.onWork();
  });
}

export function waitInLine(store: Store, change: Change, place: Place): void {
  store.line.add(place);
  change.undo(() => store.line.remove(place));
}

/** @returns false: it does not wait */
export function leaveLine(store: Store, change: Change, place: Place): boolean {
  if (!store.line.remove(place)) return false;
  change.undo(() => store.line.add(place));
  return true;
}

export function endLease(store: Store, change: Change, lease: Lease): void {
  store.leases.remove(lease);
  change.undo(() => store.leases.add(lease));
}
