/** The languages of a service whose jobs run on many machines: what its workers have, described as the packs here do. */
import type { LanguageCatalog, ServedLanguage } from "../languages.ts";
import { type Queue, StoreFault, type WorkerState } from "../queue/queue.ts";

/** How often workers are asked for. */
const lookMs = 5000;

export class Fleet {
  readonly #queue: Queue;
  readonly #own: () => LanguageCatalog;
  #workers: readonly WorkerState[] = [];
  #shown: { readonly of: LanguageCatalog; readonly versions: readonly ServedLanguage[]; readonly workers: readonly WorkerState[]; readonly catalog: LanguageCatalog } | null = null;
  #timer: Timer | undefined;

  private constructor(queue: Queue, own: () => LanguageCatalog) {
    [this.#queue, this.#own] = [queue, own];
  }

  static async start(queue: Queue, own: () => LanguageCatalog): Promise<Fleet> {
    const fleet = new Fleet(queue, own);
    await fleet.#look();
    fleet.#timer = setInterval(() => void fleet.#look(), lookMs);
    return fleet;
  }

  get catalog(): LanguageCatalog {
    const own = this.#own();
    if (this.#shown?.of !== own || this.#shown.versions !== own.all || this.#shown.workers !== this.#workers) {
      this.#shown = { of: own, versions: own.all, workers: this.#workers, catalog: merged(own, this.#workers) };
    }
    return this.#shown.catalog;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      this.#workers = await this.#queue.workers();
    } catch (error) {
      // What was known last is better than nothing.
      if (!(error instanceof StoreFault)) throw error;
    }
  }
}

function merged(own: LanguageCatalog, workers: readonly WorkerState[]): LanguageCatalog {
  const seen = new Map<ServedLanguage, ServedLanguage>();
  const show = (language: ServedLanguage): ServedLanguage => {
    const known = seen.get(language);
    if (known !== undefined) return known;
    const able = workers.filter(({ languages }) => languages === null || languages.includes(language.id));
    const version = able.map(({ versions }) => versions?.[language.id] ?? null).find((each) => each !== null);
    const shown = able.length === 0 || language.isThere ? language : { ...language, isThere: true, problem: null, version: version ?? language.version };
    seen.set(language, shown);
    return shown;
  };
  const all = own.all.map(show);
  return {
    all,
    ...(own.asked === undefined ? {} : { asked: own.asked }),
    find: (name) => {
      const found = own.find(name);
      return found === null ? null : show(found);
    },
  };
}
