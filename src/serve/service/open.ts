/** The service of this process: store, languages and slots put together. */
import type { ServeConfig } from "../config/config.ts";
import type { Engine, Hears } from "../engine.ts";
import { Fleet } from "./fleet.ts";
import { LocalService } from "./local-service.ts";
import { openQueue, timed } from "./open-queue.ts";
import { loadLanguages, OwnWorker } from "./own-worker.ts";

/** @throws IsolateError when the store, a pack or a setting cannot be used */
export async function openService(config: ServeConfig, version: string, hears: Hears, warn: (line: string) => void): Promise<Engine> {
  const loaded = await loadLanguages(config);
  const queue = timed(await openQueue(config, warn), (operation, seconds, isFault) => hears.storeCall(operation, seconds, isFault));
  const own = new OwnWorker(config, loaded, queue, { jobEnded: (job, result) => hears.jobEnded(job, result) }, warn);
  const fleet = config.store === "sqlite" ? null : await Fleet.start(queue, () => own.catalog);
  const service = new LocalService({ config: () => own.config, languages: () => fleet?.catalog ?? own.catalog, queue, worker: own.worker, version });
  own.worker.start();
  return {
    service,
    queue,
    drain: () => {
      service.drain();
      own.worker.drain();
    },
    idle: () => own.worker.idle(),
    close: async () => {
      fleet?.close();
      await own.close();
      await queue.close();
    },
    reload: (next) => own.reload(next),
  };
}
