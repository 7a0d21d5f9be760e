/** Every statement of the store. None looks at more rows than it gives or changes, whatever is stored: a test asks SQLite how it would go about each. */
import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";

/** What a job's row says; see schema.ts. */
export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly dialect: string;
  readonly class: number;
  readonly key: string;
  readonly state: number;
  /** All starts: the number of the last one is in its claim. */
  readonly starts: number;
  /** Those after which it may be dead. */
  readonly counted: number;
  readonly added: number;
  readonly started: number | null;
  readonly deadline: number | null;
  readonly keep: number | null;
  readonly called: number;
  readonly cancelled: number;
  readonly dead: number;
  readonly bytes: number;
  readonly expires: number | null;
}

const stored = `SELECT j.seq, j.state, j.starts, j.started, j.keep, j.called, r.job, t.result, c.error FROM job j
  JOIN record r ON r.seq = j.seq LEFT JOIN result t ON t.seq = j.seq LEFT JOIN callback c ON c.seq = j.seq`;

export const sql = {
  lastJob: "SELECT seq, added FROM job WHERE seq > 0 ORDER BY seq DESC LIMIT 1",
  openJobs: "SELECT * FROM job WHERE state < 2 AND seq > 0 ORDER BY seq",
  counters: "SELECT name, value FROM counter WHERE name >= ''",
  setCounter: "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",

  addJob: "INSERT INTO job (seq, id, dialect, class, key, added, deadline, keep, called, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  addRecord: "INSERT INTO record (seq, job) VALUES (?, ?)",
  addContent: "INSERT OR IGNORE INTO content (seq, sha256, bytes, ended) VALUES (?, ?, ?, ?)",
  addResult: "INSERT INTO result (seq, result) VALUES (?, ?)",
  addCallback: "INSERT INTO callback (seq, due) VALUES (?, ?)",

  job: "SELECT * FROM job WHERE seq = ?",
  jobById: "SELECT * FROM job WHERE id = ?",
  record: "SELECT job FROM record WHERE seq = ?",
  result: "SELECT result FROM result WHERE seq = ?",
  addedAt: "SELECT added FROM job WHERE seq = ?",
  storedById: `${stored} WHERE j.id = ?`,
  storedBySeq: `${stored} WHERE j.seq = ?`,
  listAll: "SELECT seq FROM job WHERE seq > 0 ORDER BY seq DESC LIMIT ? OFFSET ?",
  listDialect: "SELECT seq FROM job WHERE dialect = ? ORDER BY seq DESC LIMIT ? OFFSET ?",

  start: "UPDATE job SET state = 1, starts = starts + 1, counted = counted + 1, started = ? WHERE seq = ?",
  requeue: "UPDATE job SET state = 0, counted = ? WHERE seq = ?",
  end: "UPDATE job SET state = 2, dead = ?, bytes = ?, expires = ? WHERE seq = ?",
  markCancelled: "UPDATE job SET cancelled = 1 WHERE seq = ?",
  revive: "UPDATE job SET state = 0, counted = 0, dead = 0, cancelled = 0, bytes = ?, expires = NULL WHERE seq = ?",
  overdue: "SELECT * FROM job WHERE state = 0 AND deadline IS NOT NULL AND deadline <= ? LIMIT ?",

  expired: `SELECT * FROM job WHERE state = 2 AND expires > 0 AND expires <= ?
    AND NOT EXISTS (SELECT 1 FROM callback c WHERE c.seq = job.seq AND c.due IS NOT NULL) ORDER BY expires LIMIT ?`,
  firstToExpire: "SELECT * FROM job WHERE state = 2 AND expires > 0 ORDER BY expires LIMIT ?",
  removeJob: "DELETE FROM job WHERE seq = ?",
  removeRecord: "DELETE FROM record WHERE seq = ?",
  removeResult: "DELETE FROM result WHERE seq = ?",
  removeCallback: "DELETE FROM callback WHERE seq = ?",
  contentsOfJob: "SELECT sha256, bytes FROM content WHERE seq = ?",
  endContents: "UPDATE content SET ended = ? WHERE seq = ?",
  removeContents: "DELETE FROM content WHERE seq = ?",
  keptByResult: "SELECT 1 FROM content WHERE sha256 = ? AND ended = 1 LIMIT 1",
  referredTo: "SELECT 1 FROM content WHERE sha256 = ? LIMIT 1",

  dueCallbacks: "SELECT seq, attempts FROM callback WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?",
  lendCallback: "UPDATE callback SET due = ?, attempts = attempts + 1 WHERE seq = ?",
  setCallback: "UPDATE callback SET due = ?, error = ? WHERE seq = ?",

  known: "SELECT i.id, i.body FROM idempotency i JOIN job j ON j.id = i.id WHERE i.caller = ? AND i.key = ? AND i.expires > ?",
  addKnown: `INSERT INTO idempotency (caller, key, body, id, expires) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (caller, key) DO UPDATE SET body = excluded.body, id = excluded.id, expires = excluded.expires`,
  forgettable: "SELECT 1 FROM idempotency WHERE expires <= ? LIMIT 1",
  forget: "DELETE FROM idempotency WHERE number IN (SELECT number FROM idempotency WHERE expires <= ? LIMIT ?)",
} as const;

export type SqlName = keyof typeof sql;

export class Statements {
  readonly #database: Database;
  readonly #prepared = new Map<SqlName, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Statements so far that changed something, or tried to. */
  writes = 0;

  /** @throws SQLiteError */
  run(name: SqlName, ...values: SQLQueryBindings[]): void {
    this.writes++;
    this.#statement(name).run(...values);
  }

  /** The first row; null: none. @throws SQLiteError */
  get<T>(name: SqlName, ...values: SQLQueryBindings[]): T | null {
    return (this.#statement(name).get(...values) as T | null) ?? null;
  }

  /** @throws SQLiteError */
  all<T>(name: SqlName, ...values: SQLQueryBindings[]): T[] {
    return this.#statement(name).all(...values) as T[];
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.finalize();
    this.#prepared.clear();
  }

  #statement(name: SqlName): Statement {
    let statement = this.#prepared.get(name);
    if (statement === undefined) this.#prepared.set(name, (statement = this.#database.prepare(sql[name])));
    return statement;
  }
}
