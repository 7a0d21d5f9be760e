// What was acknowledged survives the end of the service at any moment, and has exactly one result.
import { expect } from "bun:test";
import { rmSync } from "node:fs";
import { claimWith, executable, sandbox } from "../helpers/requires.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { makeTestDirectory } from "../helpers/test-directory.ts";
import { until } from "../helpers/until.ts";

const claim = claimWith(...sandbox, executable("/bin/sh"));

const jobs = 1000;
const kills = 20;
/** Sent in one request. */
const batch = 25;

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly outcome: string;
  readonly tests: readonly { readonly stdout: string }[];
}

claim(`of ${jobs} jobs whose service is killed ${kills} times each ends exactly once, and none is lost or doubled`, async () => {
  const directory = makeTestDirectory("crash");
  // A job that runs when the service is killed was started, for nothing: here that may happen to one again and again.
  const start = () => startServer({ queue: { attempts: 100 }, results: { keep: "1h" } }, { directory });
  let service = await start();
  /** By number. */
  const ids = new Map<number, string>();
  let isOver = false;
  try {
    // Whoever hears nothing of a request sends it again, under the same key.
    const sending = (async () => {
      for (let first = 0; first < jobs; first += batch) {
        const numbers = Array.from({ length: batch }, (_, index) => first + index);
        const body = numbers.map((number) => ({ language: "shell", source: "read n; echo $((n * 2))\n", stdin: `${number}\n` }));
        for (;;) {
          try {
            const answer = await service.post("/v1/batch", body, { "Idempotency-Key": `batch-${first}` });
            if (answer.ok) {
              const told = (await answer.json()) as { readonly jobs: readonly { readonly id: string }[] };
              for (const [index, { id }] of told.jobs.entries()) ids.set(first + index, id);
              break;
            }
            if (answer.status < 500) throw new Error(await answer.text());
          } catch (error) {
            // It was killed, unless it says something.
            if (error instanceof Error && error.message.startsWith("{")) throw error;
          }
          await Bun.sleep(20);
        }
      }
    })();
    const killing = (async () => {
      for (let kill = 0; kill < kills; kill++) {
        await Bun.sleep(50 + Math.random() * 400);
        await service.kill();
        service = await start();
      }
    })();
    await Promise.all([sending, killing]);
    expect(ids.size).toBe(jobs);
    await until("every job has ended", async () => (await stateOf(service)) === 0, 40_000);
    const seen = await all(service, [...ids.values()]);
    const wrong = [...ids].filter(([number, id]) => {
      const job = seen.get(id);
      return job?.state !== "ended" || job.outcome !== "finished" || job.tests[0]?.stdout !== `${number * 2}\n`;
    });
    expect(wrong.map(([number, id]) => [number, seen.get(id)])).toEqual([]);
    expect(new Set(ids.values()).size).toBe(jobs);
    // None that nobody asked for.
    const metrics = await (await service.ask("/metrics")).text();
    expect(metrics).toContain("mini_isolate_jobs_dead_total 0");
    isOver = true;
    expect(await service.stop()).toBe(0);
  } finally {
    if (!isOver) await service.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});

/** How many wait or run. */
async function stateOf(service: TestService): Promise<number> {
  const { queued, running } = (await (await service.ask("/v1/queue")).json()) as { readonly queued: Readonly<Record<string, number>>; readonly running: number };
  return Object.values(queued).reduce((sum, count) => sum + count, running);
}

async function all(service: TestService, ids: readonly string[]): Promise<Map<string, Shown>> {
  const found = new Map<string, Shown>();
  for (let first = 0; first < ids.length; first += 50) {
    const answer = await service.ask(`/v1/jobs?ids=${ids.slice(first, first + 50).join(",")}`);
    const { jobs: shown } = (await answer.json()) as { readonly jobs: readonly (Shown | null)[] };
    for (const job of shown) if (job !== null) found.set(job.id, job);
  }
  return found;
}
