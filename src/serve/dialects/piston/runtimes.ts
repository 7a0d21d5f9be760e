/** The languages under the names of Piston's clients, with versions as they compare them. */
import type { Service } from "../../service.ts";
import type { Caller } from "../../http/dialect.ts";
import type { ServedLanguage } from "../../languages.ts";
import { fitsRange, isRange, newestFirst, padded, unknownVersion } from "./version.ts";

export interface Runtime {
  readonly served: ServedLanguage;
  readonly language: string;
  /** Three numbers. */
  readonly version: string;
  readonly aliases: readonly string[];
  readonly runtime: string | null;
}

/** Milliseconds for which a request waits for versions after the first start of a service, when nobody knows them. */
const mostPatienceMs = 5000;

/** Those that the caller may use, also those that are not there. */
export async function runtimesOf(service: Pick<Service, "languages">, { languages: allowed }: Pick<Caller, "languages">): Promise<readonly Runtime[]> {
  const { all, asked } = service.languages;
  if (all.some(({ version, isThere }) => version === null && isThere)) await settled(asked);
  // What has come in meanwhile may be in another catalog.
  return service.languages.all.filter(({ id }) => allowed === null || allowed.includes(id)).map((served): Runtime => {
    const { id, aliases, piston, version } = served;
    const language = piston?.name ?? id;
    const names = new Set([...(piston?.aliases ?? []), id, ...aliases]);
    names.delete(language);
    return { served, language, version: version === null ? unknownVersion : padded(version), aliases: [...names], runtime: piston?.runtime ?? null };
  });
}

async function settled(asked: Promise<void> | undefined): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, mostPatienceMs);
  await Promise.race([asked, patience.promise]);
  clearTimeout(timer);
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
