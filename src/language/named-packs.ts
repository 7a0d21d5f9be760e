/** The packs that somebody named, complete in themselves: what a box keeps. Imported only when a box is made with packs. */
import { resolve } from "node:path";
import type { MergedLanguage } from "./extend.ts";
import { parsePack, readPackFile } from "./load.ts";
import { loadPlugin } from "./plugins.ts";
import { collectPacks, isPackPath, packSources, type PackRequest } from "./registry.ts";

/** Where a pack that was named comes from. */
export interface PackOrigin {
  /** As it was named: a plugin, the path of a file, or of the directory that it lies in. */
  readonly name: string;
  /** Absolute path of the file, or {@link pluginOrigin}. */
  readonly origin: string;
  /** Of the file, in hexadecimal; of a plugin: of its content as JSON. */
  readonly sha256: string;
}

/** Origin of a pack that is part of the binary. */
export const pluginOrigin = "plugin";

/** Packs that stay as they are, whatever becomes of their files. */
export interface NamedPacks {
  /** One list for each plugin, file or directory, in the order in which they are added. */
  readonly packs: readonly (readonly MergedLanguage[])[];
  readonly origins: readonly PackOrigin[];
}

/**
 * What the packs of `request.given` say, with everything that they extend: nothing of it is looked up again. The others of
 * the request are there to be extended.
 * @throws IsolateError of kind Config when a pack that was asked for does not exist or is wrong
 */
export function namedPacks(request: Omit<PackRequest, "kept">): NamedPacks {
  const hashes = new Map<string, string>();
  const { collected } = collectPacks(packSources(request), (path, earlier) => {
    const text = readPackFile(path, request.sudoUid);
    hashes.set(path, sha256Of(text));
    return parsePack(text, path, earlier);
  });
  const plugins = collected.filter(({ source }) => source.kind === "plugin" && request.given.includes(source.name));
  // Those of the environment come first.
  const paths = collected.filter(({ source }) => source.kind === "path").slice(request.environment.filter(isPackPath).length);
  return {
    packs: [...plugins, ...paths].map(({ languages }) => languages.map(withAbsoluteOrigins)),
    origins: [
      ...plugins.map(({ source: { name } }) => ({ name, origin: pluginOrigin, sha256: sha256Of(JSON.stringify(loadPlugin(name))) })),
      ...paths.flatMap(({ source: { name }, files }) => files.map((file) => ({ name, origin: resolve(file), sha256: hashes.get(file)! }))),
    ],
  };
}

/** The working directory may be another one when the pack is used. */
function withAbsoluteOrigins({ merged, chain }: MergedLanguage): MergedLanguage {
  return { merged, chain: chain.map((part) => (isPackPath(part.origin) ? { ...part, origin: resolve(part.origin) } : part)) };
}

function sha256Of(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
