/** A queue in a directory of its own, with clocks that only a test moves. */
import { openSqliteQueue, type QueueOptions } from "../../src/serve/queue/sqlite/open.ts";
import type { SqliteQueue } from "../../src/serve/queue/sqlite/sqlite-queue.ts";
import { temporaryDirectory } from "./temporary.ts";

export class TestClocks {
  wallMs = Date.now();
  monotonicMs = 5000;
  wall = (): number => this.wallMs;
  monotonic = (): number => this.monotonicMs;
}

export interface TestQueue extends AsyncDisposable {
  readonly queue: SqliteQueue;
  readonly directory: string;
  readonly clocks: TestClocks;
  /** Time passes, and what is done from time to time is done. */
  pass(ms: number): Promise<void>;
  /** As after the end of the process; the next one has the same directory. */
  again(options?: Partial<QueueOptions>): Promise<void>;
}

export const usualQueueOptions: QueueOptions = {
  sync: "normal", attempts: 3, leaseMs: 15_000, results: { keepMs: 86_400_000, mostCount: 1_000_000, mostBytes: 10 * 2 ** 30 }, spareBytes: 0,
};

export async function testQueue(given: Partial<QueueOptions> = {}): Promise<TestQueue> {
  const temporary = temporaryDirectory();
  const directory = `${temporary.path}/data`;
  const clocks = new TestClocks();
  const open = (options: Partial<QueueOptions>) => openSqliteQueue(directory, { ...usualQueueOptions, clocks, ...given, ...options });
  let queue = await open({});
  return {
    get queue() {
      return queue;
    },
    directory,
    clocks,
    async pass(ms) {
      // In steps, as time does it: a leap would look as if the process had stood still.
      const step = (given.leaseMs ?? usualQueueOptions.leaseMs) / 5;
      for (let left = ms; left > 0; left -= step) {
        clocks.monotonicMs += Math.min(step, left);
        clocks.wallMs += Math.min(step, left);
        while (await queue.housekeeping.once());
      }
    },
    async again(options = {}) {
      await queue.close();
      queue = await open(options);
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      temporary[Symbol.dispose]();
    },
  };
}
