/** The queue that a configuration names. */
import type { ServeConfig } from "../config/config.ts";
import type { Queue } from "../queue/queue.ts";

/** @throws IsolateError when the store cannot be used */
export async function openQueue({ store, dataDir, sync, queue: { attempts, lease }, results }: ServeConfig, warn: (line: string) => void): Promise<Queue> {
  const options = { sync, attempts, leaseMs: lease * 1000, results: { keepMs: results.keep * 1000, mostCount: results.mostCount, mostBytes: results.mostBytes } };
  if (store === "sqlite") return await (await import("../queue/sqlite/open.ts")).openSqliteQueue(dataDir, options);
  return await (await import("../queue/redis/open.ts")).openRedisQueue(store, { ...options, dataDir, warn });
}

/** @param heard told of each call that somebody may have to wait for */
export function timed(queue: Queue, heard: (operation: string, seconds: number, isFault: boolean) => void): Queue {
  const operations = new Set<string | symbol>(["add", "claim", "renew", "finish", "giveBack", "cancel", "get", "getMany", "list", "remove"]);
  return new Proxy(queue, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (!operations.has(name)) return value.bind(target);
      return async (...args: unknown[]) => {
        const startMs = performance.now();
        let isFault = true;
        try {
          const answer = await (value as (...args: unknown[]) => Promise<unknown>).apply(target, args);
          isFault = false;
          return answer;
        } finally {
          heard(String(name), (performance.now() - startMs) / 1000, isFault);
        }
      };
    },
  });
}
