/** The course of a job from its claim to its end. */
import { messageOf } from "../../../model/errors.ts";
import type { Job } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import type { Claim, WorkerFacts } from "../queue.ts";
import { endJob, endLease, leaveLine, placeOf, startOver, unrun, waitInLine } from "./ending.ts";
import type { Change } from "./group-commit.ts";
import { uncountContents } from "./job-contents.ts";
import type { Lease } from "./leases.ts";
import type { JobRow } from "./statements.ts";
import type { Store } from "./store.ts";
import type { Place } from "./waiting-line.ts";

/** The next job that can be begun. There is only one worker, so its languages do not matter. */
export function claimNext(store: Store, change: Change, worker: WorkerFacts): Claim | null {
  for (;;) {
    const place = store.line.take();
    if (place === null) return null;
    change.undo(() => store.line.add(place));
    const claim = begin(store, change, place, worker);
    if (claim !== null) return claim;
  }
}

/** @returns null: it has ended instead */
function begin(store: Store, change: Change, place: Place, worker: WorkerFacts): Claim | null {
  const { statements, clock } = store;
  const row = statements.get<JobRow>("job", place.seq);
  if (row === null || row.state !== 0) return null;
  const now = clock.now();
  if (row.deadline !== null && row.deadline <= now) {
    endJob(store, change, row, unrun(store, row, "expired"));
    return null;
  }
  let job: Job;
  try {
    job = JSON.parse(statements.get<{ readonly job: string }>("record", row.seq)!.job) as Job;
  } catch (error) {
    endJob(store, change, row, unrun(store, row, "failed", `its record in the store cannot be read: ${messageOf(error)}`));
    return null;
  }
  statements.run("start", now, row.seq);
  const attempt = row.starts + 1;
  const beganMs = clock.monotonic();
  const lease: Lease = { ...place, id: row.id, attempt, worker: worker.name, beganMs, endsMs: beganMs + store.options.leaseMs, isCancelled: false };
  store.leases.add(lease);
  change.undo(() => store.leases.remove(lease));
  change.after(() => {
    store.pace.count(store.line.length > 0);
    store.watchers.publish(row.id, { kind: "started", attempt, worker: worker.name });
  });
  return { job, attempt };
}

/** The right that a claim still has; null: it was taken for lost, or has ended. */
export function leaseOf(store: Store, { job, attempt }: Claim): Lease | null {
  const lease = store.leases.get(job.id);
  return lease?.attempt === attempt ? lease : null;
}

/** @returns false: it comes too late */
export function finishClaim(store: Store, change: Change, claim: Claim, result: JobResult): boolean {
  const lease = leaseOf(store, claim);
  const row = lease === null ? null : store.statements.get<JobRow>("job", lease.seq);
  if (lease === null || row === null) {
    change.after(() => void store.refusedResults++);
    return false;
  }
  endLease(store, change, lease);
  endJob(store, change, row, result);
  return true;
}

/** Starts of a job that do not count. More of them are no accident: the job would be given back for ever. */
const mostUncounted = 50;

/** @param counts whether this start counts among those after which a job is dead */
export function takeBack(store: Store, change: Change, lease: Lease, counts: boolean, reason: string): void {
  const row = store.statements.get<JobRow>("job", lease.seq);
  endLease(store, change, lease);
  if (row === null) return;
  if (lease.isCancelled) endJob(store, change, row, unrun(store, row, "cancelled"));
  else startOver(store, change, row, row.counted - (counts || row.starts - row.counted >= mostUncounted ? 0 : 1), reason);
}

/** @returns false: unknown, or it has ended */
export function cancelJob(store: Store, change: Change, id: string): boolean {
  const row = store.statements.get<JobRow>("jobById", id);
  if (row === null || row.state === 2) return false;
  if (row.state === 0) {
    leaveLine(store, change, placeOf(row));
    endJob(store, change, row, unrun(store, row, "cancelled"));
    return true;
  }
  const lease = store.leases.get(id);
  store.statements.run("markCancelled", row.seq);
  if (lease === undefined || lease.isCancelled) return true;
  lease.isCancelled = true;
  change.undo(() => void (lease.isCancelled = false));
  change.after(() => store.onCancel(id));
  return true;
}

/** @returns false: it is not dead */
export function reviveJob(store: Store, change: Change, id: string): boolean {
  const { statements, counters } = store;
  const row = statements.get<JobRow>("jobById", id);
  if (row === null || row.dead !== 1) return false;
  const { result } = statements.get<{ readonly result: string }>("result", row.seq)!;
  statements.run("removeResult", row.seq);
  statements.run("removeCallback", row.seq);
  statements.run("revive", row.bytes - Buffer.byteLength(result), row.seq);
  counters.add(change, "results", -1);
  counters.add(change, "bytes", -row.bytes);
  uncountContents(store, change, row.seq);
  counters.add(change, "dead", -1);
  waitInLine(store, change, placeOf(row));
  change.after(() => store.onWork());
  return true;
}

/** Those whose deadline has passed while they waited. */
export function expireWaiting(store: Store, change: Change, most: number): number {
  const rows = store.statements.all<JobRow>("overdue", store.clock.now(), most);
  for (const row of rows) {
    leaveLine(store, change, placeOf(row));
    endJob(store, change, row, unrun(store, row, "expired"));
  }
  return rows.length;
}
