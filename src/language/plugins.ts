/**
 * Packs that are in the binary and hold only when asked for by name. The bundler puts each into a part of the binary that is loaded
 * only then, for the require() of a module; the YAML by a require() of its own would be in the start of every `execute`. A test puts every
 * plugin through the full checks.
 */
import type { LanguagePack } from "./schema.ts";

/** By file name in plugins/, in the order in which they are listed. */
const plugins: Readonly<Record<string, () => { readonly pack: unknown }>> = {
  icpc: () => require("./plugins/icpc.ts"),
  ioi: () => require("./plugins/ioi.ts"),
  kattis: () => require("./plugins/kattis.ts"),
  codeforces: () => require("./plugins/codeforces.ts"),
  extra: () => require("./plugins/extra.ts"),
};

/** Names that `--pack` takes, besides paths. */
export const pluginNames: readonly string[] = Object.keys(plugins);

/** The pack of this name, or null. */
export function loadPlugin(name: string): LanguagePack | null {
  return Object.hasOwn(plugins, name) ? (plugins[name]!().pack as LanguagePack) : null;
}
