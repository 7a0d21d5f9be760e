// Many machines: servers without slots, workers and a Redis server, each as people start it.
import { afterAll, describe, expect } from "bun:test";
import { redis, RedisServer } from "../helpers/redis-server.ts";
import { executable, claimWith, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { spawnBinary, startWorker } from "../helpers/serve-worker.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, redis, executable("/usr/bin/python3"));

/** Leases that end while a test waits. Fractions of a second are not taken. */
const brief = { queue: { lease: 1 } };
const env = { MINI_ISOLATE_SERVE_QUEUE_LEASE: "1" };

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly status: string | null;
  readonly attempts: number;
  readonly worker: string | null;
}

async function submit(server: TestService, source: string, more: Readonly<Record<string, unknown>> = {}): Promise<Shown> {
  const answer = await server.post("/v1/jobs", { language: "python", source, ...more });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Shown;
}

const look = async (server: TestService, id: string) => (await (await server.ask(`/v1/jobs/${id}`)).json()) as Shown;
const ended = async (server: TestService, id: string) => await until(`${id} has ended`, async () => {
  const shown = await look(server, id);
  return shown.state === "ended" ? shown : null;
}, 30_000);

describe("two workers", () => {
  claim("run what two servers take: each job exactly once, whoever asks for it", async () => {
    await using store = await RedisServer.start({ appendonly: true });
    await using first = await startServer({ store: store.url, slots: 0 });
    await using second = await startServer({ store: store.url, slots: 0 });
    await using one = await startWorker(store.url, "one");
    await using two = await startWorker(store.url, "two");
    const jobs = await Promise.all(Array.from({ length: 10 }, (_, index) => submit(index % 2 === 0 ? first : second, `print(${index})`)));
    const results = await Promise.all(jobs.map(({ id }, index) => ended(index % 2 === 0 ? second : first, id)));
    expect(results.map(({ outcome, status, attempts }) => [outcome, status, attempts])).toEqual(jobs.map(() => ["finished", "Success", 1]));
    const told = () => [one, two].map((worker) => worker.log().filter(({ event }) => event === "job").length);
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count);
    // A worker writes the line when the result is in the store, where others may see it before.
    await until("the workers have told of all", () => sum(told()) >= 10);
    const ran = told();
    expect(sum(ran)).toBe(10);
    expect(Math.min(...ran)).toBeGreaterThan(0);
  });

  claim("take over from one that is killed, and from one that is stopped for longer than its lease, whose result comes too late", async () => {
    await using store = await RedisServer.start();
    await using server = await startServer({ store: store.url, slots: 0, ...brief });
    await using killed = await startWorker(store.url, "killed", [], env);
    const first = await submit(server, "import time; time.sleep(1); print(1)");
    await until("it runs", async () => (await look(server, first.id)).state === "running");
    killed.signal("SIGKILL");
    await using stopped = await startWorker(store.url, "stopped", [], env);
    expect(await ended(server, first.id)).toMatchObject({ outcome: "finished", attempts: 2, worker: "stopped" });
    const second = await submit(server, "import time; time.sleep(1); print(2)");
    await until("it runs", async () => (await look(server, second.id)).state === "running");
    stopped.signal("SIGSTOP");
    await using _other = await startWorker(store.url, "other", [], env);
    expect(await ended(server, second.id)).toMatchObject({ outcome: "finished", attempts: 2, worker: "other" });
    stopped.signal("SIGCONT");
    const third = await submit(server, "print(3)");
    await ended(server, third.id);
    expect(await look(server, second.id)).toMatchObject({ worker: "other", attempts: 2 });
    expect(stopped.log().filter((line) => line.event === "job" && line["job"] === second.id)).toEqual([]);
  });
});

describe("two servers", () => {
  claim("are one service: a request that is sent again to the other one, output as it comes, one callback", async () => {
    await using store = await RedisServer.start();
    const told: string[] = [];
    using listener = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: async (request) => {
      told.push(((await request.json()) as Shown).id);
      return new Response();
    } });
    const callbacks = { private_networks: ["127.0.0.0/8"] };
    await using first = await startServer({ store: store.url, slots: 0, callbacks });
    await using second = await startServer({ store: store.url, slots: 0, callbacks });
    await using _worker = await startWorker(store.url, "one");
    const body = { language: "python", source: "import time\nprint(1, flush=True)\ntime.sleep(0.5)\nprint(2)", live: true, callback: { url: `http://127.0.0.1:${listener.port}/` } };
    const ids = await Promise.all([first, second].map(async (server) => ((await (await server.post("/v1/jobs", body, { "Idempotency-Key": "same" })).json()) as Shown).id));
    expect(ids[0]).toBe(ids[1]!);
    const events = await (await second.ask(`/v1/jobs/${ids[0]}/events`)).text();
    expect(events).toContain("event: output");
    expect(events.match(/^event: ended$/gm)).toHaveLength(1);
    await until("the callback came", () => told.length > 0, 20_000);
    // Both look for callbacks more often than that.
    await Bun.sleep(1200);
    expect(told).toEqual([ids[0]!]);
  });
});

/** For the claims that leave both as they were. */
let shared: { readonly store: RedisServer; readonly server: TestService } | null = null;
async function both(): Promise<{ readonly store: RedisServer; readonly server: TestService }> {
  if (shared === null) {
    const store = await RedisServer.start();
    shared = { store, server: await startServer({ store: store.url, slots: 0 }) };
  }
  return shared;
}
afterAll(async () => {
  await shared?.server[Symbol.asyncDispose]();
  await shared?.store[Symbol.asyncDispose]();
});

describe("a worker", () => {
  claim("lets what runs end at SIGTERM, and leaves what waits to others", async () => {
    const { store, server } = await both();
    await using leaving = await startWorker(store.url, "leaving");
    const runs = await submit(server, "import time; time.sleep(1)");
    await until("it runs", async () => (await look(server, runs.id)).state === "running");
    const waits = await submit(server, "print(1)");
    leaving.signal("SIGTERM");
    expect(await leaving.ended).toBe(0);
    expect(await look(server, runs.id)).toMatchObject({ state: "ended", outcome: "finished", attempts: 1 });
    expect(await look(server, waits.id)).toMatchObject({ state: "queued", attempts: 0 });
    await using _next = await startWorker(store.url, "next");
    expect(await ended(server, waits.id)).toMatchObject({ worker: "next", attempts: 1 });
  });

  claim("finishes what runs while the store is away, and brings the result when it is back", async () => {
    await using store = await RedisServer.start({ appendonly: true, settings: ["--appendfsync", "always"] });
    await using server = await startServer({ store: store.url, slots: 0 });
    await using worker = await startWorker(store.url, "one");
    const job = await submit(server, "import time; time.sleep(1); print(1)");
    await until("it runs", async () => (await look(server, job.id)).state === "running");
    await store.kill();
    expect((await server.post("/v1/jobs", { language: "python", source: "1" })).status).toBe(503);
    await worker.says("store-away");
    await store.start();
    expect(await ended(server, job.id)).toMatchObject({ outcome: "finished", attempts: 1, worker: "one" });
    await worker.says("store-back");
    expect(await ended(server, (await submit(server, "print(2)")).id)).toMatchObject({ outcome: "finished" });
  });

  claim("gets the jobs whose labels it has; a job that nobody can run is refused at once", async () => {
    const { store, server } = await both();
    const refused = async (more: Readonly<Record<string, unknown>>) => {
      const answer = await server.post("/v1/jobs", { language: "python", source: "1", ...more });
      return [answer.status, await answer.text()] as const;
    };
    expect(await refused({})).toEqual([503, expect.stringContaining("no worker is there")]);
    await using plain = await startWorker(store.url, "plain");
    await using _labelled = await startWorker(store.url, "labelled", ["--label", "cpu=fast"]);
    expect(await ended(server, (await submit(server, "1", { labels: { cpu: "fast" } })).id)).toMatchObject({ worker: "labelled" });
    expect((await refused({ labels: { cpu: "slow" } }))[0]).toBe(503);
    expect(plain.log().filter(({ event }) => event === "job")).toEqual([]);
  });

  claim("is told of a job that is cancelled while it runs", async () => {
    const { store, server } = await both();
    await using worker = await startWorker(store.url, "one");
    const job = await submit(server, "import time; time.sleep(60)");
    await until("it runs", async () => (await look(server, job.id)).state === "running");
    expect((await server.ask(`/v1/jobs/${job.id}/cancel`, { method: "POST" })).status).toBeLessThan(300);
    expect(await ended(server, job.id)).toMatchObject({ outcome: "cancelled" });
    await worker.says("job");
    expect(worker.log().filter(({ event }) => event === "job")).toHaveLength(1);
  });

  claim("gets long sources and inputs, and gives long outputs back, through the store", async () => {
    const { store, server } = await both();
    await using _worker = await startWorker(store.url, "one");
    const stdin = `${"0123456789".repeat(200_000)}\n`;
    const answer = await server.post("/api/v2/execute", { language: "python", version: "*", files: [{ content: `import sys; sys.stdout.write(sys.stdin.read())${" ".repeat(20_000)}` }], stdin });
    const { run } = (await answer.json()) as { readonly run: { readonly stdout: string } };
    expect([run.stdout.length, run.stdout === stdin]).toEqual([stdin.length, true]);
  });

  claim("does not try for ever to run a job whose files are gone from the store", async () => {
    const { store, server } = await both();
    await using worker = await startWorker(store.url, "one");
    worker.signal("SIGSTOP");
    const job = await submit(server, `print(1)${" ".repeat(20_000)}`);
    const names = (await store.ask("KEYS", "*:c:*")) as readonly string[];
    await store.ask("DEL", ...names);
    worker.signal("SIGCONT");
    const { problem } = (await ended(server, job.id)) as Shown & { readonly problem: string };
    expect(problem).toContain("the store has it no longer");
  });

  claim("needs a store that others reach, and slots", async () => {
    const said = async (...words: readonly string[]) => await spawnBinary("worker", ...words);
    expect(await said()).toMatchObject({ code: 64, stderr: expect.stringContaining("a worker needs a store that other machines can reach") });
    expect(await said("--store", "redis://127.0.0.1:1", "--slots", "0")).toMatchObject({ code: 64 });
    expect(await said("--store", "redis://127.0.0.1:1", "--label", "x")).toMatchObject({ code: 64, stderr: expect.stringContaining("NAME=VALUE") });
    const checked = await said("--store", "redis://:hunter2@127.0.0.1:1", "--name", "w", "--label", "cpu=fast", "--check");
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain("cpu: fast");
    expect(checked.stdout).not.toContain("hunter2");
  });
});
