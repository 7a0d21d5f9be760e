// What the queue in a file still knows after its process has ended, and what clocks do to it.
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { QueueFull } from "../../../../src/serve/queue/queue.ts";
import { anyBounds, aWorker, newJob, resultOf } from "../../../helpers/queue-jobs.ts";
import { testQueue } from "../../../helpers/sqlite-queue.ts";

test("jobs that waited wait on in their order, and results, callbacks and idempotency keys are still there", async () => {
  await using it = await testQueue();
  const [done, ...waiting] = [newJob({ callback: { url: "http://example.org/", method: "PUT" } }, { key: "k", bodyHash: "h" }), newJob({ key: "a" }), newJob({ key: "a" }), newJob({ class: "interactive" })];
  await it.queue.add([done!], anyBounds);
  await it.queue.finish((await it.queue.claim(aWorker))!, resultOf(1));
  await it.queue.add(waiting, anyBounds);
  await it.queue.dueCallbacks(1);
  await it.queue.callbackDone(done!.job.id, "it answered 500", 30_000);
  await it.again();
  expect(await it.queue.get(done!.job.id)).toMatchObject({ job: done!.job, state: "ended", result: resultOf(1), callbackError: "it answered 500" });
  expect(await it.queue.add([newJob({}, { key: "k", bodyHash: "h" })], anyBounds)).toEqual([{ kind: "known", id: done!.job.id }]);
  expect(await it.queue.dueCallbacks(1)).toEqual([]);
  await it.pass(31_000);
  expect(await it.queue.dueCallbacks(1)).toMatchObject([{ attempt: 2 }]);
  expect(await it.queue.stats()).toMatchObject({ queued: { interactive: 1, normal: 2, batch: 0 }, running: 0, results: 1 });
  expect((await it.queue.list(null, 0, 10)).total).toBe(4);
  const order = [];
  for (let claim = await it.queue.claim(aWorker); claim !== null; claim = await it.queue.claim(aWorker)) order.push(claim.job.id);
  expect(order).toEqual([waiting[2]!, waiting[0]!, waiting[1]!].map(({ job }) => job.id));
});

test("a job that ran when the process ended is started again, and that start counts", async () => {
  await using it = await testQueue();
  const [kills, cancelled] = [newJob(), newJob()];
  await it.queue.add([kills, cancelled], anyBounds);
  const first = (await it.queue.claim(aWorker))!;
  await it.queue.claim(aWorker);
  await it.queue.cancel(cancelled.job.id);
  await it.again();
  expect((await it.queue.get(cancelled.job.id))!).toMatchObject({ state: "ended", result: { outcome: "cancelled", attempt: 1 } });
  const second = (await it.queue.claim(aWorker))!;
  expect(second).toEqual({ job: kills.job, attempt: 2 });
  expect(await it.queue.finish(first, resultOf(1))).toBe(false);
  await it.again();
  expect((await it.queue.claim(aWorker))!.attempt).toBe(3);
  await it.again();
  expect(await it.queue.claim(aWorker)).toBeNull();
  const dead = (await it.queue.get(kills.job.id))!;
  expect(dead).toMatchObject({ state: "ended", attempts: 3, result: { outcome: "failed", status: "InternalError" } });
  expect(dead.result!.problem).toBe("it was started 3 times without a result, and is not started again. The last time: the service was ended while it ran");
});

test("a wall clock that jumps ends no lease, no deadline and no result, and no job seems to have waited for it", async () => {
  await using it = await testQueue();
  const day = 86_400_000;
  const now = it.clocks.wallMs;
  await it.queue.add([newJob({ deadline: now + 60_000 }), newJob()], anyBounds);
  const done = (await it.queue.claim(aWorker))!;
  await it.queue.finish(done, resultOf(1));
  const running = (await it.queue.claim(aWorker))!;
  await it.queue.add([newJob({ deadline: now + 60_000 })], anyBounds);
  for (const jump of [400 * day, -800 * day]) {
    it.clocks.wallMs += jump;
    await it.pass(1000);
    expect(await it.queue.renew(aWorker, [running])).toEqual([]);
    expect((await it.queue.get(done.job.id))!.state).toBe("ended");
    expect((await it.queue.stats()).oldestMs).toBeLessThan(10_000);
  }
  expect((await it.queue.claim(aWorker))!.job.deadline).toBe(now + 60_000);
  expect(await it.queue.stats()).toMatchObject({ lostLeases: 0, results: 1 });
});

test("a wall clock that was set back before the start does not go back for the store", async () => {
  await using it = await testQueue({ results: { keepMs: 60_000, mostCount: 10, mostBytes: 1e9 } });
  await it.queue.add([newJob()], anyBounds);
  const done = (await it.queue.claim(aWorker))!;
  await it.queue.finish(done, resultOf(1));
  it.clocks.wallMs -= 86_400_000;
  await it.again();
  await it.pass(61_000);
  expect(await it.queue.get(done.job.id)).toBeNull();
});

test("a process that stood still has lost no worker by it", async () => {
  await using it = await testQueue();
  await it.queue.add([newJob()], anyBounds);
  const running = (await it.queue.claim(aWorker))!;
  await it.pass(5000);
  it.clocks.monotonicMs += 3_600_000;
  await it.queue.housekeeping.once();
  expect(await it.queue.renew(aWorker, [running])).toEqual([]);
  expect(await it.queue.finish(running, resultOf(1))).toBe(true);
  expect((await it.queue.stats()).lostLeases).toBe(0);
});

test("what may not be begun any more ends although nobody asks for work", async () => {
  await using it = await testQueue();
  const late = newJob({ deadline: it.clocks.wallMs + 5000 });
  await it.queue.add([late, newJob()], anyBounds);
  const events = Array.fromAsync(it.queue.watch(late.job.id, new AbortController().signal));
  await it.pass(6000);
  expect(await events).toMatchObject([{ kind: "ended", result: { outcome: "expired" } }]);
  expect((await it.queue.stats()).queued.normal).toBe(1);
});

test("a job that is given back for ever without counting is dead some time", async () => {
  await using it = await testQueue();
  const added = newJob();
  await it.queue.add([added], anyBounds);
  let starts = 0;
  for (let claim = await it.queue.claim(aWorker); claim !== null; claim = await it.queue.claim(aWorker), starts++) await it.queue.giveBack(claim, false, "its content cannot be had");
  expect(starts).toBe(53);
  expect((await it.queue.get(added.job.id))!.result!.problem).toContain("its content cannot be had");
});

test("a request that would have to wait for too long is refused, by what has begun while others waited", async () => {
  await using it = await testQueue({ leaseMs: 1e9 });
  await it.queue.add(Array.from({ length: 40 }, () => newJob()), anyBounds);
  for (let start = 0; start < 10; start++) {
    it.clocks.monotonicMs += 1000;
    await it.queue.claim(aWorker);
  }
  const fault = await it.queue.add([newJob()], { ...anyBounds, mostWaitSeconds: 30 }).then(() => null, (error: unknown) => error);
  expect(fault).toBeInstanceOf(QueueFull);
  expect((fault as QueueFull).retryAfter).toBe(31);
  await it.queue.add([newJob()], { ...anyBounds, mostWaitSeconds: 32 });
});

test("when nothing is done, all of the log is in the file itself, and nothing more is written", async () => {
  await using it = await testQueue();
  await it.queue.add([newJob({ memo: "m".repeat(100_000) })], anyBounds);
  await it.queue.finish((await it.queue.claim(aWorker))!, resultOf(1));
  const file = `${it.directory}/queue.db`;
  expect(statSync(file).size).toBeLessThan(100_000);
  await it.pass(3000);
  expect(statSync(file).size).toBeGreaterThan(100_000);
  const times = () => [file, `${file}-wal`].map((path) => statSync(path, { bigint: true }).mtimeNs);
  const before = times();
  await it.pass(60_000);
  expect(times()).toEqual(before);
});
