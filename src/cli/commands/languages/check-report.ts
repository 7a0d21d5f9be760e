/** What `languages check` says about packs that are right and may yet surprise: one line for what several languages have in common. */
import type { CheckedPack } from "../../../language/check.ts";
import { type PackWarning, warningKinds } from "../../../language/warnings.ts";

/** A warning with the pack that it is about. */
type Placed = PackWarning & { readonly pack: string };

/** So many warnings that say something of their own are a line each. */
const fewLines = 3;

/** In the order in which kinds are met; of one kind one line, unless only one language has it, or few have it and each in its own way. */
export function warningLines(packs: readonly CheckedPack[]): string[] {
  const kinds = new Map<string, Placed[]>();
  for (const { name, warnings } of packs) {
    for (const warning of warnings) {
      // With what is particular to each, a line over several packs would be hard to read.
      const key = warning.detail === undefined ? warning.kind : `${warning.kind}\n${name}`;
      kinds.set(key, [...(kinds.get(key) ?? []), { ...warning, pack: name }]);
    }
  }
  return [...kinds.values()].flatMap((warnings) => {
    const languages = new Set(warnings.map(({ pack, language }) => `${pack}\n${language}`)).size;
    const isFew = languages === 1 || (languages <= fewLines && warnings.every(({ detail }) => detail !== undefined));
    return isFew ? warnings.map(({ pack, level, language, message }) => `${pack}: ${level}: ${language}: ${message}`) : [together(warnings, languages)];
  });
}

function together(warnings: readonly Placed[], languages: number): string {
  const [{ pack, level, kind }] = warnings as [Placed];
  const files = new Set(warnings.map((warning) => warning.pack)).size;
  const who = warnings.map(({ language, detail, pack: place }) => {
    const particular = [...(files === 1 ? [] : [place]), ...(detail === undefined ? [] : [detail])];
    return particular.length === 0 ? language : `${language} (${particular.join(": ")})`;
  });
  const said = warningKinds[kind].replace("%", String(languages));
  return `${files === 1 ? pack : `${files} packs`}: ${level}: ${said}: ${who.join(", ")}`;
}
