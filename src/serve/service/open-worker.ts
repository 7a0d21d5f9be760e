/** A worker without a server: it takes jobs out of a store that servers of other machines fill. */
import { configError } from "../../model/errors.ts";
import type { ServeConfig } from "../config/config.ts";
import type { Hears } from "../engine.ts";
import { Worker } from "../work/worker.ts";
import { factsOf, loadLanguages, openQueue, slotsOf } from "./open.ts";

export interface RunningWorker {
  /** Takes no jobs any more. */
  drain(): void;
  /** Until no job runs here. */
  idle(): Promise<void>;
  /** What still runs goes back to the queue, and the start does not count. */
  close(): Promise<void>;
  /** Packs and labels as they are now. @throws IsolateError: something is wrong with them, and the old ones stay */
  reload(config: ServeConfig): Promise<void>;
  /** Why the store cannot be used; null: it can. */
  readonly fault: string | null;
  /** Ids of the languages that it takes jobs for. */
  readonly languages: readonly string[];
}

/** @throws IsolateError when the store, a pack or a setting cannot be used */
export async function openWorker(config: ServeConfig, hears: Pick<Hears, "jobEnded">, warn: (line: string) => void): Promise<RunningWorker> {
  if (config.store === "sqlite") throw configError("a worker needs a store that other machines can reach", "--store redis://HOST:6379");
  if (config.slots === 0) throw configError("a worker without slots would run nothing", "give --slots");
  let [current, loaded] = [config, await loadLanguages(config)];
  const queue = await openQueue(config, warn);
  const worker = new Worker(queue, {
    facts: factsOf(config, loaded), slots: slotsOf(config), leaseMs: config.queue.lease * 1000, warn,
    jobEnded: (job, result) => hears.jobEnded(job, result),
  });
  const show = () => void (worker.facts = factsOf(current, loaded));
  loaded.onRefresh(show);
  worker.start();
  return {
    drain: () => worker.drain(),
    idle: () => worker.idle(),
    close: async () => {
      loaded.close();
      await worker.close();
      await queue.close();
    },
    reload: async (next) => {
      const again = await loadLanguages(next);
      loaded.close();
      [loaded, current] = [again, next];
      again.onRefresh(show);
      show();
      worker.configure(slotsOf(next));
    },
    get fault() {
      return worker.fault;
    },
    get languages() {
      return worker.facts.languages ?? [];
    },
  };
}
