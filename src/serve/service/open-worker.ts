/** A worker without a server: it takes jobs out of a store that servers of other machines fill. */
import { configError } from "../../model/errors.ts";
import type { ServeConfig } from "../config/config.ts";
import type { Hears } from "../engine.ts";
import { openQueue } from "./open-queue.ts";
import { loadLanguages, OwnWorker } from "./own-worker.ts";

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
  const loaded = await loadLanguages(config);
  const queue = await openQueue(config, warn);
  const own = new OwnWorker(config, loaded, queue, { jobEnded: (job, result) => hears.jobEnded(job, result) }, warn);
  const { worker } = own;
  worker.start();
  return {
    drain: () => worker.drain(),
    idle: () => worker.idle(),
    close: async () => {
      await own.close();
      await queue.close();
    },
    reload: (next) => own.reload(next),
    get fault() {
      return worker.fault;
    },
    get languages() {
      return worker.facts.languages ?? [];
    },
  };
}
