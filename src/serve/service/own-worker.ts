/** The worker of this process, with the languages of its host. Both follow a configuration that is loaded again. */
import { parseProcessors } from "../../model/processors.ts";
import { physicalCores } from "../../state/cores.ts";
import type { ServeConfig } from "../config/config.ts";
import type { Hears } from "../engine.ts";
import type { LanguageCatalog } from "../languages.ts";
import type { Queue, WorkerFacts } from "../queue/queue.ts";
import type { SlotSettings } from "../work/slot-protocol.ts";
import { Worker } from "../work/worker.ts";
import { loadCatalog, type LoadedCatalog } from "./catalog.ts";

export class OwnWorker {
  readonly worker: Worker;
  #config: ServeConfig;
  #loaded: LoadedCatalog;

  /** @param loaded of {@link loadLanguages} */
  constructor(config: ServeConfig, loaded: LoadedCatalog, queue: Queue, { jobEnded }: Pick<Hears, "jobEnded">, warn: (line: string) => void) {
    [this.#config, this.#loaded] = [config, loaded];
    this.worker = new Worker(queue, { facts: factsOf(config, loaded), slots: slotsOf(config), leaseMs: config.queue.lease * 1000, jobEnded, warn });
    this.#show();
  }

  get config(): ServeConfig {
    return this.#config;
  }

  get catalog(): LanguageCatalog {
    return this.#loaded.catalog;
  }

  /** For the next jobs. @throws IsolateError: something is wrong with the packs, and the old ones stay */
  async reload(config: ServeConfig): Promise<void> {
    const again = await loadLanguages(config);
    this.#loaded.close();
    [this.#loaded, this.#config] = [again, config];
    this.#show();
    this.worker.configure(slotsOf(config));
  }

  /** What runs goes back to its place in the queue; that start does not count. */
  async close(): Promise<void> {
    this.#loaded.close();
    await this.worker.close();
  }

  /** Versions come in later. */
  #show(): void {
    const show = () => void (this.worker.facts = factsOf(this.#config, this.#loaded));
    this.#loaded.onRefresh(show);
    show();
  }
}

/** What compilers say of themselves is known at the next start. @throws IsolateError for a pack */
export async function loadLanguages({ packs, stateDir, dataDir }: ServeConfig): Promise<LoadedCatalog> {
  return await loadCatalog(packs, stateDir, { memory: `${dataDir}/versions.json` });
}

/** What each slot of this machine is set to. */
function slotsOf(config: ServeConfig): readonly SlotSettings[] {
  const { dataDir, sync, packs, stateDir, run, compile } = config;
  return processorsOf(config).map((cpus) => ({ contents: `${dataDir}/contents`, sync, packs, stateDir, cpus, usual: { run: run.usual, compile: compile.usual } }));
}

/** Each slot has a core of its own, as long as there are enough. */
function processorsOf({ slots, cpus }: ServeConfig): readonly (string | null)[] {
  const own = cpus === null ? physicalCores().map(({ processors }) => processors[0]!) : parseProcessors(cpus);
  return Array.from({ length: slots }, (_, index) => (own.length === 0 ? null : String(own[index % own.length])));
}

function factsOf({ worker: { name, labels }, slots }: ServeConfig, { catalog }: LoadedCatalog): WorkerFacts {
  const there = catalog.all.filter(({ isThere }) => isThere);
  return { name, slots, labels, languages: there.map(({ id }) => id), versions: Object.fromEntries(there.map(({ id, version }) => [id, version])) };
}
