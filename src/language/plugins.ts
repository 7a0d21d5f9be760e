/** Packs that are in the binary and hold only when asked for by name. Each is loaded only then. */
import type { LanguagePack } from "./schema.ts";

/** By file name in plugins/. */
const plugins: Readonly<Record<string, () => { readonly default: LanguagePack }>> = {
};

/** Names that `--pack` takes, besides paths. */
export const pluginNames: readonly string[] = Object.keys(plugins);

/** The pack of this name, or null. A test puts every one of them through the full checks. */
export function loadPlugin(name: string): LanguagePack | null {
  return Object.hasOwn(plugins, name) ? plugins[name]!().default : null;
}
