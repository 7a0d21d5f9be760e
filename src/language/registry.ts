/**
 * Which languages there are, and in which order they are looked up. Later packs win:
 * built-in, plugins that were asked for by name, the host's directory, MINI_ISOLATE_PACKS, paths given by `--pack`, and last
 * what the box has kept.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { configError, messageOf } from "../errors.ts";
import { reasonOf } from "../kernel/errno.ts";
import { builtInDefinitions, builtInLanguages } from "./builtin.ts";
import { mergePack, type MergedLanguage, writtenLanguages } from "./extend.ts";
import type { Language } from "./language.ts";
import { isComplete, normalizeLanguage } from "./normalize.ts";
import { loadPlugin, pluginNames } from "./plugins.ts";

/** Packs of this directory hold for every run on the host. */
export const hostPackDirectory = "/etc/mini-isolate/languages.d";

/** More files in one directory are refused. */
const directoryLimit = 1000;

/** Who brings packs besides the binary. */
export interface PackRequest {
  /** MINI_ISOLATE_PACKS: names of plugins and paths. */
  readonly environment: readonly string[];
  /** `--pack`: names of plugins, paths of files and of directories. */
  readonly given: readonly string[];
  /** What the box has kept, each with everything that it extends. */
  readonly kept: readonly MergedLanguage[];
  /** Left out: {@link hostPackDirectory}. */
  readonly hostDirectory?: string;
}

export interface LanguageSet {
  /** In the order in which they are looked up: the last pack first, the built-in ones at the end. Hidden ones too. */
  readonly languages: readonly Language[];
  /** What is wrong with packs that nobody asked for in this run: those of the host's directory. */
  readonly problems: readonly string[];
}

/** A path has a slash or the ending of a YAML file; anything else is the name of a plugin. */
export function isPackPath(pack: string): boolean {
  return pack.includes("/") || /\.ya?ml$/.test(pack);
}

/**
 * All languages of a run.
 * @throws IsolateError of kind Config when a pack that was asked for does not exist or is wrong
 */
export async function languageSet(request: PackRequest): Promise<LanguageSet> {
  const directory = request.hostDirectory ?? hostPackDirectory;
  const asked = [...request.environment, ...request.given];
  const hasHostPacks = existsSync(directory);
  if (asked.length === 0 && request.kept.length === 0 && !hasHostPacks) return { languages: builtInLanguages(), problems: [] };

  const layers = new Layers();
  for (const name of new Set(asked.filter((pack) => !isPackPath(pack)))) layers.add(pluginLanguages(name, layers.definitions));
  const problems: string[] = [];
  if (hasHostPacks) {
    const host: MergedLanguage[] = [];
    for (const path of packFiles(directory, problems)) {
      try {
        host.push(...(await loadFile(path, [...host, ...layers.definitions])));
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    layers.add(host);
    problems.push(...clashesOf(layers.newest()));
  }
  for (const path of asked.filter(isPackPath)) {
    const files = isDirectory(path) ? packFiles(path, null) : [path];
    const added: MergedLanguage[] = [];
    for (const file of files) added.push(...(await loadFile(file, [...added, ...layers.definitions])));
    layers.add(added);
    const [clash] = clashesOf(layers.newest());
    if (clash !== undefined) throw configError(clash);
  }
  layers.add(request.kept);
  return { languages: layers.languages(), problems };
}

/** Packs in the order in which they were added, each winning over those before. */
class Layers {
  /** The last pack first. */
  definitions: readonly MergedLanguage[] = builtInDefinitions();
  readonly #added: (readonly Language[])[] = [];

  add(languages: readonly MergedLanguage[]): void {
    this.definitions = [...languages, ...this.definitions];
    const layer = this.#added.length + 1;
    // A template without a program is there to be extended and for nothing else.
    this.#added.push(languages.filter(isComplete).map((language) => normalizeLanguage(language, layer)));
  }

  newest(): readonly Language[] {
    return this.#added.at(-1) ?? [];
  }

  languages(): readonly Language[] {
    return [...this.#added.toReversed().flat(), ...builtInLanguages()];
  }
}

async function loadFile(path: string, earlier: readonly MergedLanguage[]): Promise<readonly MergedLanguage[]> {
  const { loadPackFile } = await import("./load.ts");
  return loadPackFile(path, earlier);
}

function pluginLanguages(name: string, earlier: readonly MergedLanguage[]): readonly MergedLanguage[] {
  const plugin = loadPlugin(name);
  if (plugin !== null) return mergePack(writtenLanguages(plugin), name, earlier).languages;
  throw configError(
    `unknown language pack '${name}' (known: ${pluginNames.join(" ")})`,
    `a pack of your own is given by its path, such as ./${name === "" ? "pack" : name}.yaml`,
  );
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * The pack files of a directory, by name. @param problems where to say that it cannot be read; null: throw
 * @throws IsolateError of kind Config
 */
function packFiles(directory: string, problems: string[] | null): readonly string[] {
  const fail = (message: string): readonly string[] => {
    if (problems === null) throw configError(message);
    problems.push(message);
    return [];
  };
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted();
  } catch (error) {
    return fail(`cannot read the language packs in ${directory}: ${reasonOf(error)}`);
  }
  if (names.length > directoryLimit) return fail(`cannot read the language packs in ${directory}: there are ${names.length}, at most ${directoryLimit} are allowed`);
  if (names.length === 0 && problems === null) return fail(`there is no language pack in ${directory} (files ending in .yaml or .yml)`);
  return names.map((name) => `${directory.replace(/\/+$/, "")}/${name}`);
}

/** Names that two languages of one layer have, and extensions that two of them claim at the same priority. */
function clashesOf(languages: readonly Language[]): string[] {
  const clashes: string[] = [];
  const owners = new Map<string, Language>();
  const claim = (key: string, language: Language, what: string, advice: string) => {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, language);
    else clashes.push(`languages '${owner.id}' (${owner.origin}) and '${language.id}' (${language.origin}) ${what}: ${advice}`);
  };
  for (const language of languages) {
    for (const name of new Set([language.id, ...language.aliases])) claim(`name ${name}`, language, `both have the name '${name}'`, "give one of them another name");
    if (language.hidden) continue;
    for (const extension of new Set(language.extensions)) {
      claim(`${language.priority} ${extension}`, language, `both claim ${extension} at the same priority`, "give one of them another priority");
    }
  }
  return clashes;
}
