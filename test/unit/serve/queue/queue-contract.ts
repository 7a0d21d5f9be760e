// What every queue promises, whatever it is kept in.
import { expect, test } from "bun:test";
import type { JobEvent } from "../../../../src/serve/events.ts";
import { type Claim, type Queue, QueueFull, type WorkerFacts } from "../../../../src/serve/queue/queue.ts";
import { anyBounds, aWorker, newJob, resultOf } from "../../../helpers/queue-jobs.ts";
import { until } from "../../../helpers/until.ts";

export interface OpenQueue extends AsyncDisposable {
  readonly queue: Queue;
  /** Time passes for leases; what is done from time to time has been done after it. */
  pass(ms: number): Promise<void>;
}

export interface ContractOptions {
  readonly attempts: number;
  readonly leaseMs: number;
}

export const contractOptions: ContractOptions = { attempts: 3, leaseMs: 15_000 };

const ids = (jobs: readonly { readonly job: { readonly id: string } }[]) => jobs.map(({ job }) => job.id);

async function claimAll(queue: Queue, most = 1000, worker: WorkerFacts = aWorker): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (let claim = await queue.claim(worker); claim !== null && claims.length < most; claim = claims.length < most ? await queue.claim(worker) : null) claims.push(claim);
  return claims;
}

/** @param name what the claims are about @param open a queue that is empty, with `contractOptions` */
export function claimsOfQueue(name: string, open: () => Promise<OpenQueue>): void {
  const claim = (what: string, run: (queue: Queue, pass: OpenQueue["pass"]) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      await using it = await open();
      await run(it.queue, it.pass);
    });

  claim("a job is added, claimed and finished, and is found in each state", async (queue) => {
    const added = newJob({ memo: { "fields": ["ä\0\ud800", 1.5, null] } });
    const { job } = added;
    expect(await queue.get(job.id)).toBeNull();
    expect(await queue.claim(aWorker)).toBeNull();
    expect(await queue.add([added], anyBounds)).toEqual([{ kind: "added", id: job.id }]);
    expect(await queue.get(job.id)).toEqual({ job, state: "queued", attempts: 0, startedAt: null, result: null, callbackError: null });
    const claimed = (await queue.claim(aWorker))!;
    expect(claimed).toEqual({ job, attempt: 1 });
    expect(await queue.claim(aWorker)).toBeNull();
    const running = (await queue.get(job.id))!;
    expect(running).toMatchObject({ state: "running", attempts: 1, result: null });
    expect(Math.abs(running.startedAt! - Date.now())).toBeLessThan(60_000);
    expect(await queue.finish(claimed, resultOf(1))).toBe(true);
    expect(await queue.get(job.id)).toMatchObject({ job, state: "ended", attempts: 1, result: resultOf(1), callbackError: null });
    expect(await queue.getMany([job.id, "unknown", job.id])).toMatchObject([{ state: "ended" }, null, { state: "ended" }] as never);
  });

  claim("a class goes before the next one, and jobs of one key in the order in which they came", async (queue) => {
    const jobs = (["batch", "normal", "interactive", "normal", "interactive", "batch"] as const).map((name) => newJob({ class: name }));
    for (const job of jobs) await queue.add([job], anyBounds);
    expect(ids(await claimAll(queue))).toEqual([2, 4, 1, 3, 0, 5].map((index) => jobs[index]!.job.id));
  });

  claim("keys take turns, however many jobs one of them has", async (queue) => {
    const many = Array.from({ length: 10 }, () => newJob({ key: "many" }));
    const few = [newJob({ key: "few" }), newJob({ key: "few" })];
    await queue.add(many, anyBounds);
    await queue.add(few, anyBounds);
    await queue.add([newJob({ key: null })], anyBounds);
    const keys = (await claimAll(queue)).map(({ job }) => job.key);
    expect(keys.slice(0, 5)).toEqual(["many", "few", null, "many", "few"]);
    expect(keys.slice(5)).toEqual(Array(8).fill("many"));
  });

  claim("a result of a claim that was taken for lost is refused and counted, and the job has one result", async (queue, pass) => {
    const added = newJob();
    await queue.add([added], anyBounds);
    const lost = (await queue.claim(aWorker))!;
    await pass(contractOptions.leaseMs - 1000);
    expect(await queue.renew(aWorker, [lost])).toEqual([]);
    await pass(contractOptions.leaseMs - 1000);
    expect(await queue.claim({ ...aWorker, name: "two" })).toBeNull();
    await pass(2000);
    expect(await queue.renew(aWorker, [lost])).toEqual([lost.job.id]);
    const second = (await queue.claim({ ...aWorker, name: "two" }))!;
    expect(second).toEqual({ job: added.job, attempt: 2 });
    expect(await queue.finish(lost, resultOf(1, "late"))).toBe(false);
    expect(await queue.finish(second, resultOf(2, "two"))).toBe(true);
    expect(await queue.finish(second, resultOf(2, "again"))).toBe(false);
    expect((await queue.get(added.job.id))!.result).toEqual(resultOf(2, "two"));
    expect(await queue.stats()).toMatchObject({ lostLeases: 1, refusedResults: 2, results: 1, running: 0 });
  });

  claim("a job that is started too often without a result is dead, says why, and can be tried again", async (queue, pass) => {
    const added = newJob();
    await queue.add([added], anyBounds);
    for (let start = 1; start <= contractOptions.attempts; start++) {
      expect((await queue.claim(aWorker))!.attempt).toBe(start);
      await pass(contractOptions.leaseMs + 1000);
    }
    expect(await queue.claim(aWorker)).toBeNull();
    const dead = (await queue.get(added.job.id))!;
    expect(dead).toMatchObject({ state: "ended", attempts: 3, result: { outcome: "failed", status: "InternalError", attempt: 3 } });
    expect(dead.result!.problem).toContain("3 times");
    expect(await queue.stats()).toMatchObject({ dead: 1, results: 1 });
    expect(await queue.retry(added.job.id)).toBe(true);
    expect(await queue.retry(added.job.id)).toBe(false);
    expect(await queue.retry("unknown")).toBe(false);
    expect(await queue.stats()).toMatchObject({ dead: 0, results: 0 });
    const again = (await queue.claim(aWorker))!;
    expect(again.job).toEqual(added.job);
    expect(await queue.finish(again, resultOf(again.attempt))).toBe(true);
    expect((await queue.get(added.job.id))!.result!.outcome).toBe("finished");
  });

  claim("a job that is given back keeps its place, and a start that does not count is not counted", async (queue) => {
    const [first, second] = [newJob(), newJob()];
    await queue.add([first, second], anyBounds);
    for (let time = 0; time < 2 * contractOptions.attempts; time++) {
      const given = (await queue.claim(aWorker))!;
      expect(given.job.id).toBe(first.job.id);
      await queue.giveBack(given, false, "the worker ends");
      // No result of a claim that is over.
      expect(await queue.finish(given, resultOf(given.attempt))).toBe(false);
    }
    for (let time = 0; time < contractOptions.attempts; time++) await queue.giveBack((await queue.claim(aWorker))!, true, "its slot broke");
    expect((await queue.get(first.job.id))!).toMatchObject({ state: "ended", result: { outcome: "failed" } });
    expect((await queue.get(first.job.id))!.result!.problem).toContain("its slot broke");
    expect((await queue.claim(aWorker))!.job.id).toBe(second.job.id);
  });

  claim("what waits is cancelled at once, what runs is told so, and what has ended is not cancelled", async (queue) => {
    const [waits, runs] = [newJob({ class: "batch" }), newJob({ class: "normal" })];
    await queue.add([waits, runs], anyBounds);
    const told: string[] = [];
    const stop = queue.onCancel((id) => told.push(id));
    const claimed = (await queue.claim(aWorker))!;
    expect(await queue.cancel(waits.job.id)).toBe(true);
    expect((await queue.get(waits.job.id))!).toMatchObject({ state: "ended", attempts: 0, result: { outcome: "cancelled", attempt: 0 } });
    expect(await queue.claim(aWorker)).toBeNull();
    expect(await queue.cancel(runs.job.id)).toBe(true);
    await until("the worker is told", () => told.length > 0);
    expect(told).toEqual([runs.job.id]);
    expect(await queue.renew(aWorker, [claimed])).toEqual([runs.job.id]);
    expect(await queue.finish(claimed, { ...resultOf(1), outcome: "cancelled" })).toBe(true);
    for (const id of [waits.job.id, runs.job.id, "unknown"]) expect(await queue.cancel(id)).toBe(false);
    stop();
  });

  claim("what was cancelled while it ran is not started again when its worker is lost or gives it back", async (queue, pass) => {
    const jobs = [newJob(), newJob()];
    await queue.add(jobs, anyBounds);
    const [lost, given] = await claimAll(queue);
    for (const { job } of jobs) await queue.cancel(job.id);
    await queue.giveBack(given!, true, "its slot broke");
    await pass(contractOptions.leaseMs + 1000);
    expect(await queue.claim(aWorker)).toBeNull();
    for (const { job } of [lost!, given!]) expect((await queue.get(job.id))!.result!.outcome).toBe("cancelled");
  });

  claim("what may not be begun any more ends as expired", async (queue) => {
    const [late, early] = [newJob({ deadline: Date.now() - 10_000 }), newJob({ deadline: Date.now() + 3_600_000 })];
    await queue.add([late, early], anyBounds);
    expect((await queue.claim(aWorker))!.job.id).toBe(early.job.id);
    expect((await queue.get(late.job.id))!).toMatchObject({ state: "ended", attempts: 0, result: { outcome: "expired" } });
  });

  claim("a queue that is full takes all jobs of a request or none, and says when to come again", async (queue) => {
    await queue.add([newJob({ key: "a" }), newJob({ key: "a" })], anyBounds);
    const refused = async (bounds: Partial<typeof anyBounds>, ...jobs: readonly ReturnType<typeof newJob>[]) => {
      const fault = await queue.add(jobs, { ...anyBounds, ...bounds }).then(() => null, (error: unknown) => error);
      expect(fault).toBeInstanceOf(QueueFull);
      expect((fault as QueueFull).retryAfter).toBeGreaterThan(0);
      for (const { job } of jobs) expect(await queue.get(job.id)).toBeNull();
      return (fault as QueueFull).ofKey;
    };
    expect(await refused({ jobs: 3 }, newJob(), newJob())).toBe(false);
    expect(await refused({ jobsOfKey: 2 }, newJob({ key: "a" }))).toBe(true);
    await queue.add([newJob({ key: "b" }), newJob({ key: "b" })], { ...anyBounds, jobsOfKey: 2 });
    await queue.claim(aWorker);
    // What runs is one of the key's as well.
    expect(await refused({ jobsOfKey: 2 }, newJob({ key: "a" }))).toBe(true);
    await queue.add([newJob({ key: "c" })], { ...anyBounds, jobs: 4 });
  });

  claim("the same request with the same idempotency key is the same job, and another one a conflict", async (queue) => {
    const first = newJob({ key: "a" }, { key: "k", bodyHash: "h" });
    await queue.add([first], anyBounds);
    expect(await queue.add([newJob({ key: "a" }, { key: "k", bodyHash: "h" })], anyBounds)).toEqual([{ kind: "known", id: first.job.id }]);
    expect(await queue.add([newJob({ key: "a" }, { key: "k", bodyHash: "other" })], anyBounds)).toEqual([{ kind: "conflict", id: first.job.id }]);
    const ofOther = newJob({ key: "b" }, { key: "k", bodyHash: "h" });
    expect(await queue.add([ofOther], anyBounds)).toEqual([{ kind: "added", id: ofOther.job.id }]);
    const twice = [newJob({}, { key: "t", bodyHash: "h" }), newJob({}, { key: "t", bodyHash: "h" })];
    expect(await queue.add(twice, anyBounds)).toEqual([{ kind: "added", id: twice[0]!.job.id }, { kind: "known", id: twice[0]!.job.id }]);
    expect((await queue.stats()).queued.normal).toBe(3);
    // A full queue still knows what it has.
    expect(await queue.add([newJob({ key: "a" }, { key: "k", bodyHash: "h" })], { ...anyBounds, jobs: 0 })).toEqual([{ kind: "known", id: first.job.id }]);
  });

  claim("who watches hears of the start, of what is published, and of the end exactly once", async (queue, pass) => {
    const added = newJob();
    await queue.add([added], anyBounds);
    const heard: JobEvent[] = [];
    const never = new AbortController();
    // It listens from the call on, not from the first event that is asked for.
    const events = queue.watch(added.job.id, never.signal);
    await queue.claim(aWorker);
    const watching = (async () => {
      for await (const event of events) heard.push(event);
    })();
    await pass(contractOptions.leaseMs + 1000);
    const claimed = (await queue.claim({ ...aWorker, name: "two" }))!;
    queue.publish(added.job.id, { kind: "test", test: 0, name: "1" });
    await queue.finish(claimed, resultOf(2));
    queue.publish(added.job.id, { kind: "compiling" });
    await watching;
    expect(heard.map(({ kind }) => kind)).toEqual(["started", "given-back", "started", "test", "ended"]);
    expect(heard[2]).toEqual({ kind: "started", attempt: 2, worker: "two" });
    expect(heard.at(-1)).toEqual({ kind: "ended", result: resultOf(2) });
    expect(await Array.fromAsync(queue.watch(added.job.id, never.signal))).toEqual([{ kind: "ended", result: resultOf(2) }]);
    expect(await Array.fromAsync(queue.watch("unknown", never.signal))).toEqual([]);
  });

  claim("who watches no more is not told", async (queue) => {
    const added = newJob();
    await queue.add([added], anyBounds);
    const gone = new AbortController();
    const watching = Array.fromAsync(queue.watch(added.job.id, gone.signal));
    await queue.get(added.job.id);
    gone.abort();
    expect(await watching).toEqual([]);
    expect(await Array.fromAsync(queue.watch(added.job.id, AbortSignal.abort()))).toEqual([]);
  });

  claim("a callback is due when its job has ended, for one sender at a time, and again when it says so", async (queue, pass) => {
    const callback = { url: "http://example.org/", method: "PUT" } as const;
    const added = newJob({ callback });
    await queue.add([added, newJob()], anyBounds);
    expect(await queue.dueCallbacks(10)).toEqual([]);
    for (const claimed of await claimAll(queue)) await queue.finish(claimed, resultOf(1));
    const due = await queue.dueCallbacks(10);
    expect(due).toMatchObject([{ attempt: 1, stored: { job: added.job, state: "ended", result: resultOf(1) } }]);
    expect(await queue.dueCallbacks(10)).toEqual([]);
    await queue.callbackDone(added.job.id, "it answered 500", 0);
    expect(await queue.dueCallbacks(10)).toMatchObject([{ attempt: 2 }]);
    expect((await queue.get(added.job.id))!.callbackError).toBe("it answered 500");
    await pass(61_000);
    expect(await queue.dueCallbacks(10)).toMatchObject([{ attempt: 3 }]);
    await queue.callbackDone(added.job.id, null, null);
    expect((await queue.get(added.job.id))!.callbackError).toBeNull();
    await pass(61_000);
    expect(await queue.dueCallbacks(10)).toEqual([]);
    await queue.callbackDone("unknown", null, null);
  });

  claim("a callback that is given up says why, and is not due any more", async (queue, pass) => {
    const added = newJob({ callback: { url: "http://example.org/", method: "PUT" } });
    await queue.add([added], anyBounds);
    await queue.finish((await queue.claim(aWorker))!, resultOf(1));
    await queue.dueCallbacks(1);
    await queue.callbackDone(added.job.id, "it never answered", null);
    await pass(61_000);
    expect(await queue.dueCallbacks(1)).toEqual([]);
    expect((await queue.get(added.job.id))!.callbackError).toBe("it never answered");
  });

  claim("jobs are listed newest first, by dialect, with how many there are", async (queue) => {
    const jobs = (["v1", "judge0", "v1", "judge0", "judge0"] as const).map((dialect) => newJob({ dialect }));
    for (const job of jobs) await queue.add([job], anyBounds);
    const listed = async (dialect: string | null, offset: number, most: number) => {
      const { total, jobs: some } = await queue.list(dialect, offset, most);
      return { total, some: some.map(({ job }) => jobs.findIndex((one) => one.job.id === job.id)) };
    };
    expect(await listed(null, 0, 10)).toEqual({ total: 5, some: [4, 3, 2, 1, 0] });
    expect(await listed(null, 1, 2)).toEqual({ total: 5, some: [3, 2] });
    expect(await listed("judge0", 1, 10)).toEqual({ total: 3, some: [3, 1] });
    expect(await listed("piston", 0, 10)).toEqual({ total: 0, some: [] });
  });

  claim("only what has ended can be removed, and is gone then", async (queue) => {
    const added = newJob();
    await queue.add([added], anyBounds);
    expect(await queue.remove(added.job.id)).toBe(false);
    const claimed = (await queue.claim(aWorker))!;
    expect(await queue.remove(added.job.id)).toBe(false);
    await queue.finish(claimed, resultOf(1));
    expect(await queue.remove(added.job.id)).toBe(true);
    expect(await queue.remove(added.job.id)).toBe(false);
    expect(await queue.get(added.job.id)).toBeNull();
    expect(await queue.list(null, 0, 10)).toEqual({ total: 0, jobs: [] });
    expect((await queue.stats()).results).toBe(0);
  });

  claim("contents of a job are there for whoever claims it", async (queue) => {
    const bytes = Buffer.alloc(100_000, "abc");
    const content = await queue.contents.put(bytes);
    const added = newJob();
    const work = { ...added.job.work, files: [{ name: "main.c", content }] } as never;
    await queue.add([{ job: { ...added.job, work }, idempotency: null }], anyBounds);
    await queue.claim(aWorker);
    expect(Buffer.from((await queue.contents.get(content))!).equals(bytes)).toBe(true);
  });

  claim("it can be written to, and knows its workers and what waits", async (queue) => {
    expect(await queue.tryOut()).toBeNull();
    expect(await queue.stats()).toMatchObject({ queued: { interactive: 0, normal: 0, batch: 0 }, running: 0, oldestMs: null, dead: 0, results: 0 });
    let calls = 0;
    const stop = queue.onWork(() => void calls++);
    // Who asked for work in vain is told when there is some.
    expect(await queue.claim(aWorker)).toBeNull();
    await queue.add([newJob(), newJob({ class: "batch" })], anyBounds);
    await until("the worker is told", () => calls > 0);
    stop();
    await queue.claim(aWorker);
    const stats = await queue.stats();
    expect(stats).toMatchObject({ queued: { interactive: 0, normal: 0, batch: 1 }, running: 1 });
    expect(stats.oldestMs).toBeGreaterThanOrEqual(0);
    expect(await queue.workers()).toMatchObject([{ name: "one", slots: 2, running: 1 }]);
  });
}
