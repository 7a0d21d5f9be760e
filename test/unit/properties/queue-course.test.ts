// Whatever is asked of the queue in whatever order, with changes that fail and starts anew in between, it stays whole.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Job } from "../../../src/serve/job.ts";
import type { Claim, NewJob } from "../../../src/serve/queue/queue.ts";
import { anyBounds, aWorker, newJob, queueJob, resultOf } from "../../helpers/queue-jobs.ts";
import { testQueue, type TestQueue } from "../../helpers/sqlite-queue.ts";
import { Random, seeds } from "./property.ts";

interface Known {
  readonly id: string;
  /** Results that were acknowledged since it was last revived. */
  results: number;
  isRemoved: boolean;
}

class Course {
  readonly #it: TestQueue;
  readonly #random: Random;
  readonly #contents: readonly unknown[];
  readonly known: Known[] = [];
  readonly claims: Claim[] = [];

  constructor(it: TestQueue, random: Random, contents: readonly unknown[]) {
    [this.#it, this.#random, this.#contents] = [it, random, contents];
  }

  #job(): NewJob {
    const random = this.#random;
    const job = queueJob({
      class: random.pick(["interactive", "normal", "batch"]), key: random.pick([null, "a", "b", "__proto__"]), dialect: random.pick(["v1", "judge0"]),
      keepFor: random.pick([null, null, 0, 5000]), deadline: random.once(6) ? this.#it.clocks.wallMs + random.below(40_000) : null,
      callback: random.once(4) ? { url: "http://example.org/", method: "PUT" } : null,
    });
    const work = { ...job.work, files: [{ name: "main.c", content: random.once(2) ? { text: "x" } : random.pick(this.#contents) }] };
    return { job: { ...job, work } as Job, idempotency: random.once(5) ? { key: random.pick(["k", "l"]), bodyHash: random.pick(["h", "i"]) } : null };
  }

  #known(): Known | undefined {
    return this.known.length === 0 ? undefined : this.#random.pick(this.known);
  }

  /** One call, whose promise is looked at later: several are in one transaction. */
  ask(): Promise<unknown> {
    const { queue } = this.#it;
    const random = this.#random;
    return random.pick([
      async () => {
        const jobs = Array.from({ length: 1 + random.below(3) }, () => this.#job());
        const added = await queue.add(jobs, { ...anyBounds, jobs: 30 });
        for (const { kind, id } of added) if (kind === "added") this.known.push({ id, results: 0, isRemoved: false });
      },
      // It fails: both have one id. Everything else of the moment is made once more.
      () => queue.add(Array(2).fill(newJob()), anyBounds),
      async () => {
        const claim = await queue.claim({ ...aWorker, name: random.pick(["one", "two"]) });
        if (claim !== null) this.claims.push(claim);
      },
      async () => {
        const claim = this.claims.length === 0 ? null : random.pick(this.claims);
        if (claim === null) return;
        const isKept = await queue.finish(claim, { ...resultOf(claim.attempt), tests: random.once(2) ? [{ run: { stdout: random.pick(this.#contents) } }] as never : [] });
        if (isKept) this.known.find(({ id }) => id === claim.job.id)!.results++;
      },
      async () => {
        if (this.claims.length > 0) await queue.giveBack(random.pick(this.claims), random.once(2), "for no reason");
      },
      async () => void (await queue.cancel(this.#known()?.id ?? "unknown")),
      async () => {
        const known = this.#known();
        if (known !== undefined && (await queue.remove(known.id))) known.isRemoved = true;
      },
      async () => {
        const known = this.#known();
        if (known !== undefined && (await queue.retry(known.id))) known.results = 0;
      },
      async () => {
        for (const { stored } of await queue.dueCallbacks(3)) {
          const [error, retryInMs] = random.pick([[null, null], ["no", 1000], ["no", null]] as const);
          await queue.callbackDone(stored.job.id, error, retryInMs);
        }
      },
      async () => void (await queue.renew(aWorker, this.claims)),
      async () => void (await queue.get(this.#known()?.id ?? "unknown")),
    ])();
  }
}

/** What is counted in memory and with each change is what is there. */
async function expectWhole({ queue, directory }: TestQueue): Promise<void> {
  const stats = await queue.stats();
  const { total } = await queue.list(null, 0, 0);
  const database = new Database(`${directory}/queue.db`, { readonly: true });
  const one = (sql: string) => Object.values(database.query(sql).get() as Record<string, number>)[0] ?? 0;
  const counted = {
    queued: { interactive: one("SELECT count(*) FROM job WHERE state = 0 AND class = 0"), normal: one("SELECT count(*) FROM job WHERE state = 0 AND class = 1"), batch: one("SELECT count(*) FROM job WHERE state = 0 AND class = 2") },
    running: one("SELECT count(*) FROM job WHERE state = 1"),
    results: one("SELECT count(*) FROM job WHERE state = 2"),
    dead: one("SELECT count(*) FROM job WHERE dead = 1"),
  };
  expect(stats).toMatchObject(counted);
  expect(total).toBe(one("SELECT count(*) FROM job"));
  expect(one("SELECT count(*) FROM record")).toBe(total);
  expect(one("SELECT count(*) FROM job j JOIN result r ON r.seq = j.seq WHERE j.state = 2")).toBe(counted.results);
  expect(one("SELECT count(*) FROM result")).toBe(counted.results);
  expect(one("SELECT count(*) FROM callback WHERE seq NOT IN (SELECT seq FROM job WHERE state = 2)")).toBe(0);
  expect(one("SELECT count(*) FROM content WHERE seq NOT IN (SELECT seq FROM job)")).toBe(0);
  expect(one("SELECT count(*) FROM content c JOIN job j ON j.seq = c.seq WHERE c.ended <> (j.state = 2)")).toBe(0);
  const bytes = one("SELECT coalesce(sum(bytes), 0) FROM job WHERE state = 2") + one("SELECT coalesce(sum(bytes), 0) FROM (SELECT DISTINCT sha256, bytes FROM content WHERE ended = 1)");
  expect(one("SELECT coalesce((SELECT value FROM counter WHERE name = 'bytes'), 0)")).toBe(bytes);
  database.close();
}

test("the queue counts what is there, keeps what it has acknowledged, and gives each job one result", async () => {
  for (const seed of seeds) {
    const random = new Random(seed);
    await using it = await testQueue({ results: { keepMs: 200_000, mostCount: 25, mostBytes: 150_000 }, contentGraceMs: 1e9 });
    const contents = await Promise.all(["a", "b", "c"].map((fill) => it.queue.contents.put(Buffer.alloc(10_000 + fill.charCodeAt(0), fill))));
    const course = new Course(it, random, contents);
    for (let step = 0; step < 60; step++) {
      await Promise.allSettled(Array.from({ length: 1 + random.below(6) }, () => course.ask()));
      if (random.once(4)) await it.pass(random.pick([100, 4000, 16_000]));
      if (random.once(15)) await it.again();
      await expectWhole(it);
      for (const known of course.known) expect(known.results).toBeLessThanOrEqual(1);
    }
    // All that is left comes to an end, whatever has happened to it.
    for (let claim = await it.queue.claim(aWorker); claim !== null; claim = await it.queue.claim(aWorker)) await it.queue.finish(claim, resultOf(claim.attempt));
    await it.pass(16_000);
    for (let claim = await it.queue.claim(aWorker); claim !== null; claim = await it.queue.claim(aWorker)) await it.queue.finish(claim, resultOf(claim.attempt));
    expect(await it.queue.stats()).toMatchObject({ queued: { interactive: 0, normal: 0, batch: 0 }, running: 0 });
    await expectWhole(it);
  }
}, 60_000);
