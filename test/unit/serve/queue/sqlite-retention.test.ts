// How long results of the queue in a file stay, and what goes with them.
import { expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { readdirSync, statSync } from "node:fs";
import type { Job } from "../../../../src/serve/job.ts";
import { anyBounds, aWorker, newJob, queueJob, resultOf } from "../../../helpers/queue-jobs.ts";
import { testQueue, type TestQueue } from "../../../helpers/sqlite-queue.ts";

async function ended(it: TestQueue, parts: Partial<Job> = {}, idempotency: { key: string; bodyHash: string } | null = null): Promise<string> {
  const added = newJob(parts, idempotency);
  await it.queue.add([added], anyBounds);
  await it.queue.finish((await it.queue.claim(aWorker))!, resultOf(1));
  return added.job.id;
}

const isThere = async (it: TestQueue, id: string) => (await it.queue.get(id)) !== null;

/** Rows of all tables but the counters, as `table: rows`. */
function rows(it: TestQueue): Record<string, number> {
  const database = new Database(`${it.directory}/queue.db`, { readonly: true });
  const tables = ["job", "record", "result", "content", "callback", "idempotency"];
  const counts = Object.fromEntries(tables.map((name) => [name, (database.query(`SELECT count(*) AS n FROM ${name}`).get() as { n: number }).n]));
  database.close();
  return counts;
}

test("a result goes when its time is over, and its rows with it; one with a time of its own has that", async () => {
  await using it = await testQueue({ results: { keepMs: 60_000, mostCount: 100, mostBytes: 1e9 } });
  const [usual, longer, shorter] = [await ended(it), await ended(it, { keepFor: 120_000 }), await ended(it, { keepFor: 30_000 })];
  const there = async () => [await isThere(it, usual), await isThere(it, longer), await isThere(it, shorter)];
  await it.pass(29_000);
  expect(await there()).toEqual([true, true, true]);
  await it.pass(2000);
  expect(await there()).toEqual([true, true, false]);
  await it.pass(30_000);
  expect(await there()).toEqual([false, true, false]);
  await it.pass(60_000);
  expect(await there()).toEqual([false, false, false]);
  expect(rows(it)).toEqual({ job: 0, record: 0, result: 0, content: 0, callback: 0, idempotency: 0 });
  expect(await it.queue.list(null, 0, 10)).toEqual({ total: 0, jobs: [] });
});

test("jobs that wait or run do not go, however long they do", async () => {
  await using it = await testQueue({ results: { keepMs: 1000, mostCount: 0, mostBytes: 0 }, leaseMs: 10_000_000 });
  await it.queue.add([newJob({ keepFor: 0 }), newJob()], anyBounds);
  const running = (await it.queue.claim(aWorker))!;
  await it.pass(3_000_000);
  expect(await it.queue.stats()).toMatchObject({ running: 1, queued: { normal: 1 } });
  expect(await it.queue.finish(running, resultOf(1))).toBe(true);
});

test("of too many results the oldest go, and of too large ones as many as make room", async () => {
  await using it = await testQueue({ results: { keepMs: 1e9, mostCount: 5, mostBytes: 1e9 } });
  const ids = [];
  for (let count = 0; count < 8; count++, it.clocks.monotonicMs += 10) ids.push(await ended(it));
  await it.pass(1000);
  expect(await Promise.all(ids.map((id) => isThere(it, id)))).toEqual([false, false, false, true, true, true, true, true]);
  await it.again({ results: { keepMs: 1e9, mostCount: 5, mostBytes: 2500 } });
  await it.pass(1000);
  const left = await Promise.all(ids.map((id) => isThere(it, id)));
  const kept = left.filter(Boolean).length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(5);
  expect(left.slice(-kept)).toEqual(Array(kept).fill(true));
});

test("what is kept until it was fetched goes soon after that, and what nobody fetched stays for the usual time", async () => {
  await using it = await testQueue({ results: { keepMs: 3_600_000, mostCount: 100, mostBytes: 1e9 } });
  const [fetched, watched, left] = [await ended(it, { keepFor: 0 }), await ended(it, { keepFor: 0 }), await ended(it, { keepFor: 0 })];
  expect(await isThere(it, fetched)).toBe(true);
  await Array.fromAsync(it.queue.watch(watched, new AbortController().signal));
  const given = newJob({ keepFor: 0 });
  await it.queue.add([given], anyBounds);
  await it.queue.cancel(given.job.id);
  await it.pass(12_000);
  expect(rows(it)).toMatchObject({ job: 1, record: 1, result: 1 });
  expect(await isThere(it, left)).toBe(true);
  await it.pass(12_000);
  expect(rows(it).job).toBe(0);
});

test("who watched a job that is kept until it was fetched has fetched it", async () => {
  await using it = await testQueue();
  const added = newJob({ keepFor: 0 });
  await it.queue.add([added], anyBounds);
  const events = Array.fromAsync(it.queue.watch(added.job.id, new AbortController().signal));
  await it.queue.finish((await it.queue.claim(aWorker))!, resultOf(1));
  expect((await events).at(-1)!.kind).toBe("ended");
  await it.pass(12_000);
  expect(rows(it).job).toBe(0);
});

test("who asks again with an idempotency key finds a job that was to be kept until it was fetched", async () => {
  await using it = await testQueue();
  const id = await ended(it, { keepFor: 0 }, { key: "k", bodyHash: "h" });
  await it.queue.get(id);
  await it.pass(60_000);
  expect(await it.queue.add([newJob({}, { key: "k", bodyHash: "h" })], anyBounds)).toEqual([{ kind: "known", id }]);
  expect(await isThere(it, id)).toBe(true);
});

test("an idempotency key is good for a day, and not longer than its job", async () => {
  await using it = await testQueue({ results: { keepMs: 1e12, mostCount: 100, mostBytes: 1e9 }, leaseMs: 500_000_000 });
  const [old, removed] = [await ended(it, {}, { key: "k", bodyHash: "h" }), await ended(it, {}, { key: "r", bodyHash: "h" })];
  await it.queue.remove(removed);
  const fresh = newJob({}, { key: "r", bodyHash: "other" });
  expect(await it.queue.add([fresh], anyBounds)).toEqual([{ kind: "added", id: fresh.job.id }]);
  it.clocks.monotonicMs += 86_400_001;
  const next = newJob({}, { key: "k", bodyHash: "other" });
  expect(await it.queue.add([next], anyBounds)).toEqual([{ kind: "added", id: next.job.id }]);
  expect(await isThere(it, old)).toBe(true);
  it.clocks.monotonicMs += 86_400_001;
  await it.queue.housekeeping.once();
  expect(rows(it).idempotency).toBe(0);
});

test("a result whose callback is still to come stays for it", async () => {
  await using it = await testQueue({ results: { keepMs: 1000, mostCount: 100, mostBytes: 1e9 } });
  const id = await ended(it, { callback: { url: "http://example.org/", method: "PUT" }, keepFor: 0 });
  await it.pass(20_000);
  expect(await it.queue.dueCallbacks(1)).toMatchObject([{ stored: { job: { id } } }]);
  await it.queue.callbackDone(id, null, null);
  await it.pass(20_000);
  expect(rows(it)).toMatchObject({ job: 0, callback: 0 });
});

test("contents stay as long as a job or a result refers to them, and go after the last one", async () => {
  await using it = await testQueue({ results: { keepMs: 60_000, mostCount: 100, mostBytes: 1e9 }, contentGraceMs: 5000 });
  const { contents } = it.queue;
  const [shared, output, memo] = await Promise.all(["s", "o", "m"].map((fill) => contents.put(Buffer.alloc(20_000, fill))));
  const withFile = (keepFor: number) => {
    const job = queueJob({ keepFor, memo: { files: [memo] } });
    return { job: { ...job, work: { ...job.work, files: [{ name: "a", content: shared! }] } } as Job, idempotency: null };
  };
  await it.queue.add([withFile(20_000), withFile(60_000)], anyBounds);
  const first = (await it.queue.claim(aWorker))!;
  const second = (await it.queue.claim(aWorker))!;
  await it.queue.finish(first, { ...resultOf(1), tests: [{ run: { stdout: output } }] as never });
  const sweep = async (ms: number) => {
    // The whole directory is looked at in 256 parts, one at a time.
    await it.pass(1000);
    it.clocks.monotonicMs += ms;
    await it.queue.renew(aWorker, [second]);
    for (let part = 0; part < 256; part++) await it.queue.housekeeping.once();
  };
  const there = async () => (await Promise.all([shared, output, memo].map((content) => contents.get(content!)))).map((bytes) => bytes !== null);
  await sweep(6000);
  expect(await there()).toEqual([true, true, true]);
  await it.queue.finish(second, resultOf(1));
  await it.pass(20_000);
  await sweep(6000);
  expect(await isThere(it, first.job.id)).toBe(false);
  expect(await there()).toEqual([true, false, true]);
  await it.pass(60_000);
  await sweep(6000);
  expect(await there()).toEqual([false, false, false]);
  expect(readdirSync(`${it.directory}/contents`)).toEqual(["tmp"]);
  expect(rows(it).content).toBe(0);
});

test("a content that many refer to counts once among the bytes that are kept", async () => {
  await using it = await testQueue({ results: { keepMs: 1e9, mostCount: 100, mostBytes: 250_000 } });
  const [shared, other] = await Promise.all(["s", "o"].map((fill) => it.queue.contents.put(Buffer.alloc(200_000, fill))));
  const ids: string[] = [];
  const endWith = async (content: typeof shared) => {
    const job = queueJob();
    await it.queue.add([{ job: { ...job, work: { ...job.work, files: [{ name: "a", content: content! }] } } as Job, idempotency: null }], anyBounds);
    await it.queue.finish((await it.queue.claim(aWorker))!, { ...resultOf(1), tests: [{ run: { stdout: content } }] as never });
    it.clocks.monotonicMs += 10;
    ids.push(job.id);
  };
  for (let count = 0; count < 5; count++) await endWith(shared);
  await it.pass(1000);
  expect((await it.queue.stats()).results).toBe(5);
  // What waits is not counted.
  const waits = queueJob();
  await it.queue.add([{ job: { ...waits, work: { ...waits.work, files: [{ name: "a", content: other! }] } } as Job, idempotency: null }], anyBounds);
  await it.pass(1000);
  expect((await it.queue.stats()).results).toBe(5);
  await it.queue.finish((await it.queue.claim(aWorker))!, resultOf(1));
  await it.pass(1000);
  // Only when the last one is gone is there room.
  expect(await Promise.all(ids.map((id) => isThere(it, id)))).toEqual(Array(5).fill(false));
  expect(await isThere(it, waits.id)).toBe(true);
  await it.queue.remove(waits.id);
  const database = new Database(`${it.directory}/queue.db`, { readonly: true });
  expect(database.query("SELECT value FROM counter WHERE name = 'bytes'").get()).toEqual({ value: 0 });
  database.close();
});

test("a job whose content is gone before it was added is not taken", async () => {
  await using it = await testQueue();
  const job = queueJob();
  const work = { ...job.work, files: [{ name: "a", content: { sha256: "a".repeat(64), bytes: 10_000 } }] };
  await expect(it.queue.add([{ job: { ...job, work } as Job, idempotency: null }], anyBounds)).rejects.toThrow("no longer there");
  // In a memo it may be anything: words of a client, for instance.
  await it.queue.add([newJob({ memo: { sha256: "a".repeat(64), bytes: 1e300 } })], anyBounds);
  await it.queue.finish((await it.queue.claim(aWorker))!, resultOf(1));
  await it.pass(1000);
  expect((await it.queue.stats()).results).toBe(1);
});

test("the file becomes smaller again when results have gone", async () => {
  await using it = await testQueue({ results: { keepMs: 60_000, mostCount: 1000, mostBytes: 1e9 } });
  const size = () => {
    const database = new Database(`${it.directory}/queue.db`);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    return statSync(`${it.directory}/queue.db`).size;
  };
  const memo = "x".repeat(100_000);
  for (let count = 0; count < 20; count++) await ended(it, { memo });
  expect(size()).toBeGreaterThan(2_000_000);
  await it.pass(70_000);
  expect(size()).toBeLessThan(200_000);
});
