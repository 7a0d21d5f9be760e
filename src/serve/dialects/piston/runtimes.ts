/** The languages under the names of Piston's clients, with versions as they compare them. */
import type { LanguageCatalog, ServedLanguage } from "../../languages.ts";
import { fitsRange, isRange, newestFirst, padded, unknownVersion } from "./version.ts";

export interface Runtime {
  readonly served: ServedLanguage;
  readonly language: string;
  /** Three numbers. */
  readonly version: string;
  readonly aliases: readonly string[];
  readonly runtime: string | null;
}

/** @param allowed ids of the languages that the caller may use; null: all */
export function runtimesOf(catalog: LanguageCatalog, allowed: readonly string[] | null): readonly Runtime[] {
  return catalog.all.filter(({ id }) => allowed === null || allowed.includes(id)).map((served): Runtime => {
    const { id, aliases, piston, version } = served;
    const language = piston?.name ?? id;
    const names = new Set([...(piston?.aliases ?? []), id, ...aliases]);
    names.delete(language);
    return { served, language, version: version === null ? unknownVersion : padded(version), aliases: [...names], runtime: piston?.runtime ?? null };
  });
}

/** The newest runtime of this name whose version fits; of equally new ones, the first. @returns null: there is none */
export function findRuntime(runtimes: readonly Runtime[], name: string, range: string): Runtime | null {
  const named = runtimesNamed(runtimes, name);
  if (!isRange(range)) return null;
  // What has no version, or has not said it yet, is as good as any.
  return named.filter(({ version }) => version === unknownVersion || fitsRange(version, range)).toSorted((a, b) => newestFirst(a.version, b.version))[0] ?? null;
}

/** Those that programs can be run with. A name of its own comes before another name of somebody else. */
export function runtimesNamed(runtimes: readonly Runtime[], name: string): readonly Runtime[] {
  const there = runtimes.filter(({ served }) => served.isThere);
  const own = there.filter(({ language }) => language === name);
  return own.length > 0 ? own : there.filter(({ aliases }) => aliases.includes(name));
}
