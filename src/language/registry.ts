/**
 * Which languages there are, and in which order they are looked up. Later packs win:
 * built-in, plugins that were asked for by name, the host's directory, MINI_ISOLATE_PACKS, paths given by `--pack`, and last
 * what the box has kept.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { configError, messageOf } from "../model/errors.ts";
import { reasonOf } from "../kernel/errno.ts";
import { builtInDefinitions, builtInLanguages } from "./builtin.ts";
import { findClashes } from "./clashes.ts";
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
  /** What the box has kept, pack by pack, each language with everything that it extends. */
  readonly kept: readonly (readonly MergedLanguage[])[];
  /** Left out: {@link hostPackDirectory}. */
  readonly hostDirectory?: string;
  /** Who became root by sudo, for advice; null: nobody. */
  readonly sudoUid?: number | null;
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
  const sources = packSources(request);
  if (sources.length === 0 && request.kept.length === 0) return { languages: builtInLanguages(), problems: [] };

  const { layers, problems } = collectPacks(sources, loadFileFor(request.sudoUid ?? null));
  for (const pack of request.kept) layers.add(pack);
  return { languages: layers.languages(), problems };
}

/** What a source has said. */
export interface CollectedPack {
  readonly source: PackSource;
  readonly languages: readonly MergedLanguage[];
  /** Those that were read; none for a plugin. */
  readonly files: readonly string[];
}

/** @param earlier what the languages of the file may extend @throws IsolateError of kind Config */
export type LoadFile = (path: string, earlier: readonly MergedLanguage[]) => readonly MergedLanguage[];

/**
 * Reads packs, each with those before it to build on.
 * @throws IsolateError of kind Config for all but the host's, whose mistakes are `problems`
 */
export function collectPacks(
  sources: readonly PackSource[],
  load: LoadFile,
): { readonly layers: Layers; readonly collected: readonly CollectedPack[]; readonly problems: readonly string[] } {
  const layers = new Layers();
  const collected: CollectedPack[] = [];
  const problems: string[] = [];
  for (const source of sources) {
    // What nobody asked for in this run must not stop it.
    const attempt = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        if (source.kind !== "host") throw error;
        problems.push(messageOf(error));
      }
    };
    const languages: MergedLanguage[] = [];
    const files: string[] = [];
    attempt(() => {
      if (source.kind === "plugin") return void languages.push(...pluginLanguages(source.name, layers.definitions));
      files.push(...filesOf(source));
      for (const file of files) attempt(() => void languages.push(...load(file, [...languages, ...layers.definitions])));
    });
    layers.add(languages);
    collected.push({ source, languages, files });
    for (const clash of clashesOf(layers.newest())) attempt(() => { throw configError(clash); });
  }
  return { layers, collected, problems };
}

/** One layer of packs. */
export interface PackSource {
  readonly kind: "plugin" | "host" | "path";
  /** Name of the plugin, or path of a file or a directory. */
  readonly name: string;
}

/** Where the packs of a run come from, the one that wins last; without those of the binary and of the box. */
export function packSources(request: Omit<PackRequest, "kept">): PackSource[] {
  const directory = request.hostDirectory ?? hostPackDirectory;
  const asked = [...request.environment, ...request.given];
  const plugins = new Set(asked.filter((pack) => !isPackPath(pack)));
  return [
    ...[...plugins].map((name): PackSource => ({ kind: "plugin", name })),
    ...(existsSync(directory) ? [{ kind: "host", name: directory } as const] : []),
    ...asked.filter(isPackPath).map((name): PackSource => ({ kind: "path", name })),
  ];
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

// require and not import: the library's constructors, which keep packs, are synchronous.
const loadFileFor = (sudoUid: number | null): LoadFile => (path, earlier) => (require("./load.ts") as typeof import("./load.ts")).loadPackFile(path, earlier, sudoUid);

/** The languages of a plugin. @throws IsolateError of kind Config when there is none of this name */
export function pluginLanguages(name: string, earlier: readonly MergedLanguage[]): readonly MergedLanguage[] {
  const plugin = loadPlugin(name);
  if (plugin !== null) return mergePack(writtenLanguages(plugin), name, earlier).languages;
  throw configError(
    `unknown language pack '${name}' (known: ${pluginNames.join(" ")})`,
    `a pack of your own is given by its path, such as ./${name === "" ? "pack" : name}.yaml`,
  );
}

/**
 * The files of a source that is no plugin: the file itself, or those of the directory by name.
 * @throws IsolateError of kind Config for a directory that cannot be read, has too many packs, or (but for the host's) none
 */
export function filesOf({ kind, name: path }: PackSource): readonly string[] {
  if (kind === "path" && !isDirectory(path)) return [path];
  const refuse = (reason: string) => configError(`cannot read the language packs in ${path}: ${reason}`);
  let names: string[];
  try {
    names = readdirSync(path).filter((name) => /^[^.].*\.ya?ml$/s.test(name)).toSorted();
  } catch (error) {
    throw refuse(reasonOf(error));
  }
  if (names.length > directoryLimit) throw refuse(`there are ${names.length}, at most ${directoryLimit} are allowed`);
  if (names.length === 0 && kind === "path") throw configError(`there is no language pack in ${path} (files ending in .yaml or .yml)`);
  return names.map((name) => `${path.replace(/\/+$/, "")}/${name}`);
}

/** What cannot be looked at is no directory: opening it says why. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Names that two languages of one layer have, and extensions that two of them claim at the same priority: a sentence each. */
export function clashesOf(languages: readonly Language[]): string[] {
  return findClashes(languages).flatMap(({ language, owner, kind, what }) => {
    // A name that one language has twice does no harm.
    if (owner === language) return [];
    if (kind === "judge0") return [`languages '${owner.id}' (${owner.origin}) and '${language.id}' (${language.origin}) both have the number ${what} of Judge0: take it from one of them`];
    const [both, advice] = kind === "name" ? [`have the name '${what}'`, "name"] : [`claim ${what} at the same priority`, "priority"];
    return [`languages '${owner.id}' (${owner.origin}) and '${language.id}' (${language.origin}) both ${both}: give one of them another ${advice}`];
  });
}
