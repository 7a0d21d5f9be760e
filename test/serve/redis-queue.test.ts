// The queue in Redis: the promises of every queue, and those that are asked of one for many machines.
import { afterAll, describe, expect, test } from "bun:test";
import { QueueFull } from "../../src/serve/queue/queue.ts";
import { openContentsDirectory } from "../../src/serve/queue/contents-dir.ts";
import { anyBounds, aWorker, newJob, queueJob, resultOf } from "../helpers/queue-jobs.ts";
import { TestStore } from "../helpers/redis-queue.ts";
import { RedisServer, redis } from "../helpers/redis-server.ts";
import { claimWith } from "../helpers/requires.ts";
import { until } from "../helpers/until.ts";
import { claimsOfQueue, contractOptions } from "../unit/serve/queue/queue-contract.ts";

const claim = claimWith(redis);
const server = redis.missing === null ? await RedisServer.start() : null;
afterAll(() => server?.[Symbol.asyncDispose]());

if (server !== null) {
  claimsOfQueue("redis", async () => {
    const store = new TestStore(server, contractOptions);
    const queue = await store.open();
    return { queue, pass: (ms) => store.pass(ms, queue), [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
  });
}

const ended = async (queue: Awaited<ReturnType<TestStore["open"]>>, id: string) => (await queue.get(id))?.state === "ended";

describe("what a job asks of its worker", () => {
  const python = { ...aWorker, name: "python", languages: ["python"] };
  const fast = { ...aWorker, name: "fast", labels: { cpu: "fast", "odd,=:": "ü" } };

  claim("decides who gets it, and who cannot run it gets what comes after it", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    const [c, py, labelled] = [newJob(), newJob(), newJob({ labels: { "odd,=:": "ü" } })];
    const work = { ...(py!.job.work as object), language: "python" } as never;
    await queue.add([c!, { ...py!, job: { ...py!.job, work } }, labelled!], anyBounds);
    expect((await queue.claim(python))!.job.id).toBe(py!.job.id);
    expect(await queue.claim(python)).toBeNull();
    const other = await store.open();
    expect([(await other.claim(fast))!.job.id, (await other.claim(fast))!.job.id]).toEqual([c!.job.id, labelled!.job.id]);
    expect(await other.claim(fast)).toBeNull();
  });

  claim("includes the language of its checker", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    const job = queueJob();
    const checker = { kind: "program", protocol: "testlib", language: "python", files: [], args: [] };
    await queue.add([{ job: { ...job, work: { ...job.work, checker } as never }, idempotency: null }], anyBounds);
    expect(await queue.claim({ ...aWorker, languages: ["c"] })).toBeNull();
    expect(await queue.claim({ ...aWorker, languages: ["c", "python"] })).not.toBeNull();
  });

  claim("wakes one worker who can run it", async () => {
    await using store = new TestStore(server!);
    const queues = await Promise.all([store.open(), store.open(), store.open()]);
    const told: string[] = [];
    for (const [index, queue] of queues.entries()) {
      const facts = { ...aWorker, name: `w${index}`, languages: index === 0 ? ["python"] : ["c"] };
      expect(await queue.claim(facts)).toBeNull();
      queue.onWork(() => told.push(facts.name));
    }
    await queues[0]!.add([newJob()], anyBounds);
    await until("somebody is told", () => told.length > 0);
    await Bun.sleep(50);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^w[12]$/);
  });
});

describe("several workers", () => {
  claim("share 1,000 jobs, each of which ends exactly once", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    const jobs = Array.from({ length: 1000 }, (_, index) => newJob({ key: `k${index % 7}` }));
    for (let from = 0; from < 1000; from += 100) await queue.add(jobs.slice(from, from + 100), anyBounds);
    const counts = new Map<string, number>();
    const workers = await Promise.all(Array.from({ length: 4 }, () => store.open()));
    await Promise.all(workers.flatMap((worker, index) => [0, 1].map(async () => {
      const facts = { ...aWorker, name: `w${index}` };
      for (let got = await worker.claim(facts); got !== null; got = await worker.claim(facts)) {
        if (await worker.finish(got, resultOf(got.attempt, facts.name))) counts.set(got.job.id, (counts.get(got.job.id) ?? 0) + 1);
      }
    })));
    expect(counts.size).toBe(1000);
    expect([...new Set(counts.values())]).toEqual([1]);
    expect(await queue.stats()).toMatchObject({ running: 0, results: 1000, queued: { normal: 0 } });
  });

  claim("are known with what they offer, until they leave", async () => {
    await using store = new TestStore(server!);
    const [one, two] = [await store.open(), await store.open()];
    await one.claim({ ...aWorker, name: "a", labels: { zone: "x" }, versions: { c: "12.2" } });
    await two.claim({ ...aWorker, name: "b", languages: ["c"] });
    expect((await one.workers()).toSorted((x, y) => (x.name < y.name ? -1 : 1))).toMatchObject([{ name: "a", labels: { zone: "x" }, languages: null, versions: { c: "12.2" }, running: 0 }, { name: "b", languages: ["c"] }]);
    await two.close();
    expect((await one.workers()).map(({ name }) => name)).toEqual(["a"]);
  });

  claim("are not counted any more when they are silent for longer than a lease", async () => {
    await using store = new TestStore(server!);
    const [one, two] = [await store.open(), await store.open()];
    await two.claim({ ...aWorker, name: "b" });
    expect(await one.workers()).toHaveLength(1);
    await store.pass(20_000, one);
    expect(await one.workers()).toEqual([]);
    // It is known again as soon as it says something.
    await two.claim({ ...aWorker, name: "b" });
    await two.renew(aWorker, []);
    expect(await one.workers()).toHaveLength(1);
  });

  claim("give what they run to others when they leave, and that does not count", async () => {
    await using store = new TestStore(server!, { attempts: 1 });
    const [one, two] = [await store.open(), await store.open()];
    await one.add([newJob()], anyBounds);
    const got = (await one.claim(aWorker))!;
    await one.close();
    expect((await two.claim({ ...aWorker, name: "two" }))!.job.id).toBe(got.job.id);
  });

  claim("are taken for lost at once when a new one of the same name begins, and can do nothing any more", async () => {
    await using store = new TestStore(server!);
    const [old, next] = [await store.open(), await store.open()];
    await old.add([newJob()], anyBounds);
    const lost = (await old.claim(aWorker))!;
    const again = (await next.claim(aWorker))!;
    expect([again.job.id, again.attempt]).toEqual([lost.job.id, 2]);
    expect(await old.finish(lost, resultOf(1))).toBe(false);
    expect(await next.finish(again, resultOf(2))).toBe(true);
    expect(await old.renew(aWorker, [])).toEqual([]);
    expect(String(await old.claim(aWorker).catch((error: unknown) => error))).toContain("another worker has the name one");
  });

  claim("hear of the end of jobs that others run", async () => {
    await using store = new TestStore(server!);
    const [front, worker] = [await store.open(), await store.open()];
    const added = newJob();
    await front.add([added], anyBounds);
    const events = Array.fromAsync(front.watch(added.job.id, new AbortController().signal));
    const got = (await worker.claim(aWorker))!;
    worker.publish(added.job.id, { kind: "output", test: 0, stream: "stdout", base64: "aGk=" });
    await worker.finish(got, resultOf(1));
    expect((await events).map(({ kind }) => kind).filter((kind) => kind !== "started")).toEqual(["output", "ended"]);
  });
});

describe("the store's clock", () => {
  claim("may be set forward or back by an hour: no lease ends, and leases still end in time", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    const [, prefix] = /prefix=(.*)/.exec(store.url)!;
    await queue.add([newJob()], anyBounds);
    const got = (await queue.claim(aWorker))!;
    for (const hours of [-1, 1]) {
      // What the clock was at the last look: now it is an hour later, then an hour earlier.
      await server!.ask("HSET", `{${prefix}}:n`, "wall", String(Date.now() + hours * 3_600_000));
      await queue.lookAfter();
      expect(await queue.renew(aWorker, [got])).toEqual([]);
    }
    await store.pass(16_000, queue);
    expect(await queue.renew(aWorker, [got])).toEqual([got.job.id]);
    expect((await queue.claim(aWorker))!.attempt).toBe(2);
  });
});

describe("a record that somebody removed by hand", () => {
  claim("is passed over, and hinders no other job", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    const [, prefix] = /prefix=(.*)/.exec(store.url)!;
    const [gone, waits, ran, done] = [newJob(), newJob(), newJob(), newJob({ keepFor: 1000 })];
    await queue.add([ran, done], anyBounds);
    await queue.claim(aWorker);
    await queue.finish((await queue.claim(aWorker))!, resultOf(1));
    await queue.add([gone, waits], anyBounds);
    for (const { job } of [gone, ran, done]) await server!.ask("DEL", `{${prefix}}:job:${job.id}`);
    expect((await queue.claim(aWorker))!.job.id).toBe(waits.job.id);
    await store.pass(16_000, queue);
    expect((await queue.claim(aWorker))!.job.id).toBe(waits.job.id);
    expect(await queue.stats()).toMatchObject({ running: 1, queued: { normal: 0 }, results: 0 });
    expect((await queue.list(null, 0, 10)).jobs.map(({ job }) => job.id)).toEqual([waits.job.id]);
  });
});

describe("long contents", () => {
  const bytes = new Uint8Array(300_000).map((_, index) => index * 7);
  const withFile = (content: object) => {
    const job = queueJob();
    return { job: { ...job, work: { ...job.work, files: [{ name: "main.c", content }] } as never }, idempotency: null };
  };

  claim("go through the store in pieces, and become files on the machine that runs the job", async () => {
    await using store = new TestStore(server!, { contents: { pieceBytes: 65_536 } });
    const [front, worker] = [await store.open(), await store.open()];
    const content = await front.contents.put(bytes);
    expect(content).toMatchObject({ bytes: 300_000 });
    await front.add([withFile(content)], anyBounds);
    await worker.claim(aWorker);
    const [path, again] = await Promise.all([worker.contents.path(content), worker.contents.path(content)]);
    expect(path).toBe(again);
    expect(Buffer.from(await Bun.file(path!).bytes()).equals(bytes)).toBe(true);
  });

  claim("of a result go back the same way, and leave the store with the result", async () => {
    await using store = new TestStore(server!);
    const [front, worker] = [await store.open(), await store.open()];
    await front.add([newJob()], anyBounds);
    const got = (await worker.claim(aWorker))!;
    const content = await worker.contents.put(bytes);
    const result = { ...resultOf(1), problem: "long", tests: [{ stdout: content }] as never };
    expect(await worker.finish(got, result)).toBe(true);
    expect(Buffer.from((await front.contents.get(content))!).equals(bytes)).toBe(true);
    const [, prefix] = /prefix=(.*)/.exec(store.url)!;
    const name = `{${prefix}}:c:${(content as { sha256: string }).sha256}`;
    expect(await server!.ask("TTL", name)).toBe(-1);
    expect(await server!.ask("TTL", `${name}:0`)).toBe(-1);
    await front.remove(got.job.id);
    expect(await server!.ask("TTL", name)).toBeLessThanOrEqual(600);
    expect(await server!.ask("TTL", `${name}:0`)).toBeGreaterThan(0);
  });

  claim("that are larger than the store takes are refused with the bound", async () => {
    await using store = new TestStore(server!, { contents: { mostBytes: 100_000 } });
    const queue = await store.open();
    expect(String(await queue.contents.put(bytes).catch((error: unknown) => error))).toContain("300000 bytes in the store: it takes at most 100000");
  });

  claim("of a result that are larger than the store takes make it a fault of the host, which says so", async () => {
    await using store = new TestStore(server!);
    const [front, worker] = [await store.open(), await store.open({ contents: { mostBytes: 100_000 } })];
    await front.add([newJob()], anyBounds);
    const got = (await worker.claim(aWorker))!;
    // As the process of a slot writes it.
    const files = openContentsDirectory(`${worker.contents.directory}`, { sync: "normal", takesTurns: false });
    const content = await files.put(bytes);
    files.close();
    expect(await worker.finish(got, { ...resultOf(1), tests: [{ stdout: content }] as never })).toBe(true);
    expect(await front.get(got.job.id)).toMatchObject({ state: "ended", result: { outcome: "failed", status: "InternalError", tests: [], problem: expect.stringContaining("takes at most 100000") } });
  });

  claim("that the store has forgotten are sent again by a machine that has them, and a job without them is refused", async () => {
    await using store = new TestStore(server!);
    const [front, worker] = [await store.open(), await store.open()];
    const content = await front.contents.put(bytes);
    const [, prefix] = /prefix=(.*)/.exec(store.url)!;
    await server!.ask("DEL", `{${prefix}}:c:${(content as { sha256: string }).sha256}`);
    expect(await front.add([withFile(content)], anyBounds)).toMatchObject([{ kind: "added" }]);
    expect(await worker.contents.path(content)).not.toBeNull();
    const gone = "1".repeat(64);
    expect(String(await front.add([withFile({ sha256: gone, bytes: 9000 })], anyBounds).catch((error: unknown) => error))).toContain(`its content ${gone} is no longer there`);
    expect(String(await worker.contents.path({ sha256: gone, bytes: 9000 }).catch((error: unknown) => error))).toContain("the store has it no longer");
    expect(await worker.contents.get({ sha256: gone, bytes: 9000 })).toBeNull();
    expect((await front.stats()).queued.normal).toBe(1);
  });
});

describe("results", () => {
  claim("are kept up to a number, the newest ones", async () => {
    await using store = new TestStore(server!, { results: { mostCount: 2 } });
    const queue = await store.open();
    const jobs = [newJob(), newJob(), newJob(), newJob()];
    await queue.add(jobs, anyBounds);
    for (let got = await queue.claim(aWorker); got !== null; got = await queue.claim(aWorker)) await queue.finish(got, resultOf(1));
    await queue.lookAfter();
    expect((await queue.getMany(jobs.map(({ job }) => job.id))).map((stored) => stored !== null)).toEqual([false, false, true, true]);
    expect((await queue.list(null, 0, 10)).total).toBe(2);
  });

  claim("are kept for their time, and one that is wanted once goes after it was fetched", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    const [brief, once, usual] = [newJob({ keepFor: 5000 }), newJob({ keepFor: 0 }), newJob()];
    await queue.add([brief!, once!, usual!], anyBounds);
    for (let got = await queue.claim(aWorker); got !== null; got = await queue.claim(aWorker)) await queue.finish(got, resultOf(1));
    const there = async () => (await queue.list(null, 0, 10)).jobs.length;
    await store.pass(4000, queue);
    expect(await there()).toBe(3);
    expect(await ended(queue, once!.job.id)).toBe(true);
    await store.pass(2000, queue);
    expect(await queue.get(brief!.job.id)).toBeNull();
    await store.pass(9000, queue);
    expect([await queue.get(once!.job.id), await ended(queue, usual!.job.id)]).toEqual([null, true]);
  });
});

describe("a queue with a pace", () => {
  claim("refuses what would wait for too long, and says how long that is", async () => {
    await using store = new TestStore(server!);
    const queue = await store.open();
    // One a minute or so.
    await queue.add([newJob(), newJob()], anyBounds);
    await queue.finish((await queue.claim(aWorker))!, resultOf(1));
    const refused = await queue.add([newJob()], { ...anyBounds, mostWaitSeconds: 10 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(QueueFull);
    expect((refused as QueueFull).retryAfter).toBeGreaterThan(60);
    expect(await queue.add([newJob()], { ...anyBounds, mostWaitSeconds: 1000 })).toHaveLength(1);
  });
});

test("a store's address is checked before anything is connected", async () => {
  const { storeAddress } = await import("../../src/serve/queue/redis/address.ts");
  expect(storeAddress("redis://user:secret@host:7000/2?prefix=mine")).toEqual({ url: "redis://user:secret@host:7000/2", shown: "redis://host:7000/2", prefix: "{mine}:", ca: null });
  for (const wrong of ["", "sqlite", "http://host", "redis://host?prefix=a b", "redis://host?other=1", "redis://host?ca=/etc/passwd", "rediss://host?ca=/nonexistent"]) expect(() => storeAddress(wrong)).toThrow();
});
