/** The queue in a file: what each call takes, with a thousand and with a million stored results. */
import { openSqliteQueue } from "../../src/serve/queue/sqlite/open.ts";
import type { SqliteQueue } from "../../src/serve/queue/sqlite/sqlite-queue.ts";
import type { Claim } from "../../src/serve/queue/queue.ts";
import { anyBounds, aWorker, newJob, resultOf } from "../helpers/queue-jobs.ts";
import { usualQueueOptions } from "../helpers/sqlite-queue.ts";
import { median, type Settings, table } from "./measure.ts";

const manyBounds = { ...anyBounds, jobs: 10_000_000 };
/** A request of a kilobyte. */
const memo = { source: "x".repeat(400) };
const newOnes = (count: number) => Array.from({ length: count }, () => newJob({ memo, key: `key ${count % 7}` }));

async function claims(queue: SqliteQueue, count: number): Promise<Claim[]> {
  return (await Promise.all(Array.from({ length: count }, () => queue.claim(aWorker)))).filter((claim) => claim !== null);
}

async function fill(queue: SqliteQueue, results: number): Promise<void> {
  for (let left = results; left > 0; left -= 1000) {
    await queue.add(newOnes(Math.min(left, 1000)), manyBounds);
    const taken = await claims(queue, Math.min(left, 1000));
    await Promise.all(taken.map((claim) => queue.finish(claim, resultOf(1))));
  }
}

/** Microseconds of one, and how many a second when many ask at once. */
interface Figures {
  readonly name: string;
  readonly us: number;
}

async function timed(name: string, rounds: number, each: number, run: () => Promise<unknown>): Promise<Figures> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    await run();
    times.push(((performance.now() - begun) * 1000) / each);
  }
  return { name, us: median(times) };
}

async function measured(queue: SqliteQueue, rounds: number): Promise<readonly Figures[]> {
  const figures: Figures[] = [];
  const some: string[] = [];
  const atOnce = 64;
  figures.push(await timed("add, one after the other", rounds, 1, async () => {
    const [added] = await queue.add(newOnes(1), manyBounds);
    some.push(added!.id);
  }));
  figures.push(await timed(`add, ${atOnce} at once`, rounds, atOnce, () => Promise.all(newOnes(atOnce).map((job) => queue.add([job], manyBounds)))));
  const taken: Claim[] = [];
  figures.push(await timed("claim", rounds, 1, async () => taken.push((await queue.claim(aWorker))!)));
  figures.push(await timed("finish", rounds, 1, () => queue.finish(taken.pop()!, resultOf(1))));
  figures.push(await timed("get", rounds, 1, () => queue.get(some[Math.floor(Math.random() * some.length)]!)));
  figures.push(await timed("stats", rounds, 1, () => queue.stats()));
  for (let left = await claims(queue, 1000); left.length > 0; left = await claims(queue, 1000)) await Promise.all(left.map((claim) => queue.finish(claim, resultOf(1))));
  return figures;
}

/** @param millions a million results as well, which takes minutes and gigabytes */
export async function queues(base: string, { rounds }: Settings, millions: boolean): Promise<void> {
  for (const sync of ["normal", "full"] as const) {
    const queue = await openSqliteQueue(`${base}/${sync}`, { ...usualQueueOptions, sync, results: { keepMs: 1e12, mostCount: 1e9, mostBytes: 1e15 } });
    await fill(queue, 1000);
    const few = await measured(queue, rounds);
    const many = millions ? (await fill(queue, 1_000_000 - (await queue.stats()).results), await measured(queue, rounds)) : null;
    const row = ({ name, us }: Figures, index: number) => [name, us.toFixed(1), Math.round(1e6 / us).toString(), ...(many === null ? [] : [many[index]!.us.toFixed(1), Math.round(1e6 / many[index]!.us).toString(), (many[index]!.us / us).toFixed(2)])];
    table(`Queue in a file, sync ${sync}`, ["", "1,000 results: µs", "a second", ...(many === null ? [] : ["1,000,000 results: µs", "a second", "ratio"])], few.map(row));
    await queue.close();
  }
}
