/** The service of this process: store, languages and slots put together. */
import { availableParallelism } from "node:os";
import { parseProcessors } from "../../model/processors.ts";
import { physicalCores } from "../../state/cores.ts";
import type { ServeConfig } from "../config/config.ts";
import type { Engine, Hears } from "../engine.ts";
import type { Queue, WorkerFacts } from "../queue/queue.ts";
import type { SlotSettings } from "../work/slot-protocol.ts";
import { Worker } from "../work/worker.ts";
import { loadCatalog, type LoadedCatalog } from "./catalog.ts";
import { Fleet } from "./fleet.ts";
import { LocalService } from "./local-service.ts";

/** @throws IsolateError when the store, a pack or a setting cannot be used */
export async function openService(config: ServeConfig, version: string, hears: Hears, warn: (line: string) => void): Promise<Engine> {
  let current = config;
  let loaded = await loadLanguages(config);
  const queue = timed(await openQueue(config, warn), hears);
  const worker = new Worker(queue, {
    facts: factsOf(config, loaded),
    slots: slotsOf(config),
    leaseMs: config.queue.lease * 1000,
    jobEnded: (job, result) => hears.jobEnded(job, result),
    warn,
  });
  const fleet = config.store === "sqlite" ? null : await Fleet.start(queue, () => loaded.catalog);
  const service = new LocalService({ config: () => current, languages: () => fleet?.catalog ?? loaded.catalog, queue, worker, version });
  const showVersions = () => void (worker.facts = factsOf(current, loaded));
  loaded.onRefresh(showVersions);
  worker.start();
  return {
    service,
    queue,
    drain: () => {
      service.drain();
      worker.drain();
    },
    idle: () => worker.idle(),
    close: async () => {
      loaded.close();
      fleet?.close();
      await worker.close();
      await queue.close();
    },
    reload: async (next) => {
      const again = await loadLanguages(next);
      loaded.close();
      [loaded, current] = [again, next];
      again.onRefresh(showVersions);
      showVersions();
      worker.configure(slotsOf(next));
    },
  };
}

/** What compilers say of themselves is known at the next start. */
export async function loadLanguages({ packs, stateDir, dataDir }: ServeConfig): Promise<LoadedCatalog> {
  return await loadCatalog(packs, stateDir, { memory: `${dataDir}/versions.json` });
}

/** @throws IsolateError when the store cannot be used */
export async function openQueue({ store, dataDir, sync, queue: { attempts, lease }, results }: ServeConfig, warn: (line: string) => void): Promise<Queue> {
  const options = { sync, attempts, leaseMs: lease * 1000, results: { keepMs: results.keep * 1000, mostCount: results.mostCount, mostBytes: results.mostBytes } };
  if (store === "sqlite") return await (await import("../queue/sqlite/open.ts")).openSqliteQueue(dataDir, options);
  return await (await import("../queue/redis/open.ts")).openRedisQueue(store, { ...options, dataDir, warn });
}

/** What each slot of this machine is set to. */
export function slotsOf(config: ServeConfig): readonly SlotSettings[] {
  const { dataDir, sync, packs, stateDir, run, compile } = config;
  return processorsOf(config).map((cpus) => ({ contents: `${dataDir}/contents`, sync, packs, stateDir, cpus, usual: { run: run.usual, compile: compile.usual } }));
}

/** Each slot has a core of its own, as long as there are enough. */
function processorsOf({ slots, cpus }: ServeConfig): readonly (string | null)[] {
  const own = cpus === null ? physicalCores().map(({ processors }) => processors[0]!) : parseProcessors(cpus);
  return Array.from({ length: slots }, (_, index) => (own.length === 0 ? null : String(own[index % own.length])));
}

/** The number of slots that a configuration has which does not say it. */
export const usualSlots = (): number => Math.max(1, physicalCores().length || availableParallelism());

export function factsOf({ worker: { name, labels }, slots }: ServeConfig, { catalog }: LoadedCatalog): WorkerFacts {
  const there = catalog.all.filter(({ isThere }) => isThere);
  return { name, slots, labels, languages: there.map(({ id }) => id), versions: Object.fromEntries(there.map(({ id, version }) => [id, version])) };
}


/** Each call of the store is heard of. */
function timed(queue: Queue, hears: Hears): Queue {
  const heard = new Set<string | symbol>(["add", "claim", "renew", "finish", "giveBack", "cancel", "get", "getMany", "list", "remove"]);
  return new Proxy(queue, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (!heard.has(name)) return value.bind(target);
      return async (...args: unknown[]) => {
        const startMs = performance.now();
        let isFault = true;
        try {
          const answer = await (value as (...args: unknown[]) => Promise<unknown>).apply(target, args);
          isFault = false;
          return answer;
        } finally {
          hears.storeCall(String(name), (performance.now() - startMs) / 1000, isFault);
        }
      };
    },
  });
}
