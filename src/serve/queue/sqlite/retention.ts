/** Results go: when their time is over, when there are too many, when they are too large. Those go first whose time would be over first. */
import type { Change } from "./group-commit.ts";
import { dropContents } from "./job-contents.ts";
import type { JobRow } from "./statements.ts";
import type { Store } from "./store.ts";

/** Rows in one transaction: others wait for its end. */
const mostAtOnce = 500;

/** What was fetched may be asked for once more in the same moment. Milliseconds. */
const fetchedLingerMs = 10_000;

/** @returns how many it removed; as many as it may at once: there may be more */
export function removeOld(store: Store, change: Change): number {
  const { statements, clock, counters, options } = store;
  const { mostCount, mostBytes } = options.results;
  const expired = statements.all<JobRow>("expired", clock.now(), mostAtOnce);
  for (const row of expired) removeEnded(store, change, row);
  const isTooMuch = (): boolean => counters.get("results") > mostCount || counters.get("bytes") > mostBytes;
  if (expired.length > 0 || !isTooMuch()) return expired.length;
  let removed = 0;
  for (const row of statements.all<JobRow>("firstToExpire", mostAtOnce)) {
    if (!isTooMuch()) break;
    removeEnded(store, change, row);
    removed++;
  }
  return removed;
}

/** Jobs that were kept until they were fetched. @returns as {@link removeOld} */
export function removeFetched(store: Store, change: Change): number {
  const due: number[] = [];
  const now = store.clock.monotonic();
  for (const [seq, since] of store.fetched) {
    if (now - since < fetchedLingerMs || due.length === mostAtOnce) break;
    due.push(seq);
  }
  for (const seq of due) {
    const row = store.statements.get<JobRow>("job", seq);
    if (row?.state === 2) removeEnded(store, change, row);
  }
  change.after(() => due.forEach((seq) => store.fetched.delete(seq)));
  return due.length;
}

/** @param row of a job that has ended */
export function removeEnded(store: Store, change: Change, { seq, dialect, bytes, dead }: JobRow): void {
  const { statements, counters } = store;
  dropContents(store, change, seq);
  for (const name of ["removeJob", "removeRecord", "removeResult", "removeCallback"] as const) statements.run(name, seq);
  counters.add(change, "results", -1);
  counters.add(change, "bytes", -bytes);
  counters.add(change, "dead", -dead);
  counters.add(change, `dialect:${dialect}`, -1);
}

/** @returns false: unknown, or it has not ended */
export function removeById(store: Store, change: Change, id: string): boolean {
  const row = store.statements.get<JobRow>("jobById", id);
  if (row?.state !== 2) return false;
  removeEnded(store, change, row);
  return true;
}
