/** Queues in a Redis server of a test. */
import { openRedisQueue } from "../../src/serve/queue/redis/open.ts";
import type { RedisQueue } from "../../src/serve/queue/redis/redis-queue.ts";
import type { RedisQueueOptions } from "../../src/serve/queue/redis/settings.ts";
import type { RedisServer } from "./redis-server.ts";
import { temporaryDirectory } from "./temporary.ts";

export type QueueParts = Partial<Omit<RedisQueueOptions, "results">> & { readonly results?: Partial<RedisQueueOptions["results"]>; readonly prefix?: string };

/** Several queues of one store, each with a directory of its own, as on several machines. Ended by `await using`. */
export class TestStore implements AsyncDisposable {
  readonly #server: RedisServer;
  readonly #prefix: string;
  readonly #parts: QueueParts;
  readonly #ends: (() => Promise<void> | void)[] = [];
  readonly warnings: string[] = [];

  constructor(server: RedisServer, parts: QueueParts = {}) {
    [this.#server, this.#parts, this.#prefix] = [server, parts, parts.prefix ?? `t${crypto.randomUUID().slice(0, 8)}`];
  }

  get url(): string {
    return `${this.#server.url}?prefix=${this.#prefix}`;
  }

  async open(parts: QueueParts = {}): Promise<RedisQueue> {
    const { results, prefix: _, ...rest } = { ...this.#parts, ...parts };
    const directory = temporaryDirectory();
    const queue = await openRedisQueue(this.url, {
      dataDir: directory.path, sync: "normal", attempts: 3, leaseMs: 15_000, warn: (line) => this.warnings.push(line), ...rest,
      results: { keepMs: 3_600_000, mostCount: 100_000, mostBytes: 2 ** 30, ...results },
    });
    this.#ends.push(() => queue.close(), () => directory[Symbol.dispose]());
    return queue;
  }

  /** The store's clock goes on, and what is done from time to time has been done. */
  async pass(ms: number, queue: RedisQueue): Promise<void> {
    await this.#server.ask("HINCRBY", `{${this.#prefix}}:n`, "now", String(ms));
    await queue.lookAfter();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
  }
}
