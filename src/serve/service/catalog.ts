/**
 * The languages of the service with their versions. It is there at once: which programs exist is looked up, and compilers and interpreters
 * are asked for their versions meanwhile, unless it is known from an earlier start that nothing has changed.
 */
import { tryNamespaces } from "../../executor/try-namespaces.ts";
import { Isolate } from "../../instance/isolate.ts";
import { languagesInForce } from "../../language/in-force.ts";
import type { Language } from "../../language/language.ts";
import { absencesOf, inPlace } from "../../pack-check/toolchain.ts";
import { toolchainIdentity } from "../../pack-check/toolchain-identity.ts";
import { describeAbsence } from "../../source/host-programs.ts";
import type { LanguageCatalog, ServedLanguage } from "../languages.ts";
import { askVersions, type AskVersions } from "./ask-versions.ts";
import { servedLanguages } from "./served-language.ts";
import { keepVersions, type KnownVersions, readVersions } from "./version-memory.ts";

export interface LoadedCatalog {
  readonly catalog: LanguageCatalog;
  /** As a run looks them up: hidden ones too. */
  readonly languages: readonly Language[];
  /** What is wrong with packs that nobody asked for: those of the host's directory. */
  readonly problems: readonly string[];
  /** Settled when all versions are known that can be known; never rejects. */
  readonly asked: Promise<void>;
  /** Called when versions have come in, and the catalog shows them. @returns stops it */
  onRefresh(listener: () => void): () => void;
  /** Asks nobody any more. */
  close(): void;
}

export interface CatalogOptions {
  /** File in which versions are kept between starts; null: they are not kept. */
  readonly memory?: string | null;
  readonly ask?: AskVersions;
}

/**
 * @param packs as `--pack` takes them
 * @throws IsolateError of kind Config when a pack does not exist or is wrong
 */
export async function loadCatalog(packs: readonly string[], stateDir: string, { memory = null, ask = askVersions }: CatalogOptions = {}): Promise<LoadedCatalog> {
  const { languages, problems } = await Isolate.languages(packs);
  // What a box sees depends on it.
  tryNamespaces();
  const shown = inPlace(languagesInForce(languages).map(({ language }) => language), languages);
  const catalog = new Catalog(shown, memory === null ? new Map() : readVersions(memory));
  const listeners = new Set<() => void>();
  const leaving = new AbortController();
  const askNow = async () => {
    const versions = await ask(packs, stateDir, leaving.signal);
    if (versions === null || leaving.signal.aborted) return;
    catalog.learn(versions);
    if (memory !== null) keepVersions(memory, catalog.known());
    for (const listener of listeners) listener();
  };
  if (!catalog.isComplete()) catalog.asked = askNow().catch(() => {});
  return {
    catalog, languages, problems,
    asked: catalog.asked,
    onRefresh: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => leaving.abort(),
  };
}

class Catalog implements LanguageCatalog {
  readonly #languages: readonly Language[];
  readonly #problems: ReadonlyMap<Language, string>;
  readonly #identities: ReadonlyMap<Language, string>;
  readonly #versions = new Map<Language, string>();
  all: readonly ServedLanguage[] = [];
  asked: Promise<void> = Promise.resolve();

  constructor(languages: readonly Language[], known: KnownVersions) {
    this.#languages = languages;
    this.#problems = new Map([...absencesOf(languages)].flatMap(([language, absence]) => (absence === null ? [] : [[language, describeAbsence(absence)]])));
    this.#identities = new Map(languages.flatMap((language) => {
      const identity = this.#problems.has(language) ? null : toolchainIdentity(language);
      return identity === null ? [] : [[language, identity]];
    }));
    for (const language of languages) {
      const identity = this.#identities.get(language);
      const version = isRuntime(language) ? Bun.version : identity === undefined ? undefined : known.get(identity);
      if (version !== undefined) this.#versions.set(language, version);
    }
    this.#show();
  }

  find(name: string): ServedLanguage | null {
    return this.all.find(({ id }) => id === name) ?? this.all.find(({ aliases }) => aliases.includes(name)) ?? null;
  }

  /** Whether nobody has to be asked. */
  isComplete(): boolean {
    return this.#languages.every((language) => this.#versions.has(language) || language.toolchain === null || this.#problems.has(language));
  }

  learn(versions: ReadonlyMap<string, string>): void {
    for (const language of this.#languages) {
      const version = versions.get(language.id);
      if (version === undefined || this.#problems.has(language)) this.#versions.delete(language);
      else this.#versions.set(language, version);
    }
    this.#show();
  }

  /** What may be believed at the next start. */
  known(): KnownVersions {
    return new Map([...this.#versions].flatMap(([language, version]) => {
      const identity = this.#identities.get(language);
      return identity === undefined ? [] : [[identity, version]];
    }));
  }

  #show(): void {
    this.all = servedLanguages(this.#languages, (language) => ({ version: this.#versions.get(language) ?? null, problem: this.#problems.get(language) ?? null }));
  }
}

/** The runtime in the binary has our version of it. */
function isRuntime({ toolchain }: Language): boolean {
  return toolchain?.command[0] === "{bun}";
}
