/** What every queue promises, whatever it is kept in: the same claims for each store. */
import { describe, expect, test } from "bun:test";
import type { JobEvent } from "../../../src/serve/events.ts";
import type { Job } from "../../../src/serve/job.ts";
import { QueueFull, type Claim, type Queue, type WorkerFacts } from "../../../src/serve/queue/queue.ts";
import { jobResult } from "../../helpers/fake-outcomes.ts";
import { type JobParts, newJob, noBounds, someWorker } from "../../helpers/queued-job.ts";
import { until } from "../../helpers/until.ts";

export interface ContractOptions {
  readonly attempts: number;
  readonly leaseMs: number;
  readonly results: { readonly keepMs: number; readonly mostCount: number; readonly mostBytes: number };
}

const usual: ContractOptions = { attempts: 3, leaseMs: 60_000, results: { keepMs: 3_600_000, mostCount: 100_000, mostBytes: 2 ** 30 } };
const worker = someWorker();

/** @param open an empty queue; it is closed by the claim that has it */
export function queueContract(name: string, open: (options: ContractOptions) => Promise<Queue>): void {
  const claim = (title: string, body: (queue: Queue) => Promise<void>, options: Partial<ContractOptions> = {}) =>
    test(title, async () => {
      const queue = await open({ ...usual, ...options });
      try {
        await body(queue);
      } finally {
        await queue.close();
      }
    });

  async function add(queue: Queue, ...jobs: readonly JobParts[]): Promise<readonly string[]> {
    return (await queue.add(jobs.map(newJob), noBounds)).map(({ id }) => id);
  }
  async function claimed(queue: Queue, by: WorkerFacts = worker): Promise<Claim> {
    const claim = await queue.claim(by);
    if (claim === null) throw new Error("there is no job");
    return claim;
  }
  /** Ids in the order in which they are begun. */
  async function order(queue: Queue, by: WorkerFacts = worker): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let claim = await queue.claim(by); claim !== null; claim = await queue.claim(by)) {
      ids.push(claim.job.id);
      await queue.finish(claim, jobResult());
    }
    return ids;
  }
  async function collect(events: AsyncIterable<JobEvent>): Promise<readonly JobEvent[]> {
    const all: JobEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  }

  describe(`the queue in ${name}`, () => {
    claim("keeps a job as it was added, and its result as it was given", async (queue) => {
      const { job } = newJob({ memo: { fields: ["ü", "\u0000", 1.5] }, work: { files: [{ name: "a b", content: { base64: "/w==" } }], language: "cpp" } });
      expect(await queue.add([{ job, idempotency: null }], noBounds)).toEqual([{ kind: "added", id: job.id }]);
      expect(await queue.get(job.id)).toEqual({ job, state: "queued", attempts: 0, startedAt: null, result: null, callbackError: null });
      const claim = await claimed(queue);
      expect(claim).toEqual({ job, attempt: 1 });
      expect(await queue.get(job.id)).toMatchObject({ state: "running", attempts: 1, startedAt: expect.any(Number) });
      const result = jobResult({ problem: "none: \"ü\"" });
      expect(await queue.finish(claim, result)).toBe(true);
      expect(await queue.get(job.id)).toMatchObject({ job, state: "ended", attempts: 1, result });
    });

    claim("knows nothing of a job that was never added", async (queue) => {
      const id = crypto.randomUUID();
      expect(await queue.get(id)).toBeNull();
      expect(await queue.getMany([id])).toEqual([null]);
      expect([await queue.cancel(id), await queue.remove(id), await queue.retry(id)]).toEqual([false, false, false]);
      expect(await collect(queue.watch(id, new AbortController().signal))).toEqual([]);
      expect(await queue.claim(worker)).toBeNull();
    });

    claim("gives jobs in the order of their class, then of their arrival", async (queue) => {
      const [first, second] = await add(queue, { class: "batch" }, { class: "normal" });
      const [third, fourth] = await add(queue, { class: "interactive" }, { class: "normal" });
      expect(await order(queue)).toEqual([third!, second!, fourth!, first!]);
    });

    claim("lets keys take turns, so that many jobs of one do not keep another one waiting", async (queue) => {
      const many = await add(queue, ...Array.from({ length: 6 }, () => ({ key: "many" })));
      const few = await add(queue, { key: "few" }, { key: "few" });
      const [none] = await add(queue, { key: null });
      const got = await order(queue);
      expect([...got].toSorted()).toEqual([...many, ...few, none!].toSorted());
      // Of the keys each has had a turn before one has another one.
      const lastOfFew = Math.max(...few.map((id) => got.indexOf(id)));
      expect(lastOfFew).toBeLessThanOrEqual(5);
      expect(got.indexOf(none!)).toBeLessThanOrEqual(2);
      expect(got.filter((id) => many.includes(id))).toEqual([...many]);
    });

    claim("takes all jobs of a request or none, and says when to come again", async (queue) => {
      await add(queue, {}, {});
      const full = queue.add([newJob(), newJob()], { ...noBounds, jobs: 3 });
      expect(await full.catch((error: unknown) => error)).toBeInstanceOf(QueueFull);
      expect(await full.catch((error: QueueFull) => [error.ofKey, error.retryAfter >= 1])).toEqual([false, true]);
      expect((await queue.stats()).queued.normal).toBe(2);
      expect(await queue.add([newJob()], { ...noBounds, jobs: 3 })).toMatchObject([{ kind: "added" }]);
    });

    claim("bounds the jobs of one key that wait or run, and of no other", async (queue) => {
      const bounds = { ...noBounds, jobsOfKey: 2 };
      await queue.add([newJob({ key: "a" }), newJob({ key: "a" })], bounds);
      const running = await claimed(queue);
      expect(await queue.add([newJob({ key: "a" })], bounds).catch((error: QueueFull) => error.ofKey)).toBe(true);
      expect(await queue.add([newJob({ key: "b" })], bounds)).toMatchObject([{ kind: "added" }]);
      await queue.finish(running, jobResult());
      expect(await queue.add([newJob({ key: "a" })], bounds)).toMatchObject([{ kind: "added" }]);
    });

    claim("takes a request with the same idempotency key once, and only with the same body", async (queue) => {
      const [one, again, other] = ["1", "1", "2"].map((bodyHash) => newJob({ key: "k", idempotency: { key: "same", bodyHash } }));
      const foreign = newJob({ key: "l", idempotency: { key: "same", bodyHash: "1" } });
      const { id } = one!.job;
      expect(await queue.add([one!], noBounds)).toEqual([{ kind: "added", id }]);
      expect(await queue.add([again!], noBounds)).toEqual([{ kind: "known", id }]);
      expect(await queue.add([other!], noBounds)).toEqual([{ kind: "conflict", id }]);
      expect(await queue.add([foreign], noBounds)).toEqual([{ kind: "added", id: foreign.job.id }]);
      expect((await queue.stats()).queued.normal).toBe(2);
    });

    claim("has one result for each job: a second one is refused and counted", async (queue) => {
      const [id] = await add(queue, {});
      const claim = await claimed(queue);
      expect(await queue.finish(claim, jobResult({ endedAt: 1 }))).toBe(true);
      expect(await queue.finish({ ...claim, attempt: claim.attempt + 1 }, jobResult({ endedAt: 2 }))).toBe(false);
      expect((await queue.get(id!))!.result!.endedAt).toBe(1);
      expect((await queue.stats()).refusedResults).toBe(1);
    });

    claim("gives a job back to its old place, and the start counts when it was its fault", async (queue) => {
      const [first, second] = await add(queue, {}, {});
      const claim = await claimed(queue);
      await queue.giveBack(claim, true, "the slot died");
      const again = await claimed(queue);
      expect([claim.job.id, again.job.id, again.attempt]).toEqual([first!, first!, 2]);
      expect(await queue.finish(claim, jobResult())).toBe(false);
      expect(await queue.finish(again, jobResult())).toBe(true);
      expect((await claimed(queue)).job.id).toBe(second!);
    });

    claim("puts a job among the dead after too many starts without a result, and begins it anew when it is told to", async (queue) => {
      const [id] = await add(queue, {});
      for (let start = 0; start < 2; start++) await queue.giveBack(await claimed(queue), true, "the slot died");
      expect(await queue.get(id!)).toMatchObject({ state: "ended", result: { outcome: "failed", status: "InternalError", attempt: 2, problem: expect.stringContaining("2 times") } });
      expect(await queue.stats()).toMatchObject({ dead: 1, results: 1, running: 0 });
      expect(await queue.claim(worker)).toBeNull();
      expect(await queue.retry(id!)).toBe(true);
      expect(await queue.stats()).toMatchObject({ dead: 0, results: 0, queued: { normal: 1 } });
      const claim = await claimed(queue);
      expect(await queue.finish(claim, jobResult())).toBe(true);
      expect([(await queue.get(id!))!.result!.outcome, await queue.retry(id!)]).toEqual(["finished", false]);
    }, { attempts: 2 });

    claim("gives a job back as often as it likes when that does not count", async (queue) => {
      const [id] = await add(queue, {});
      for (let start = 0; start < 4; start++) await queue.giveBack(await claimed(queue), false, "the worker ends");
      expect((await queue.get(id!))!.state).toBe("queued");
    }, { attempts: 2 });

    claim("gives a job to others when its worker is silent for longer than its lease, and refuses what comes late", async (queue) => {
      const [id] = await add(queue, {});
      const lost = await claimed(queue);
      const again = await until("the job is given anew", () => queue.claim(worker));
      expect([again.job.id, again.attempt]).toEqual([id!, 2]);
      expect(await queue.finish(lost, jobResult({ endedAt: 1 }))).toBe(false);
      expect(await queue.finish(again, jobResult({ endedAt: 2 }))).toBe(true);
      expect(await queue.get(id!)).toMatchObject({ attempts: 2, result: { endedAt: 2 } });
      expect(await queue.stats()).toMatchObject({ lostLeases: 1, refusedResults: 1 });
    }, { leaseMs: 200 });

    claim("leaves a job with a worker that says that it has it", async (queue) => {
      await add(queue, {});
      const claim = await claimed(queue);
      for (let time = 0; time < 12; time++) {
        expect(await queue.renew(worker, [claim])).toEqual([]);
        await Bun.sleep(50);
      }
      expect(await queue.finish(claim, jobResult())).toBe(true);
      expect((await queue.stats()).lostLeases).toBe(0);
    }, { leaseMs: 300 });

    claim("ends a job that waits at once when it is cancelled", async (queue) => {
      const [id] = await add(queue, {});
      expect(await queue.cancel(id!)).toBe(true);
      expect(await queue.get(id!)).toMatchObject({ state: "ended", result: { outcome: "cancelled", attempt: 0, startedAt: null, worker: null } });
      expect([await queue.cancel(id!), await queue.claim(worker)]).toEqual([false, null]);
    });

    claim("tells a worker of a job that was cancelled while it runs", async (queue) => {
      const [id] = await add(queue, {});
      const claim = await claimed(queue);
      const told: string[] = [];
      const stop = queue.onCancel((cancelled) => told.push(cancelled));
      expect(await queue.cancel(id!)).toBe(true);
      await until("the worker is told", () => told.includes(id!));
      stop();
      expect(await queue.renew(worker, [claim])).toEqual([id!]);
      expect(await queue.finish(claim, jobResult({ outcome: "cancelled" }))).toBe(true);
      expect((await queue.get(id!))!.result!.outcome).toBe("cancelled");
    });

    claim("ends a cancelled job that its worker gives back", async (queue) => {
      const [id] = await add(queue, {});
      const claim = await claimed(queue);
      await queue.cancel(id!);
      await queue.giveBack(claim, false, "the worker ends");
      expect(await queue.get(id!)).toMatchObject({ state: "ended", result: { outcome: "cancelled" } });
    });

    claim("does not begin a job whose deadline has passed", async (queue) => {
      const [id] = await add(queue, { deadline: Date.now() - 1 });
      expect(await queue.claim(worker)).toBeNull();
      expect(await queue.get(id!)).toMatchObject({ state: "ended", result: { outcome: "expired" } });
    });

    claim("tells a watcher what happens, and of the end exactly once", async (queue) => {
      const [id] = await add(queue, {});
      const seen: JobEvent[] = [];
      const watching = (async () => {
        for await (const event of queue.watch(id!, new AbortController().signal)) seen.push(event);
      })();
      // Nobody tells when a watcher has begun.
      await Bun.sleep(50);
      const claim = await claimed(queue);
      queue.publish(id!, { kind: "output", test: 0, stream: "stdout", base64: "aGk=" });
      const result = jobResult();
      await queue.finish(claim, result);
      await watching;
      expect(seen.filter(({ kind }) => kind !== "queued")).toEqual([{ kind: "started", attempt: 1, worker: "worker" }, { kind: "output", test: 0, stream: "stdout", base64: "aGk=" }, { kind: "ended", result }]);
      expect(await collect(queue.watch(id!, new AbortController().signal))).toEqual([{ kind: "ended", result }]);
    });

    claim("lets a watcher go who does not want to wait any longer", async (queue) => {
      const [id] = await add(queue, {});
      expect((await collect(queue.watch(id!, AbortSignal.timeout(50)))).filter(({ kind }) => kind !== "queued")).toEqual([]);
      expect(await collect(queue.watch(id!, AbortSignal.abort()))).toEqual([]);
    });

    claim("tells workers of new work", async (queue) => {
      expect(await queue.claim(worker)).toBeNull();
      let told = 0;
      const stop = queue.onWork(() => told++);
      await add(queue, {});
      await until("somebody is told", () => told > 0);
      stop();
      expect(await queue.claim(worker)).not.toBeNull();
    });

    claim("lists jobs, newest first, of one dialect or of all", async (queue) => {
      const [a, b, c] = await add(queue, { dialect: "judge0" }, { dialect: "piston" }, { dialect: "judge0" });
      const ids = async (dialect: Job["dialect"] | null, offset: number, most: number) => {
        const { total, jobs } = await queue.list(dialect, offset, most);
        return [total, jobs.map(({ job }) => job.id)];
      };
      expect(await ids(null, 0, 10)).toEqual([3, [c!, b!, a!]]);
      expect(await ids("judge0", 0, 10)).toEqual([2, [c!, a!]]);
      expect(await ids("judge0", 1, 1)).toEqual([2, [a!]]);
      expect(await ids("v1", 0, 10)).toEqual([0, []]);
      expect((await queue.getMany([c!, a!])).map((stored) => stored!.job.id)).toEqual([c!, a!]);
    });

    claim("removes what has ended, and nothing else", async (queue) => {
      const [id] = await add(queue, {});
      expect(await queue.remove(id!)).toBe(false);
      const claim = await claimed(queue);
      expect(await queue.remove(id!)).toBe(false);
      await queue.finish(claim, jobResult());
      expect(await queue.remove(id!)).toBe(true);
      expect([await queue.get(id!), await queue.remove(id!), (await queue.list(null, 0, 1)).total, (await queue.stats()).results]).toEqual([null, false, 0, 0]);
    });

    claim("gives a callback that is due to one sender, counts its tries, and keeps what went wrong", async (queue) => {
      const [id] = await add(queue, { callback: { url: "http://127.0.0.1/", method: "PUT" } }, {});
      expect(await queue.dueCallbacks(10)).toEqual([]);
      await order(queue);
      const due = await queue.dueCallbacks(10);
      expect(due.map(({ stored, attempt }) => [stored.job.id, stored.state, attempt])).toEqual([[id!, "ended", 1]]);
      expect(await queue.dueCallbacks(10)).toEqual([]);
      await queue.callbackDone(id!, "it answered 500", 0);
      expect((await queue.get(id!))!.callbackError).toBe("it answered 500");
      expect((await until("it is due again", async () => (await queue.dueCallbacks(10))[0])).attempt).toBe(2);
      await queue.callbackDone(id!, null, null);
      expect([(await queue.get(id!))!.callbackError, await queue.dueCallbacks(10)]).toEqual([null, []]);
    });

    claim("counts what waits, runs and has ended", async (queue) => {
      await add(queue, { class: "interactive" }, { class: "batch" }, { class: "batch" });
      expect(await queue.stats()).toMatchObject({ queued: { interactive: 1, normal: 0, batch: 2 }, running: 0, oldestMs: expect.any(Number), dead: 0, refusedResults: 0, lostLeases: 0, results: 0 });
      const claim = await claimed(queue);
      expect(await queue.stats()).toMatchObject({ queued: { interactive: 0, normal: 0, batch: 2 }, running: 1, results: 0 });
      await queue.finish(claim, jobResult());
      await order(queue);
      expect(await queue.stats()).toMatchObject({ queued: { interactive: 0, normal: 0, batch: 0 }, running: 0, oldestMs: null, results: 3 });
    });

    claim("keeps results up to their number, the newest ones", async (queue) => {
      const ids = await add(queue, {}, {}, {}, {});
      await order(queue);
      await until("the oldest are gone", async () => (await queue.stats()).results === 2);
      expect((await queue.getMany(ids)).map((stored) => stored !== null)).toEqual([false, false, true, true]);
    }, { leaseMs: 300, results: { ...usual.results, mostCount: 2 } });

    claim("keeps results for their time", async (queue) => {
      const [brief, longer] = await add(queue, { keepFor: 1 }, {});
      await order(queue);
      await until("the first one is gone", async () => (await queue.get(brief!)) === null);
      expect((await queue.get(longer!))!.state).toBe("ended");
    }, { leaseMs: 300 });

    claim("keeps long contents by what is in them", async (queue) => {
      const bytes = new Uint8Array(100_000).map((_, index) => index * 7);
      const content = await queue.contents.put(bytes);
      expect(content).toMatchObject({ bytes: 100_000, sha256: new Bun.CryptoHasher("sha256").update(bytes).digest("hex") });
      expect(await queue.contents.put(bytes)).toEqual(content);
      expect(Buffer.from((await queue.contents.get(content))!).equals(bytes)).toBe(true);
      expect(Buffer.from(await Bun.file((await queue.contents.path(content))!).bytes()).equals(bytes)).toBe(true);
      expect(await queue.contents.get({ sha256: "0".repeat(64), bytes: 9000 })).toBeNull();
    });

    claim("refuses a job whose contents are not there, and says so", async (queue) => {
      const gone = newJob({ work: { files: [{ name: "a", content: { sha256: "1".repeat(64), bytes: 9000 } }] } });
      expect(String(await queue.add([gone], noBounds).catch((error: unknown) => error))).toContain("1".repeat(64));
      expect((await queue.stats()).queued.normal).toBe(0);
    });

    claim("says that it works, having tried", async (queue) => {
      expect(await queue.tryOut()).toBeNull();
    });

    claim("says who works for it", async (queue) => {
      await add(queue, {});
      await claimed(queue);
      expect(await queue.workers()).toMatchObject([{ name: "worker", slots: 2, running: 1 }]);
    });
  });
}
