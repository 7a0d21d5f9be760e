/** Which languages there are: the built-in ones, and in front of them those of the packs that were asked for. */
import { configError } from "../errors.ts";
import { builtInLanguages } from "./builtin.ts";
import type { Language } from "./language.ts";

/** Packs that are in the binary and hold only when asked for by name: none yet. */
const plugins: ReadonlyMap<string, () => readonly Language[]> = new Map();

/** Names that `--pack` takes, besides paths. */
export function pluginNames(): string[] {
  return [...plugins.keys()];
}

/** A path has a slash or the ending of a YAML file; anything else is the name of a plugin. */
export function isPackPath(pack: string): boolean {
  return pack.includes("/") || /\.ya?ml$/.test(pack);
}

/**
 * The languages in the order in which they are looked up: the last pack first, the built-in ones at the end.
 * @param packs paths of YAML files and names of plugins, as given by `--pack`
 * @throws IsolateError of kind Config when a pack does not exist or is wrong
 */
export async function languageSet(packs: readonly string[]): Promise<readonly Language[]> {
  let languages = builtInLanguages();
  for (const pack of packs) languages = [...(await languagesOf(pack)), ...languages];
  return languages;
}

async function languagesOf(pack: string): Promise<readonly Language[]> {
  if (isPackPath(pack)) {
    const { loadPackFile } = await import("./load.ts");
    return loadPackFile(pack);
  }
  const plugin = plugins.get(pack);
  if (plugin !== undefined) return plugin();
  const known = pluginNames();
  throw configError(
    `unknown language pack '${pack}' (${known.length === 0 ? "this build has none that go by name" : `known: ${known.join(" ")}`})`,
    `a pack of your own is given by its path, such as ./${pack === "" ? "pack" : pack}.yaml`,
  );
}
