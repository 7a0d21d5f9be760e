// A worker: jobs from the queue to slots, results back, and what becomes of jobs whose slot or worker is lost.
import { afterAll, beforeAll, beforeEach, describe, expect } from "bun:test";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { JobEvent } from "../../src/serve/events.ts";
import type { Job, ProgramWork } from "../../src/serve/job.ts";
import type { JobResult } from "../../src/serve/outcome.ts";
import { openSqliteQueue } from "../../src/serve/queue/sqlite/open.ts";
import type { Queue } from "../../src/serve/queue/queue.ts";
import { Worker } from "../../src/serve/work/worker.ts";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, executable("/usr/bin/python3"));

const bounds = { jobs: 100, jobsOfKey: null, mostWaitSeconds: null };
const attempts = 2;

let directory: string;
let queue: Queue;
let worker: Worker;
let ended: { readonly id: string; readonly result: JobResult }[] = [];

beforeAll(async () => {
  directory = makeTestDirectory("worker");
  queue = await openSqliteQueue(join(directory, "data"), { sync: "normal", attempts, leaseMs: 3000, results: { keepMs: 3_600_000, mostCount: 1000, mostBytes: 2 ** 30 } });
  worker = started();
});

beforeEach(() => void (ended = []));

afterAll(async () => {
  await worker.close();
  await queue.close();
  rmSync(directory, { recursive: true, force: true });
});

function started(state = "state"): Worker {
  const slot = { stateDir: join(directory, state), contents: join(directory, "data/contents"), sync: "normal", packs: [], cpus: null, usual: { run: { process_limit: 8 }, compile: {} } } as const;
  const one = new Worker(queue, {
    facts: { name: "here", slots: 2, languages: null, labels: {} },
    slots: [slot, slot],
    leaseMs: 3000,
    jobEnded: (job, result) => void ended.push({ id: job.id, result }),
    warn: () => {},
  });
  one.start();
  return one;
}

function python(source: string, parts: Partial<Job> = {}): Job {
  const work: ProgramWork = {
    kind: "program", language: "python", files: [{ name: "main.py", content: { text: source } }], data: [], compilerOptions: [], args: [], environment: {}, compileLimits: {}, runLimits: {}, network: false, stderrToStdout: false, runs: 1,
    tests: [{ name: "1", stdin: { text: "" }, args: [], expected: null, limits: {} }], stopsAtFailure: true, checker: null, filesOut: [], keepsOrder: false,
  };
  return { id: randomUUID(), dialect: "v1", class: "normal", key: null, receivedAt: Date.now(), deadline: null, keepFor: null, labels: {}, isStreamed: false, callback: null, work, memo: null, ...parts };
}

async function add(...jobs: readonly Job[]): Promise<void> {
  await queue.add(jobs.map((job) => ({ job, idempotency: null })), bounds);
}

async function resultOf(id: string): Promise<JobResult> {
  for await (const event of queue.watch(id, new AbortController().signal)) if (event.kind === "ended") return event.result;
  throw new Error("it has no end");
}

const outputOf = ({ tests }: JobResult) => tests.map(({ run: { stdout } }) => ("text" in stdout ? stdout.text : stdout));

/** The processes of this worker's slots. */
function slotPids(): number[] {
  return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(".slot") && readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(process.pid);
    } catch {
      return false;
    }
  });
}

/** Whether a shell has this word in its command. */
function isRunning(mark: string): boolean {
  return readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name)).some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("sh\0-c\0") && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
    } catch {
      return false;
    }
  });
}

describe("a worker", () => {
  claim("runs jobs in its slots, and each has one result", async () => {
    const jobs = Array.from({ length: 6 }, (_, number) => python(`print(${number})`));
    await add(...jobs);
    const results = await Promise.all(jobs.map(({ id }) => resultOf(id)));
    expect(results.map((result) => [result.outcome, result.attempt, result.worker, ...outputOf(result)])).toEqual(jobs.map((_, number) => ["finished", 1, "here", `${number}\n`]));
    await until("the worker has told of all", () => ended.length === 6);
    expect(ended.map(({ id }) => id).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(await queue.stats()).toMatchObject({ running: 0, dead: 0, refusedResults: 0 });
  });

  claim("tells what runs where", async () => {
    const job = python("import time\ntime.sleep(1)");
    await add(job);
    await until("it runs", () => worker.slots.some((slot) => slot.job?.id === job.id));
    expect(worker.slots.filter((slot) => slot.job !== null)).toMatchObject([{ cpus: null, job: { id: job.id, language: "python" } }]);
    await resultOf(job.id);
    await until("the slot is free", () => worker.slots.every((slot) => slot.job === null));
  });

  claim("tells output as it comes to who watches, even when they come late", async () => {
    const job = python("import time\nfor i in range(30):\n  print(i, flush=True)\n  time.sleep(0.05)");
    await add(job);
    await until("it runs", () => worker.slots.some((slot) => slot.job?.id === job.id));
    worker.watched(job.id);
    const kinds: JobEvent["kind"][] = [];
    for await (const event of queue.watch(job.id, new AbortController().signal)) kinds.push(event.kind);
    expect(kinds.filter((kind) => kind === "output").length).toBeGreaterThan(3);
    expect(kinds.at(-1)).toBe("ended");
  });

  claim("ends a job that is cancelled while it runs", async () => {
    const job = python("import time\ntime.sleep(60)", {});
    await add(job);
    await until("it runs", () => worker.slots.some((slot) => slot.job?.id === job.id));
    expect(await queue.cancel(job.id)).toBe(true);
    expect(await resultOf(job.id)).toMatchObject({ outcome: "cancelled" });
    await until("the slot is free", () => worker.slots.every((slot) => slot.job === null));
  });

  claim("gives a job whose slot dies to the next slot, and after so many deaths it is one of the dead", async () => {
    const mark = `killer-${randomUUID()}`;
    const survivor = python("import time\ntime.sleep(0.5)\nprint('here')");
    await add(survivor);
    await until("it runs", () => worker.slots.some((slot) => slot.job?.id === survivor.id));
    for (const pid of slotPids()) process.kill(pid, "SIGKILL");
    const result = await resultOf(survivor.id);
    expect([result.outcome, result.attempt, ...outputOf(result)]).toEqual(["finished", 2, "here\n"]);

    const killer = python(`import os\nos.execv('/bin/sh', ['sh', '-c', 'sleep 60; : ${mark}'])`);
    await add(killer);
    for (let start = 0; start < attempts; start++) {
      await until(`start ${start + 1}`, async () => (await queue.get(killer.id))?.attempts === start + 1 && isRunning(mark));
      for (const pid of slotPids()) process.kill(pid, "SIGKILL");
      await until("the program has ended", () => !isRunning(mark));
    }
    expect(await resultOf(killer.id)).toMatchObject({ outcome: "failed", status: "InternalError" });
    expect((await queue.stats()).dead).toBe(1);
  });

  claim("that drains ends what runs and begins nothing; what waits is there for the next one", async () => {
    const running = python("import time\ntime.sleep(0.5)\nprint('end')");
    await add(running);
    await until("it runs", () => worker.slots.some((slot) => slot.job?.id === running.id));
    worker.drain();
    const waiting = python("print('later')");
    await add(waiting);
    await worker.idle();
    expect(outputOf((await queue.get(running.id))!.result!)).toEqual(["end\n"]);
    expect((await queue.get(waiting.id))!.state).toBe("queued");
    await worker.close();
    worker = started();
    expect(outputOf(await resultOf(waiting.id))).toEqual(["later\n"]);
  });

  claim("that is closed gives back what runs, and that start does not count", async () => {
    const job = python("import os, time\nwhile not os.path.exists('/box/never'): time.sleep(0.05)");
    await add(job);
    await until("it runs", () => worker.slots.some((slot) => slot.job?.id === job.id));
    await worker.close();
    expect(await queue.get(job.id)).toMatchObject({ state: "queued", result: null });
    expect(slotPids()).toEqual([]);
    // As often as starts that count would have made it one of the dead.
    for (let time = 0; time < attempts; time++) {
      worker = started();
      await until("it runs again", () => worker.slots.some((slot) => slot.job?.id === job.id));
      await worker.close();
      expect((await queue.get(job.id))!.state).toBe("queued");
    }
    await queue.cancel(job.id);
    worker = started();
  });

  claim("that is closed leaves no box behind", async () => {
    await worker.close();
    worker = started("another");
    const job = python("print(1)");
    await add(job);
    await resultOf(job.id);
    await worker.close();
    expect(readdirSync(join(directory, "another")).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    worker = started();
  });
});
