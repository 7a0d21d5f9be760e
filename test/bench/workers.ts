/** What a Redis server does for many workers, whose jobs are nothing: what it costs them to wait, how long a job is on its way, how many there can be. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { openRedisQueue } from "../../src/serve/queue/redis/open.ts";
import type { RedisQueue } from "../../src/serve/queue/redis/redis-queue.ts";
import { anyBounds, newJob } from "../helpers/queue-jobs.ts";
import { redis, RedisServer } from "../helpers/redis-server.ts";
import { until } from "../helpers/until.ts";
import { percentile } from "./measure.ts";

const counts = [2, 20, 200, 2000];
const [processes, waitingMs, singles, flood, atOnce] = [4, 10_000, 200, 10_000, 100];
const patienceMs = 240_000;

export async function manyWorkers(directory: string): Promise<void> {
  if (redis.missing !== null) return console.log(`\nWorkers: not measured, ${redis.missing} is missing`);
  console.log("\nWorkers at one Redis server (appendonly yes, everysec), one slot each, jobs that take no time");
  console.log("workers | waiting: CPU of the store | a job alone, ms: p50, p99 | a flood: jobs/s | CPU of the store a job, us");
  for (const count of counts) {
    await using server = await RedisServer.start({ appendonly: true });
    console.log([count, ...(await measured(server, `${directory}/${count}`, count))].join(" | "));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measured(server: RedisServer, directory: string, count: number): Promise<readonly string[]> {
  mkdirSync(directory, { recursive: true });
  const queue = await openRedisQueue(server.url, { dataDir: `${directory}/front`, sync: "normal", attempts: 3, leaseMs: 15_000, results: { keepMs: 600_000, mostCount: 200_000, mostBytes: 2 ** 33 }, warn: () => {} });
  const hosts = await startHosts(server.url, directory, count);
  try {
    await until("all wait", async () => (await queue.workers()).length >= count, patienceMs);
    const idle = await cpuOf(server, () => Bun.sleep(waitingMs));
    const alone = await oneByOne(queue);
    const jobs = Array.from({ length: flood }, (_, index) => newJob({ key: `k${index % 10}` }));
    const before = (await queue.stats()).results;
    const begun = performance.now();
    const busy = await cpuOf(server, async () => {
      for (let from = 0; from < flood; from += atOnce) await queue.add(jobs.slice(from, from + atOnce), anyBounds);
      await until("all have ended", async () => (await queue.stats()).results >= before + flood, patienceMs);
    });
    const took = performance.now() - begun;
    return [`${((100 * idle) / waitingMs).toFixed(1)} %`, `${percentile(alone, 0.5).toFixed(1)}, ${percentile(alone, 0.99).toFixed(1)}`, ((1000 * flood) / took).toFixed(0), ((1000 * busy) / flood).toFixed(0)];
  } finally {
    for (const host of hosts) host.stdin.end();
    await Promise.all(hosts.map((host) => host.exited));
    await queue.close();
  }
}

async function oneByOne(queue: RedisQueue): Promise<readonly number[]> {
  const times: number[] = [];
  for (let number = 0; number < singles; number++) {
    const job = newJob();
    const begun = performance.now();
    await queue.add([job], anyBounds);
    for await (const _ of queue.watch(job.job.id, new AbortController().signal));
    times.push(performance.now() - begun);
  }
  return times;
}

async function startHosts(url: string, directory: string, count: number) {
  const each = Math.ceil(count / Math.min(count, processes));
  const firsts = Array.from({ length: Math.ceil(count / each) }, (_, index) => index * each);
  const hosts = firsts.map((first) =>
    Bun.spawn([process.execPath, `${import.meta.dir}/workers-process.ts`, url, directory, String(first), String(Math.min(each, count - first))], { stdin: "pipe", stdout: "pipe", stderr: "inherit" }),
  );
  await Promise.all(hosts.map(async (host) => {
    // It says that it is ready, and nothing else.
    for await (const _ of host.stdout) break;
  }));
  return hosts;
}

/** Milliseconds of CPU that the server uses meanwhile. */
async function cpuOf(server: RedisServer, work: () => Promise<unknown>): Promise<number> {
  const used = () => {
    const fields = readFileSync(`/proc/${server.pid}/stat`, "latin1").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const before = used();
  await work();
  return used() - before;
}
