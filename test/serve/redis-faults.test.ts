// What may happen to the store, to a worker and to the way between them: nothing accepted is lost, and nobody is busy waiting.
import { afterAll, describe, expect } from "bun:test";
import type { JobEvent } from "../../src/serve/events.ts";
import { StoreFault } from "../../src/serve/queue/queue.ts";
import { anyBounds, aWorker, newJob, resultOf } from "../helpers/queue-jobs.ts";
import { TestStore } from "../helpers/redis-queue.ts";
import { freePort, RedisServer, redis } from "../helpers/redis-server.ts";
import { claimWith, executable } from "../helpers/requires.ts";
import { nextMessage, startFixture, temporaryDirectory } from "../helpers/temporary.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(redis);
const shared = redis.missing === null ? await RedisServer.start() : null;
afterAll(() => shared?.[Symbol.asyncDispose]());

/** Impatient, so that tests are short. */
const brief = { leaseMs: 600, times: { firstMs: 300, commandMs: 400, patienceMs: 100 } } as const;

const fault = (error: unknown) => error;

describe("a store that goes away", () => {
  claim("fails every call with a fault that names it, and is used again when it is back, with all it had", async () => {
    await using server = await RedisServer.start({ appendonly: true, settings: ["--appendfsync", "always"] });
    await using store = new TestStore(server, brief);
    const queue = await store.open();
    const jobs = [newJob(), newJob()];
    await queue.add(jobs, anyBounds);
    const got = (await queue.claim(aWorker))!;
    await server.kill();
    for (const call of [() => queue.add([newJob()], anyBounds), () => queue.claim(aWorker), () => queue.finish(got, resultOf(1)), () => queue.stats()]) {
      const thrown = await call().catch(fault);
      expect(thrown).toBeInstanceOf(StoreFault);
      expect(String(thrown)).toContain(`redis://127.0.0.1:${server.port}`);
    }
    expect(await queue.tryOut()).toContain("cannot be reached");
    await server.start();
    await until("it can be used again", async () => (await queue.tryOut()) === null);
    expect(await queue.finish(got, resultOf(1))).toBe(true);
    expect((await queue.get(got.job.id))!.state).toBe("ended");
    const next = await until("the other one can be had", () => queue.claim(aWorker));
    expect(next.job.id).toBe(jobs[1]!.job.id);
  });

  claim("ends no lease by being away, however long, and nobody is busy meanwhile", async () => {
    await using server = await RedisServer.start({ appendonly: true, settings: ["--appendfsync", "always"] });
    await using store = new TestStore(server, brief);
    const queue = await store.open();
    await queue.add([newJob()], anyBounds);
    const got = (await queue.claim(aWorker))!;
    await server.kill();
    const before = process.cpuUsage();
    await Bun.sleep(2 * brief.leaseMs);
    const { user, system } = process.cpuUsage(before);
    // A hot loop would need all of it. Microseconds.
    expect(user + system).toBeLessThan(brief.leaseMs * 1000);
    await server.start();
    await until("it can be used again", async () => (await queue.tryOut()) === null);
    expect(await queue.renew(aWorker, [got])).toEqual([]);
    expect(await queue.finish(got, resultOf(1))).toBe(true);
    expect((await queue.stats()).lostLeases).toBe(0);
  });

  claim("comes back empty: results of what ran are kept, and servers put their jobs back", async () => {
    await using server = await RedisServer.start();
    await using store = new TestStore(server, brief);
    const [front, gone, worker] = [await store.open(), await store.open(), await store.open()];
    const bytes = new Uint8Array(50_000).fill(7);
    const content = await front.contents.put(bytes);
    const [runs, waits, lost] = [newJob({ callback: { url: "http://127.0.0.1/", method: "PUT" } }), newJob({ memo: { content } }), newJob()];
    await front.add([runs, waits], anyBounds);
    await gone.add([lost], anyBounds);
    const got = (await worker.claim(aWorker))!;
    const waiting = [waits, lost].map(({ job }) => Array.fromAsync(front.watch(job.id, new AbortController().signal)).catch(fault));
    // What is asked later is answered later: they watch.
    await front.get(waits.job.id);
    await gone.close();
    await server.kill();
    server.empty();
    await server.start();
    await until("both can use it again", async () => (await front.tryOut()) === null && (await worker.tryOut()) === null);
    expect(await worker.renew(aWorker, [got])).toEqual([]);
    expect(await worker.finish(got, resultOf(1))).toBe(true);
    expect(await worker.finish(got, resultOf(1))).toBe(true);
    expect(await front.get(runs.job.id)).toMatchObject({ job: runs.job, state: "ended", attempts: 1, result: resultOf(1) });
    expect(await front.dueCallbacks(10)).toMatchObject([{ stored: { job: { id: runs.job.id } } }]);
    const again = await until("it was put back", () => worker.claim(aWorker));
    expect(again.job).toEqual(waits.job);
    expect(Buffer.from((await worker.contents.get(content))!).equals(bytes)).toBe(true);
    expect(await worker.finish(again, resultOf(1))).toBe(true);
    expect((await waiting[0] as JobEvent[]).at(-1)).toEqual({ kind: "ended", result: resultOf(1) });
    // Whoever had put it there is gone as well.
    expect(String(await waiting[1])).toContain(`has lost the job ${lost.job.id}`);
    await front.add([newJob()], anyBounds);
    expect(await until("it is taken", () => worker.claim(aWorker))).not.toBeNull();
    expect(await front.stats()).toMatchObject({ running: 1, results: 2, queued: { normal: 0 } });
  });

  claim("is emptied under our hands: the same", async () => {
    await using server = await RedisServer.start();
    await using store = new TestStore(server, brief);
    const queue = await store.open();
    await queue.add([newJob()], anyBounds);
    const got = (await queue.claim(aWorker))!;
    await server.ask("FLUSHALL");
    await server.ask("SCRIPT", "FLUSH");
    expect(await queue.renew(aWorker, [got])).toEqual([]);
    expect(await queue.finish(got, resultOf(1))).toBe(true);
    expect((await queue.get(got.job.id))!.state).toBe("ended");
    const waits = newJob();
    await queue.add([waits], anyBounds);
    await server.ask("FLUSHALL");
    expect((await until("it was put back", () => queue.claim(aWorker))).job).toEqual(waits.job);
  });

  claim("stands still: a call ends after its time, and goes on when the store does", async () => {
    await using server = await RedisServer.start();
    await using store = new TestStore(server, { ...brief, leaseMs: 60_000 });
    const queue = await store.open();
    await queue.add([newJob()], anyBounds);
    server.stop();
    const claimed = queue.claim(aWorker).catch(fault);
    const watched = Array.fromAsync(queue.watch(crypto.randomUUID(), new AbortController().signal)).catch(fault);
    expect([await claimed, await watched].map((thrown) => thrown instanceof StoreFault)).toEqual([true, true]);
    server.goOn();
    // The store did what was asked of it in the meantime. The worker does not know, so it is given back, and does not count.
    const got = await until("the job can be had", () => queue.claim(aWorker).catch(() => null));
    expect(await queue.finish(got, resultOf(got.attempt))).toBe(true);
    expect(await queue.stats()).toMatchObject({ running: 0, results: 1, lostLeases: 0 });
  });
});

describe("a store that is not fit", () => {
  claim("cannot be reached: that is said with its address, without the password", async () => {
    const { openRedisQueue } = await import("../../src/serve/queue/redis/open.ts");
    using directory = temporaryDirectory();
    const options = { dataDir: directory.path, sync: "normal", attempts: 3, leaseMs: 1000, results: { keepMs: 1, mostCount: 1, mostBytes: 1 }, warn: () => {}, times: { firstMs: 200 } } as const;
    const thrown = String(await openRedisQueue("redis://user:secret@127.0.0.1:1", options).catch(fault));
    expect(thrown).toContain("cannot reach the store redis://127.0.0.1:1");
    expect(thrown).not.toContain("secret");
  });

  claim("removes keys by itself: it is refused", async () => {
    await using server = await RedisServer.start({ settings: ["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"] });
    await using store = new TestStore(server, brief);
    expect(String(await store.open().catch(fault))).toContain("maxmemory-policy allkeys-lru");
  });

  claim("forgets jobs when it ends: that is said once", async () => {
    await using server = await RedisServer.start();
    await using store = new TestStore(server, brief);
    await store.open();
    expect(store.warnings).toEqual([expect.stringContaining("set appendonly yes")]);
    await using kept = await RedisServer.start({ appendonly: true });
    await using other = new TestStore(kept, brief);
    await other.open();
    expect(other.warnings).toEqual([]);
  });

  claim("wants another password: that is named as a cause, since the client cannot tell", async () => {
    await using server = await RedisServer.start();
    await server.ask("CONFIG", "SET", "requirepass", "secret");
    await using store = new TestStore(server, brief);
    expect(((await store.open().catch(fault)) as { readonly hint: string }).hint).toContain("password");
  });

  claim("is full: new jobs are refused before anything is written, and what runs is finished", async () => {
    await using server = await RedisServer.start({ settings: ["--maxmemory-policy", "noeviction"] });
    await using store = new TestStore(server, { ...brief, leaseMs: 60_000 });
    const queue = await store.open();
    await queue.add([newJob()], anyBounds);
    const got = (await queue.claim(aWorker))!;
    await server.ask("CONFIG", "SET", "maxmemory", "1mb");
    const thrown = await queue.add([newJob()], anyBounds).catch(fault);
    expect(thrown).toBeInstanceOf(StoreFault);
    expect(String(thrown)).toContain("maxmemory");
    expect(await queue.tryOut()).toContain("maxmemory");
    expect(await queue.finish(got, resultOf(1))).toBe(true);
    expect(await queue.stats()).toMatchObject({ queued: { normal: 0 }, running: 0, results: 1 });
  });
});

describe("a store with TLS", () => {
  claimWith(redis, executable("/usr/bin/openssl"))("is used when its certificate is signed by those who are named", async () => {
    using directory = temporaryDirectory();
    const [key, cert] = [`${directory.path}/key.pem`, `${directory.path}/cert.pem`];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    expect(Bun.spawnSync(["/usr/bin/openssl", ...made]).exitCode).toBe(0);
    const port = await freePort();
    await using server = await RedisServer.start({ settings: ["--tls-port", String(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"] });
    const { openRedisQueue } = await import("../../src/serve/queue/redis/open.ts");
    const options = { dataDir: `${directory.path}/data`, sync: "normal", attempts: 3, ...brief, results: { keepMs: 1000, mostCount: 10, mostBytes: 1000 }, warn: () => {} } as const;
    expect(String(await openRedisQueue(`rediss://127.0.0.1:${port}`, options).catch(fault))).toContain("cannot reach the store");
    const queue = await openRedisQueue(`rediss://127.0.0.1:${port}?ca=${cert}`, options);
    expect(await queue.tryOut()).toBeNull();
    await queue.close();
    expect(server.pid).toBeGreaterThan(0);
  });
});

describe("a worker", () => {
  claim("that is killed loses its job to another one after its lease", async () => {
    await using store = new TestStore(shared!, brief);
    const queue = await store.open();
    const added = newJob();
    await queue.add([added], anyBounds);
    await using worker = await startWorker(store);
    worker.child.kill("SIGKILL");
    await worker.child.exited;
    const got = await until("it is given to another one", () => queue.claim({ ...aWorker, name: "two" }));
    expect([got.job.id, got.attempt]).toEqual([added.job.id, 2]);
    expect(await queue.finish(got, resultOf(2))).toBe(true);
    expect(await queue.stats()).toMatchObject({ lostLeases: 1, refusedResults: 0 });
  });

  claim("that was stopped for longer than its lease comes too late with its result", async () => {
    await using store = new TestStore(shared!, brief);
    const queue = await store.open();
    const added = newJob();
    await queue.add([added], anyBounds);
    await using worker = await startWorker(store);
    worker.child.kill("SIGSTOP");
    const got = await until("it is given to another one", () => queue.claim({ ...aWorker, name: "two" }));
    expect(await queue.finish(got, resultOf(2, "two"))).toBe(true);
    worker.child.kill("SIGCONT");
    worker.child.stdin.write("finish\n");
    worker.child.stdin.flush();
    expect(await nextMessage(worker.child)).toEqual({ finished: false });
    expect((await queue.get(added.job.id))!.result!.worker).toBe("two");
    expect((await queue.stats()).refusedResults).toBe(1);
  });
});

describe("everything at once", () => {
  claim("leaves each of 300 jobs with one result: workers are killed all the time, and the store twice", async () => {
    await using server = await RedisServer.start({ appendonly: true, settings: ["--appendfsync", "always"] });
    await using store = new TestStore(server, { leaseMs: 500, times: { commandMs: 2000, patienceMs: 100 } });
    const queue = await store.open();
    const jobs = Array.from({ length: 300 }, (_, index) => newJob({ key: `k${index % 3}` }));
    await queue.add(jobs, anyBounds);
    using directory = temporaryDirectory();
    let number = 0;
    const start = () => startFixture("../serve/redis-crowd", store.url, `${directory.path}/${number}`, `w${number++}`);
    const crowd = [start(), start()];
    const counted = async () => await queue.stats().catch(() => null);
    let kills = 0;
    try {
      for (const [next, share] of [40, 80, 120, 160, 200].entries()) {
        await until(`${share} have ended`, async () => ((await counted())?.results ?? 0) >= share, 30_000);
        crowd.splice(0, 1)[0]!.kill("SIGKILL");
        kills++;
        crowd.push(start());
        if (next % 2 === 1) {
          await server.kill();
          await server.start();
        }
      }
      await until("all have ended", async () => (await counted())?.results === 300, 30_000);
    } finally {
      for (const each of crowd) each.kill("SIGKILL");
    }
    expect(kills).toBe(5);
    const all = await queue.getMany(jobs.map(({ job }) => job.id));
    expect(all.map((stored) => [stored!.state, stored!.result!.outcome, stored!.result!.attempt === stored!.attempts])).toEqual(jobs.map(() => ["ended", "finished", true]));
    expect(await queue.stats()).toMatchObject({ queued: { normal: 0 }, running: 0, dead: 0, results: 300 });
  });
});

/** A process that claims one job and says so. */
async function startWorker(store: TestStore) {
  const directory = temporaryDirectory();
  const child = startFixture("../serve/redis-worker", store.url, directory.path, String(brief.leaseMs));
  expect(await nextMessage(child)).toMatchObject({ claimed: expect.any(String) });
  return {
    child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      directory[Symbol.dispose]();
    },
  };
}
