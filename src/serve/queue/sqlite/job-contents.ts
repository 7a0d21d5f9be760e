/**
 * The contents that jobs and results refer to. What results have together is counted, each content once, however many of them refer to it:
 * the tests of a problem are the same for all who solve it.
 */
import type { Referred } from "../referred-contents.ts";
import type { Change } from "./group-commit.ts";
import type { Store } from "./store.ts";

/** Of a job that waits or runs: they are kept, and not counted. */
export function referTo({ statements }: Store, seq: number, contents: readonly Referred[]): void {
  for (const { sha256, bytes } of contents) statements.run("addContent", seq, sha256, bytes, 0);
}

/** A job has ended: its contents count from now on. @param contents more, of its result */
export function countContents(store: Store, change: Change, seq: number, contents: readonly Referred[]): void {
  const { statements, counters } = store;
  referTo(store, seq, contents);
  for (const { sha256, bytes } of statements.all<Referred>("contentsOfJob", seq)) {
    if (statements.get("keptByResult", sha256) === null) counters.add(change, "bytes", bytes);
  }
  statements.run("endContents", 1, seq);
}

/** A job that had ended waits again. */
export function uncountContents(store: Store, change: Change, seq: number): void {
  const { statements, counters } = store;
  statements.run("endContents", 0, seq);
  for (const { sha256, bytes } of statements.all<Referred>("contentsOfJob", seq)) {
    if (statements.get("keptByResult", sha256) === null) counters.add(change, "bytes", -bytes);
  }
}

/** A job that had ended is removed: what nobody else refers to goes some minutes later. */
export function dropContents(store: Store, change: Change, seq: number): void {
  const { statements, sweep } = store;
  const contents = statements.all<Referred>("contentsOfJob", seq);
  if (contents.length === 0) return;
  uncountContents(store, change, seq);
  statements.run("removeContents", seq);
  change.after(() => contents.forEach(({ sha256 }) => sweep.suspect(sha256)));
}
