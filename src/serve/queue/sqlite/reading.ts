/** Jobs as they are now. */
import type { Job } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import type { JobState, StoredJob } from "../queue.ts";
import { markFetched } from "./ending.ts";
import type { Store } from "./store.ts";

interface StoredRow {
  readonly seq: number;
  readonly state: number;
  readonly starts: number;
  readonly started: number | null;
  readonly keep: number | null;
  readonly called: number;
  readonly job: string;
  readonly result: string | null;
  readonly error: string | null;
}

const states: readonly JobState[] = ["queued", "running", "ended"];

/** Fetching it is what some jobs are kept for. @throws SQLiteError */
export function storedJob(store: Store, id: string): StoredJob | null {
  const row = store.statements.get<StoredRow>("storedById", id);
  if (row === null) return null;
  if (row.state === 2) markFetched(store, row);
  return shown(row);
}

/** Without being taken for a fetch. @throws SQLiteError */
export function storedBySeq(store: Store, seq: number): StoredJob | null {
  const row = store.statements.get<StoredRow>("storedBySeq", seq);
  return row === null ? null : shown(row);
}

/** Newest first. @throws SQLiteError */
export function listJobs(store: Store, dialect: string | null, offset: number, most: number): { readonly total: number; readonly jobs: readonly StoredJob[] } {
  const rows = dialect === null
    ? store.statements.all<{ readonly seq: number }>("listAll", most, offset)
    : store.statements.all<{ readonly seq: number }>("listDialect", dialect, most, offset);
  const total = dialect === null ? store.counters.jobs : store.counters.get(`dialect:${dialect}`);
  return { total, jobs: rows.flatMap(({ seq }) => storedBySeq(store, seq) ?? []) };
}

function shown({ state, starts, started, job, result, error }: StoredRow): StoredJob {
  return {
    job: JSON.parse(job) as Job,
    state: states[state]!,
    attempts: starts,
    startedAt: started,
    result: result === null ? null : (JSON.parse(result) as JobResult),
    callbackError: error,
  };
}
