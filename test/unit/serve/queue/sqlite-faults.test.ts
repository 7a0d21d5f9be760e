// What goes wrong with the file of the queue: each has words of its own, and nothing that was taken is lost.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { IsolateError } from "../../../../src/model/errors.ts";
import { StoreFault } from "../../../../src/serve/queue/queue.ts";
import { openDatabase } from "../../../../src/serve/queue/sqlite/database.ts";
import { openSqliteQueue } from "../../../../src/serve/queue/sqlite/open.ts";
import { schemaSteps } from "../../../../src/serve/queue/sqlite/schema.ts";
import { anyBounds, aWorker, newJob, resultOf } from "../../../helpers/queue-jobs.ts";
import { claimWith, executable, root } from "../../../helpers/requires.ts";
import { testQueue, usualQueueOptions } from "../../../helpers/sqlite-queue.ts";
import { temporaryDirectory } from "../../../helpers/temporary.ts";

const open = (directory: string) => openSqliteQueue(directory, usualQueueOptions);

async function faultOf(run: Promise<unknown>): Promise<IsolateError> {
  const fault = await run.then(() => null, (error: unknown) => error);
  if (!(fault instanceof IsolateError)) throw new Error(`no IsolateError: ${fault}`);
  return fault;
}

/** A store with one job in it, closed. */
async function closedStore(path: string): Promise<string> {
  const queue = await open(path);
  const added = newJob({ memo: "m".repeat(30_000) });
  await queue.add([added], anyBounds);
  await queue.close();
  return added.job.id;
}

claimWith(root)("a file system that is full or read-only is said to be so, and the store takes nothing that it cannot keep, keeps what it has taken, and goes on when there is room", async () => {
  using directory = temporaryDirectory();
  const script = 'mount -t tmpfs -o size=4m,mode=700 none "$1" && exec "$2" "$3" "$1"';
  const child = Bun.spawnSync(["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", directory.path, process.execPath, join(import.meta.dir, "../../../fixtures/serve/full-store.ts")], { stderr: "inherit" });
  const said = JSON.parse(child.stdout.toString()) as Record<string, unknown>;
  expect(said).toMatchObject({ finished: true, lost: null, ended: "ended", missing: 0, total: 0, remounted: 0, again: 0 });
  expect(said.spare).toContain("true: cannot write to the store");
  expect(said.spare).toContain("MiB of the disk are free");
  expect(said.spareContent).toContain("Io make room below the data directory");
  expect(said.full).toContain("true: cannot write to the store");
  expect(said.full).toContain("the disk is full. Make room");
  expect(said.content).toContain("Io make room below the data directory");
  // There may be room in its log.
  expect(said.finish).toMatch(/^(none|StoreFault: cannot write to the store .* the disk is full.*)$/);
  expect(said.stats).toMatchObject({ running: said.finish === "none" ? 0 : 1, refusedResults: 0 });
  expect(said.readOnlyOpen).toMatch(/(Io|Config) .*(mounted read-only|Mount its file system for writing)/);
});

claimWith(executable("/usr/bin/strace"))("with sync full, a content and each commit are on the disk before they are acknowledged, and the file is found again", async () => {
  using directory = temporaryDirectory();
  const fixture = join(import.meta.dir, "../../../fixtures/serve/synced-store.ts");
  /** How often it waited for the disk before each word. */
  const syncs = (sync: string) => {
    const data = `${directory.path}/${sync}`;
    Bun.spawnSync(["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,write", "-o", `${data}.trace`, process.execPath, fixture, data, sync]);
    const counts: Record<string, string[]> = {};
    let since: string[] = [];
    for (const line of readFileSync(`${data}.trace`, "utf8").split("\n")) {
      const path = /f(?:data)?sync\(\d+<([^>]*)>/.exec(line)?.[1];
      if (path !== undefined) since.push(path.replace(data, "").replace(/[0-9a-f]{64}.*/, "SHA256"));
      const word = /write\(1<[^>]*>, "(opened|content|first|second)\\n"/.exec(line)?.[1];
      if (word !== undefined) [counts[word], since] = [since, []];
    }
    return counts;
  };
  const full = syncs("full");
  // The names of what was made, too.
  expect(full["opened"]).toEqual(expect.arrayContaining(["", "/queue.db", directory.path]));
  expect(full["content"]).toContain("/contents/tmp/SHA256");
  expect(full["content"]!.filter((path) => /^\/contents(\/..){0,2}$/.test(path))).toHaveLength(3);
  expect(full["first"]).toContain("/queue.db-wal");
  expect(full["second"]).toContain("/queue.db-wal");
  const normal = syncs("normal");
  expect([normal["content"], normal["second"]]).toEqual([[], []]);
});

test("a second server is told which process has the store", async () => {
  using directory = temporaryDirectory();
  await using first = await open(`${directory.path}/data`).then((queue) => ({ [Symbol.asyncDispose]: () => queue.close() }));
  void first;
  const fault = await faultOf(open(`${directory.path}/data`));
  expect(fault).toMatchObject({ kind: "LockBusy", exitCode: 75 });
  expect(fault.message).toBe(`cannot use the store ${directory.path}/data: process ${process.pid} has it`);
  expect(fault.hint).toContain("a data directory of its own");
});

test("a store of a newer version is not touched", async () => {
  using directory = temporaryDirectory();
  await closedStore(directory.path);
  const database = new Database(`${directory.path}/queue.db`);
  database.run("PRAGMA user_version = 99");
  database.close();
  const before = readFileSync(`${directory.path}/queue.db`);
  const fault = await faultOf(open(directory.path));
  expect(fault).toMatchObject({ kind: "Config", exitCode: 64 });
  expect(fault.message).toContain(`it is of version 99, and this mini-isolate knows versions up to ${schemaSteps.length}`);
  expect(readFileSync(`${directory.path}/queue.db`).equals(before)).toBe(true);
  // The lock was let go with the refusal.
  expect((await faultOf(open(directory.path))).kind).toBe("Config");
});

test("an older store is brought to the version of today with what is in it, in one transaction", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/queue.db`;
  openDatabase(path, "normal", ["CREATE TABLE a (x INTEGER)", "INSERT INTO a VALUES (1)"]).close();
  openDatabase(path, "normal", ["not run again", "not run again", "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7"]).close();
  expect(() => openDatabase(path, "normal", ["", "", "", "INSERT INTO a VALUES (2, 2)", "this is no SQL"])).toThrow("cannot open the store");
  const database = new Database(path);
  expect(database.query("SELECT * FROM a").all()).toEqual([{ x: 1, y: 7 }]);
  expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: 3 });
  database.close();
});

test("another program's database is refused, and so is a file that is none", async () => {
  using directory = temporaryDirectory();
  const other = new Database(`${directory.path}/queue.db`);
  other.run("CREATE TABLE songs (name TEXT)");
  other.close();
  expect(await faultOf(open(directory.path))).toMatchObject({ kind: "Config", message: expect.stringContaining("it is a database, but no store of mini-isolate") });
  using text = temporaryDirectory();
  writeFileSync(`${text.path}/queue.db`, "this is a letter and not a database at all, however long it is read. ".repeat(20));
  expect(await faultOf(open(text.path))).toMatchObject({ kind: "Io", message: expect.stringContaining("the file is damaged") });
});

test("a link in place of the file, and a directory that others can write to, are refused", async () => {
  using directory = temporaryDirectory();
  symlinkSync("/etc/passwd", `${directory.path}/queue.db`);
  expect((await faultOf(open(directory.path))).message).toContain("ELOOP");
  using shared = temporaryDirectory();
  Bun.spawnSync(["chmod", "0777", shared.path]);
  expect((await faultOf(open(shared.path))).message).toContain("others can write to it");
});

test("nobody else can read the store", async () => {
  using directory = temporaryDirectory();
  const queue = await open(`${directory.path}/a/data`);
  await queue.add([newJob()], anyBounds);
  for (const [name, mode] of [["", 0o700], ["/queue.db", 0o600], ["/queue.db-wal", 0o600], ["/queue.db-shm", 0o600], ["/lock", 0o600], ["/contents", 0o700]] as const) {
    expect([name, statSync(`${directory.path}/a/data${name}`).mode & 0o7777]).toEqual([name, mode]);
  }
  await queue.close();
});

test("a file that was taken away while it was in use is a fault of the store", async () => {
  await using it = await testQueue();
  await it.queue.add([newJob()], anyBounds);
  renameSync(`${it.directory}/queue.db`, `${it.directory}/elsewhere.db`);
  // It is looked at ten times a second.
  it.clocks.monotonicMs += 100;
  const refused = await it.queue.add([newJob()], anyBounds).then(() => null, (error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreFault);
  expect((refused as StoreFault).message).toContain("was moved or removed while it was in use");
  expect(await it.queue.tryOut()).toContain("was moved or removed while it was in use");
});

test("pages that are damaged while it runs are a fault of the store, for those who need them", async () => {
  await using it = await testQueue();
  const added = newJob({ memo: "m".repeat(200_000) });
  await it.queue.add([added], anyBounds);
  await it.again();
  const path = `${it.directory}/queue.db`;
  const fd = openSync(path, "r+");
  const { size } = statSync(path);
  for (let at = 4096 * 2; at < size; at += 4096) writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, at);
  closeSync(fd);
  const fault = await it.queue.get(added.job.id).then(() => null, (error: unknown) => error);
  expect(fault).toBeInstanceOf(StoreFault);
  expect((fault as StoreFault).message).toContain("the file is damaged. Stop the service");
  const refused = await it.queue.add([newJob()], anyBounds).then(() => null, (error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreFault);
  // Also when what it tries is whole.
  expect(await it.queue.tryOut()).toContain("the file is damaged");
});

test("a record that cannot be read ends its job with words, and not the queue", async () => {
  await using it = await testQueue();
  const [bad, good] = [newJob(), newJob()];
  await it.queue.add([bad, good], anyBounds);
  const database = new Database(`${it.directory}/queue.db`);
  database.run("UPDATE record SET job = '{' WHERE seq = 1");
  database.close();
  const claimed = (await it.queue.claim(aWorker))!;
  expect(claimed.job.id).toBe(good.job.id);
  expect(await it.queue.finish(claimed, resultOf(1))).toBe(true);
  expect((await it.queue.stats()).results).toBe(2);
});

test("one request that cannot be kept takes none of those of the same moment with it", async () => {
  await using it = await testQueue();
  const [good, twice, other] = [newJob(), newJob(), newJob()];
  await it.queue.add([twice], anyBounds);
  const came = await Promise.allSettled([it.queue.add([good], anyBounds), it.queue.add([newJob(), twice], anyBounds), it.queue.add([other], anyBounds), it.queue.add([newJob()], { ...anyBounds, jobs: 0 })]);
  expect(came.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  expect(await it.queue.stats()).toMatchObject({ queued: { normal: 3 } });
  expect((await it.queue.list(null, 0, 10)).total).toBe(3);
  const claims = [await it.queue.claim(aWorker), await it.queue.claim(aWorker), await it.queue.claim(aWorker), await it.queue.claim(aWorker)];
  expect(claims.map((claim) => claim?.job.id)).toEqual([twice.job.id, good.job.id, other.job.id, undefined]);
});

test("what is asked of a queue that was closed is a fault of the store", async () => {
  await using it = await testQueue();
  const added = it.queue.add([newJob()], anyBounds);
  await it.queue.close();
  // It was asked for before.
  expect((await added)[0]!.kind).toBe("added");
  await expect(it.queue.add([newJob()], anyBounds)).rejects.toThrow(StoreFault);
});
