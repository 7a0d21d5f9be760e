// Many workers in one process, each with connections of its own, as if it were a machine with one slot. Their jobs are nothing: the store is measured.
// Arguments: address of the store, directory, number of the first worker, how many. Ends with its standard input.
import { openRedisQueue } from "../../src/serve/queue/redis/open.ts";
import type { RedisQueue } from "../../src/serve/queue/redis/redis-queue.ts";
import { resultOf } from "../helpers/queue-jobs.ts";

const [url, directory, first, count] = process.argv.slice(2);
const result = resultOf(1);

async function work(queue: RedisQueue, name: string): Promise<void> {
  const facts = { name, slots: 1, languages: ["c", "python"], labels: {} };
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = queue.onWork(resolve);
    const claim = await queue.claim(facts);
    if (claim === null) await promise;
    else await queue.finish(claim, result);
    stop();
  }
}

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  const queue = await openRedisQueue(url!, { dataDir: `${directory}/${number}`, sync: "normal", attempts: 3, leaseMs: 15_000, results: { keepMs: 600_000, mostCount: 200_000, mostBytes: 2 ** 33 }, warn: () => {} });
  void work(queue, `w${number}`);
}
process.stdout.write("ready\n");
for await (const _ of Bun.stdin.stream());
process.exit(0);
