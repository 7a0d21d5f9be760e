/** The languages behind the numbers of Judge0. A language has several: clients of different versions ask for different ones. */
import type { LanguageCatalog, ServedLanguage } from "../../languages.ts";

/** What a number stands for. */
export interface NumberedLanguage {
  readonly id: number;
  /** With the true version, in the form that clients know: `C++ (GCC 12.2.0)`. */
  readonly name: string;
  readonly kind: "source" | "multi-file" | "executable" | "text";
  /** null: it is no language. */
  readonly served: ServedLanguage | null;
}

/** They have nothing to compile or to interpret, and are always there. */
const always: readonly NumberedLanguage[] = [
  { id: 43, name: "Plain Text", kind: "text", served: null },
  { id: 44, name: "Executable", kind: "executable", served: null },
  { id: 89, name: "Multi-file program", kind: "multi-file", served: null },
];

/** In the order of the numbers. Of two languages that claim a number, the first one of the packs has it, unless it is not there. */
export function numberedLanguages(catalog: LanguageCatalog): NumberedLanguage[] {
  const byId = new Map(always.map((language) => [language.id, language]));
  for (const served of catalog.all) {
    for (const id of served.judge0) {
      const known = byId.get(id)?.served ?? null;
      if (!byId.has(id) || (known !== null && !known.isThere && served.isThere)) byId.set(id, { id, name: nameOf(served), kind: "source", served });
    }
  }
  return [...byId.values()].toSorted((a, b) => a.id - b.id);
}

export function numberedLanguage(catalog: LanguageCatalog, id: number): NumberedLanguage | null {
  return numberedLanguages(catalog).find((language) => language.id === id) ?? null;
}

/** Whether programs of it can be run. */
export const isUsable = ({ served }: NumberedLanguage): boolean => served?.isThere !== false;

/** The version goes where what it is the version of is named: `C++ (GCC, C++20)` becomes `C++ (GCC 12.2.0, C++20)`. */
function nameOf({ name, version }: ServedLanguage): string {
  if (version === null) return name;
  const parts = /^(.*) \(([A-Za-z][^\s(),]*)?(.*)\)$/.exec(name);
  if (parts === null) return `${name} (${version})`;
  const [, language, program, rest] = parts;
  return program === undefined ? `${language} (${version}, ${rest})` : `${language} (${program} ${version}${rest})`;
}

/** As `GET /languages/{id}` has it. */
export function describe({ id, name, kind, served }: NumberedLanguage): Readonly<Record<string, unknown>> {
  return {
    id, name,
    is_archived: served?.isThere === false,
    source_file: sourceName({ kind, served }),
    compile_cmd: served?.compileCommand ?? null,
    run_cmd: served?.runCommand ?? null,
  };
}

/** What the source is called when it is handed in; a pack may call it something else in the box. null: there is no source. */
export function sourceName({ kind, served }: Pick<NumberedLanguage, "kind" | "served">): string | null {
  if (kind === "multi-file") return null;
  if (kind === "text") return "text.txt";
  return served === null ? "a.out" : `main${served.extensions[0] ?? ""}`;
}
