/** The file of the store: opening it, and bringing it to the version of today. */
import { Database, SQLiteError } from "bun:sqlite";
import { constants, openSync, closeSync } from "node:fs";
import { reasonOf } from "../../../kernel/errno.ts";
import { configError, IsolateError } from "../../../model/errors.ts";
import { storeHint, storeReason } from "./faults.ts";
import { applicationId, schemaSteps } from "./schema.ts";

/** @throws IsolateError: Config when it is of a newer version, or no store of ours; Io when it cannot be used */
export function openDatabase(path: string, sync: "normal" | "full", steps: readonly string[] = schemaSteps): Database {
  makeFile(path);
  let database: Database | null = null;
  try {
    database = new Database(path, { strict: true });
    const version = versionOf(database, path, steps.length);
    configure(database, sync);
    migrate(database, version, steps);
    return database;
  } catch (error) {
    database?.close();
    if (!(error instanceof SQLiteError)) throw error;
    throw new IsolateError("Io", `cannot open the store ${path}: ${storeReason(error)}`, { cause: error });
  }
}

/** SQLite would make a file that others can read. The files beside it have the modes of this one. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600));
  } catch (error) {
    const hint = storeHint(error);
    throw new IsolateError("Io", `cannot open the store ${path}: ${reasonOf(error)}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}

function configure(database: Database, sync: "normal" | "full"): void {
  // It counts only before there are tables, and writes even then.
  if (isEmpty(database)) database.run("PRAGMA auto_vacuum = INCREMENTAL");
  database.run("PRAGMA journal_mode = WAL");
  database.run(`PRAGMA synchronous = ${sync === "full" ? "FULL" : "NORMAL"}`);
  database.run("PRAGMA busy_timeout = 500");
  // Everything stands still while the log (16 MiB at most) is written into the file: seldom, and mostly when nothing else is done (housekeeping.ts).
  database.run("PRAGMA wal_autocheckpoint = 4000");
  database.run("PRAGMA cache_size = -16384");
  database.run("PRAGMA journal_size_limit = 67108864");
  database.run("PRAGMA temp_store = MEMORY");
}

/** Looked at before anything is written. @throws IsolateError */
function versionOf(database: Database, path: string, newest: number): number {
  const version = numberOf(database, "user_version");
  const id = numberOf(database, "application_id");
  if (!isEmpty(database) && id !== applicationId) throw configError(`cannot use ${path}: it is a database, but no store of mini-isolate`, "give the service a data directory of its own");
  if (version > newest) {
    throw configError(`cannot use the store ${path}: it is of version ${version}, and this mini-isolate knows versions up to ${newest}`, "use the mini-isolate that made it, or give this one another data directory");
  }
  return version;
}

function isEmpty(database: Database): boolean {
  return database.query("SELECT 1 FROM sqlite_schema LIMIT 1").get() === null;
}

function migrate(database: Database, version: number, steps: readonly string[]): void {
  if (version === steps.length) return;
  database.transaction(() => {
    for (const step of steps.slice(version)) database.run(step);
    database.run(`PRAGMA application_id = ${applicationId}`);
    database.run(`PRAGMA user_version = ${steps.length}`);
  }).immediate();
}

function numberOf(database: Database, pragma: string): number {
  return Object.values(database.query(`PRAGMA ${pragma}`).get() as Record<string, number>)[0]!;
}
