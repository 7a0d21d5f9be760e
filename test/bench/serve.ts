/**
 * `serve`: how long one client waits for a result, how many jobs a second are done with 1, 16 and 256 clients, beside `batch` of the same work; how
 * many jobs a second are acknowledged; how long the service takes to start, and what memory it has then.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryPath } from "../helpers/binary.ts";
import { startServer, type TestService } from "../helpers/serve.ts";
import { command, type Contender, median, ms, percentile, type Settings, table, takeTurns } from "./measure.ts";

interface Work {
  readonly name: string;
  readonly language: string;
  /** @param number makes a source that was not compiled before */
  source(number: number): string;
  /** So many runs take about a second. */
  readonly runs: number;
}

const works: readonly Work[] = [
  { name: "static C program, compiled before", language: "c", source: () => '#include <stdio.h>\nint main(){puts("ok");}\n', runs: 150 },
  { name: "Python", language: "python", source: () => 'print("ok")\n', runs: 50 },
  { name: "C++, compiled each time", language: "cpp", source: (number) => `#include <iostream>\nint main(){std::cout<<"ok\\n";}\n// ${number}-${Math.random()}\n`, runs: 4 },
];

/** @param directory an empty one of ours */
export async function serving(directory: string, settings: Settings): Promise<void> {
  mkdirSync(directory);
  await starting(directory, settings);
  const service = await startServer({ slots: 2, results: { keep: "1h" }, queue: { most: 1_000_000 } }, { directory: made(directory, "many") });
  try {
    for (const work of works) await throughput(work, service, directory, settings);
    await acknowledging(directory);
  } finally {
    await service.stop();
  }
}

function made(directory: string, name: string): string {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}

async function starting(directory: string, settings: Settings): Promise<void> {
  const times: number[] = [];
  let memory = 0;
  for (let round = 0; round < Math.min(10, settings.rounds); round++) {
    const begun = performance.now();
    const service = await startServer({ slots: 2 }, { directory: made(directory, `start-${round}`) });
    times.push(performance.now() - begun);
    if (round === 0) {
      await Bun.sleep(2000);
      memory = Number(/^VmRSS:\s+([0-9]+)/m.exec(readFileSync(`/proc/${service.pid}/status`, "utf8"))![1]) / 1024;
    }
    await service.stop();
  }
  table("start of the service until it listens, and its memory two seconds later", ["", "median", "aim"], [
    ["ms until it listens", ms(median(times)), median(times) < 300 ? "300: reached" : "300: missed"],
    ["MB of the service, without its slots", memory.toFixed(0), memory < 100 ? "100: reached" : "100: missed"],
  ]);
}

/** Milliseconds of each request, and of all. */
async function asked(service: TestService, work: Work, clients: number, count: number): Promise<{ readonly each: number[]; readonly all: number }> {
  let next = 0;
  const each: number[] = [];
  const begun = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    while (next < count) {
      const number = next++;
      const started = performance.now();
      const answer = (await (await service.post("/v1/jobs?wait=60", { language: work.language, source: work.source(number) })).json()) as { readonly tests?: readonly { readonly stdout: string }[] };
      if (answer.tests?.[0]?.stdout !== "ok\n") throw new Error(JSON.stringify(answer));
      each.push(performance.now() - started);
    }
  }));
  return { each, all: performance.now() - begun };
}

async function throughput(work: Work, service: TestService, directory: string, settings: Settings): Promise<void> {
  const count = Math.max(work.runs, Math.min(20, settings.rounds) * work.runs / 5);
  await asked(service, work, 2, 4);
  const lines = join(directory, "lines");
  const batchOf = (jobs: number): Contender => {
    const { name, once } = command(`batch --jobs ${jobs}`, ["/bin/sh", "-c", `exec "${binaryPath}" batch --jobs ${jobs} --silent --state-dir "${directory}/batch" < "${lines}"`]);
    return {
      name,
      once: () => {
        // Anew each time: what was compiled in the round before is not compiled again.
        writeFileSync(lines, Array.from({ length: count }, (_, number) => `${JSON.stringify({ source_text: work.source(number), language: work.language })}\n`).join(""));
        return once();
      },
    };
  };
  const rows: string[][] = [];
  const few = { rounds: 3, pauseMs: 0 };
  const ofBatch = median((await takeTurns([batchOf(2)], few))[0]!);
  const perSecond = (all: number) => ((count / all) * 1000).toFixed(1);
  rows.push(["batch --jobs 2", perSecond(ofBatch), "", "", "1.00"]);
  for (const clients of [1, 16, 256]) {
    const { each, all } = await asked(service, work, clients, count);
    rows.push([`${clients} ${clients === 1 ? "client" : "clients"}`, perSecond(all), ms(median(each)), ms(percentile(each, 0.99)), (ofBatch / all).toFixed(2)]);
  }
  if (work === works[0]) {
    const alone = median((await takeTurns([batchOf(1)], few))[0]!) / count;
    rows.push(["a run of batch --jobs 1", (1000 / alone).toFixed(1), ms(alone), "", ""]);
  }
  table(`${work.name}: ${count} jobs, 2 slots`, ["", "jobs a second", "p50 ms", "p99 ms", "part of batch's throughput"], rows);
}

/** While nothing runs but one program that sleeps, in the only slot. */
async function acknowledging(directory: string): Promise<void> {
  const rows: string[][] = [];
  for (const sync of ["normal", "full"]) {
    const service = await startServer({ slots: 1, sync, queue: { most: 1_000_000 } }, { directory: made(directory, `sync-${sync}`) });
    try {
      await service.post("/v1/jobs", { language: "shell", source: "sleep 50", limits: { wall_time: 55 } });
      for (const [what, clients, size] of [["one a request, 64 clients", 64, 1], ["100 a request, 4 clients", 4, 100]] as const) {
        const jobs = 8000;
        let next = 0;
        const begun = performance.now();
        await Promise.all(Array.from({ length: clients }, async () => {
          while (next < jobs) {
            next += size;
            const job = { language: "shell", source: "echo 1", stdin: "x".repeat(1000) };
            const answer = size === 1 ? await service.post("/v1/jobs", job) : await service.post("/v1/batch", Array.from({ length: size }, () => job));
            if (answer.status !== 201) throw new Error(await answer.text());
            await answer.arrayBuffer();
          }
        }));
        rows.push([`sync ${sync}, ${what}`, ((jobs / (performance.now() - begun)) * 1000).toFixed(0)]);
      }
    } finally {
      await service.kill();
    }
  }
  table("jobs of 1 KB that are acknowledged while nothing runs (client and service on the same cores)", ["", "a second"], rows);
}
