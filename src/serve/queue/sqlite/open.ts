/** Opening the queue of one machine: a file of SQLite and a directory of contents. */
import { dirname, resolve } from "node:path";
import { openContentsDirectory } from "../contents-dir.ts";
import { makeDataDirectory, syncDirectory } from "../contents-layout.ts";
import { ContentsSweep } from "../contents-sweep.ts";
import { Watchers } from "../watchers.ts";
import { hostClocks, storeClock } from "./clock.ts";
import { Counters } from "./counters.ts";
import { openDatabase } from "./database.ts";
import { storeFault } from "./faults.ts";
import { FileCare } from "./file-care.ts";
import { GroupCommit } from "./group-commit.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Leases } from "./leases.ts";
import type { QueueOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { takeUp } from "./restart.ts";
import { Room } from "./room.ts";
import { SqliteQueue } from "./sqlite-queue.ts";
import { Statements } from "./statements.ts";
import type { Store } from "./store.ts";
import { lockStore } from "./store-lock.ts";
import { WaitingLine } from "./waiting-line.ts";

export type { QueueOptions } from "./options.ts";

const usualGraceMs = 600_000;
const usualSpareBytes = 16 << 20;

/**
 * Opens the store below the data directory, which is made when it is missing. Jobs that ran when the last process ended are queued again.
 * @throws IsolateError: LockBusy when another process has it; Config when it is of a newer version or not ours; Io, StoreFault when it cannot be used
 */
export async function openSqliteQueue(dataDir: string, options: QueueOptions): Promise<SqliteQueue> {
  const directory = resolve(dataDir);
  const ends: (() => void)[] = [];
  const end = (): void => ends.splice(0).toReversed().forEach((act) => act());
  try {
    makeDataDirectory(directory);
    ends.push(lockStore(directory));
    const path = `${directory}/queue.db`;
    const database = openDatabase(path, options.sync);
    ends.push(() => database.close());
    const statements = new Statements(database);
    ends.push(() => statements.close());
    const contents = openContentsDirectory(`${directory}/contents`, { sync: options.sync, takesTurns: true, spareBytes: options.spareBytes ?? usualSpareBytes });
    ends.push(() => contents.close());
    if (options.sync === "full") for (const made of [directory, dirname(directory)]) syncDirectory(made);
    const store = assemble(path, statements, new GroupCommit(database, path), contents, options);
    store.sweep.removeIncomplete();
    store.commit.atEnd(() => store.counters.write());
    store.commit.now((change) => takeUp(store, change));
    const housekeeping = new Housekeeping(store, new FileCare(database));
    const queue = new SqliteQueue(store, housekeeping, end);
    housekeeping.start();
    return queue;
  } catch (error) {
    end();
    throw error instanceof Error && error.name === "SQLiteError" ? storeFault("open", directory, error) : error;
  }
}

function assemble(path: string, statements: Statements, commit: GroupCommit, contents: Store["contents"], options: QueueOptions): Store {
  const last = statements.get<{ readonly seq: number; readonly added: number }>("lastJob");
  const clock = storeClock(last?.added ?? 0, options.clocks ?? hostClocks);
  return {
    path, options, statements, commit, clock, contents,
    counters: new Counters(statements),
    line: new WaitingLine(),
    leases: new Leases(),
    room: new Room(path, options.spareBytes ?? usualSpareBytes, clock.monotonic),
    pace: new Pace(clock.monotonic),
    sweep: new ContentsSweep(contents, {
      isReferredTo: (sha256) => statements.get("referredTo", sha256) !== null,
      now: clock.monotonic,
      graceMs: options.contentGraceMs ?? usualGraceMs,
    }),
    watchers: new Watchers(),
    fetched: new Map(),
    nextSeq: (last?.seq ?? 0) + 1,
    lostLeases: 0,
    refusedResults: 0,
    onWork: () => {},
    onCancel: () => {},
  };
}
