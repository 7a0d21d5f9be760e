/** Jobs come in: all of a request or none. */
import { type Job, jobClasses } from "../../job.ts";
import { type Added, type NewJob, type QueueBounds, QueueFull, StoreFault } from "../queue.ts";
import { type Referred, referredContents } from "../referred-contents.ts";
import { waitInLine } from "./ending.ts";
import type { Change } from "./group-commit.ts";
import { referTo } from "./job-contents.ts";
import type { Store } from "./store.ts";

const idempotencyMs = 24 * 3600 * 1000;

/** Seconds; nothing is known about the pace: nobody had to wait, or nothing has begun. */
const unknownWait = 10;

export interface Prepared extends NewJob {
  readonly json: string;
  /** Of its work: without them it cannot run. */
  readonly needed: readonly Referred[];
  /** Of its memo. */
  readonly besides: readonly Referred[];
}

/** What needs no transaction. */
export function prepare({ job, idempotency }: NewJob): Prepared {
  const json = JSON.stringify(job);
  const needed = referredContents(job.work, json);
  const names = new Set(needed.map(({ sha256 }) => sha256));
  return { job, idempotency, json, needed, besides: referredContents(job.memo, json).filter(({ sha256 }) => !names.has(sha256)) };
}

/** @throws QueueFull, StoreFault, before anything is written */
export function addJobs(store: Store, change: Change, jobs: readonly Prepared[], bounds: QueueBounds): readonly Added[] {
  const asked = new Map<string, { readonly id: string; readonly body: string }>();
  const added = jobs.map(({ job, idempotency }): Added => {
    if (idempotency === null) return { kind: "added", id: job.id };
    const name = `${job.key ?? ""}\0${idempotency.key}`;
    const known = asked.get(name) ?? store.statements.get<{ readonly id: string; readonly body: string }>("known", job.key ?? "", idempotency.key, store.clock.now());
    if (known !== null) return { kind: known.body === idempotency.bodyHash ? "known" : "conflict", id: known.id };
    asked.set(name, { id: job.id, body: idempotency.bodyHash });
    return { kind: "added", id: job.id };
  });
  const fresh = jobs.filter((_, index) => added[index]!.kind === "added");
  if (fresh.length === 0) return added;
  checkBounds(store, fresh, bounds);
  store.room.check(fresh.reduce((sum, { json }) => sum + json.length, 0));
  checkContents(store, fresh);
  for (const prepared of fresh) insert(store, change, prepared);
  change.after(() => {
    store.pace.note(store.line.length > 0);
    store.onWork();
  });
  return added;
}

function checkBounds({ line, leases, pace }: Store, jobs: readonly Prepared[], bounds: QueueBounds): void {
  pace.note(line.length > 0);
  const wait = pace.waitOf(line.length + 1);
  const retryAfter = Math.min(3600, Math.max(1, Math.ceil(wait ?? unknownWait)));
  if (line.length + jobs.length > bounds.jobs) throw new QueueFull(retryAfter, false);
  if (bounds.mostWaitSeconds !== null && wait !== null && line.length > 0 && wait > bounds.mostWaitSeconds) throw new QueueFull(retryAfter, false);
  if (bounds.jobsOfKey === null) return;
  const counts = new Map<string, number>();
  for (const { job } of jobs) counts.set(job.key ?? "", (counts.get(job.key ?? "") ?? 0) + 1);
  for (const [key, count] of counts) {
    const there = line.ofKey(key) + leases.ofKey(key);
    if (there + count > bounds.jobsOfKey) throw new QueueFull(Math.min(3600, Math.max(1, Math.ceil(pace.waitOf(there) ?? unknownWait))), true);
  }
}

/** What a job needs must still be there. @throws StoreFault */
function checkContents({ contents }: Store, jobs: readonly Prepared[]): void {
  for (const { job, needed } of jobs) {
    for (const { sha256, bytes } of needed) {
      if (!contents.has(sha256, bytes)) throw new StoreFault(`cannot keep job ${job.id}: its content ${sha256} is no longer there. Send it again`);
    }
  }
}

function isKept(store: Store, { sha256, bytes }: Referred): boolean {
  return Number.isSafeInteger(bytes) && store.contents.has(sha256, bytes);
}

function insert(store: Store, change: Change, { job, idempotency, json, needed, besides }: Prepared): void {
  const { statements, clock, counters } = store;
  const seq = store.nextSeq++;
  const place = { class: jobClasses.indexOf(job.class), key: job.key ?? "", seq };
  // Who asks once more with the same key wants the result of the first time.
  const keep = job.keepFor === 0 && idempotency !== null ? null : job.keepFor;
  statements.run("addJob", seq, job.id, job.dialect, place.class, place.key, clock.now(), wholeOrNull(job.deadline), wholeOrNull(keep), job.callback === null ? 0 : 1, Buffer.byteLength(json));
  statements.run("addRecord", seq, json);
  // A memo may have words of a client in it that look like a content.
  referTo(store, seq, [...needed, ...besides.map((content) => (isKept(store, content) ? content : { ...content, bytes: 0 }))]);
  if (idempotency !== null) statements.run("addKnown", place.key, idempotency.key, idempotency.bodyHash, job.id, clock.now() + idempotencyMs);
  counters.add(change, `dialect:${job.dialect}`, 1);
  waitInLine(store, change, place);
}

function wholeOrNull(ms: Job["deadline"]): number | null {
  return ms === null ? null : Math.floor(ms);
}
