// The queue in Redis: the promises that every store has to keep.
import { afterAll, test } from "bun:test";
import { openRedisQueue } from "../../src/serve/queue/redis/open.ts";
import { RedisServer, redis } from "../helpers/redis-server.ts";
import { temporaryDirectory } from "../helpers/temporary.ts";
import { queueContract } from "../unit/serve/queue-contract.ts";

const server = redis.missing === null ? await RedisServer.start() : null;
const directory = temporaryDirectory();
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

if (server === null) {
  test.skip(`the queue in Redis (needs ${redis.missing})`, () => {});
} else {
  let stores = 0;
  queueContract("Redis", async (options) => {
    const name = `contract-${stores++}`;
    return await openRedisQueue(`${server.url}?prefix=${name}`, { ...options, dataDir: `${directory.path}/${name}`, sync: "normal", warn: () => {} });
  });
}
