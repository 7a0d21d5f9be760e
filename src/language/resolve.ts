/** Which language a file is in. */
import { configError } from "../model/errors.ts";
import type { Language } from "./language.ts";
import { nearestName } from "../model/nearest.ts";
import { searchFor } from "./patterns.ts";
import { extensionOf, hasExtension } from "./source-name.ts";

/** What is known about the file. */
export interface SourceFacts {
  /** Without directories. */
  readonly fileName: string;
  /** The beginning of the file; 256 bytes are enough. */
  readonly firstBytes: Uint8Array;
  /** Id or alias that the caller named, or null. */
  readonly language: string | null;
  /** The file has an execute permission. */
  readonly executable: boolean;
}

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];

/**
 * By name, then extension, then `#!` line; of those that fit the one of the latest pack, then that of the highest priority.
 * @param languages in the order of registry.ts
 * @returns the language, or null for a file that is executed directly: one that begins with `#!`, an ELF file,
 *   or any other that is executable
 * @throws IsolateError of kind Config when the named language is unknown, or nothing says how to run the file
 */
export function resolveLanguage(facts: SourceFacts, languages: readonly Language[]): Language | null {
  if (facts.language !== null) return languageNamed(facts.language, languages);
  const language = byExtension(facts.fileName, languages) ?? byShebang(facts.firstBytes, languages);
  if (language !== null) return language;
  if (facts.executable || startsWith(facts.firstBytes, [0x23, 0x21]) || startsWith(facts.firstBytes, elfMagic)) return null;
  const extension = extensionOf(facts.fileName, []);
  throw configError(
    `cannot tell the language of ${JSON.stringify(facts.fileName)}: ` +
      (extension === "" ? "it has no extension" : `unknown extension '${extension}'`) +
      ` (known: ${languages.flatMap((known) => (known.hidden ? [] : known.extensions)).filter(unique).join(" ")})`,
    knowledge().packWithExtension(facts.fileName, extension) ?? "name the language with --language, add a pack with --pack, or make the file executable to run it as it is",
  );
}

/** The language with this id or alias. @throws IsolateError of kind Config when there is none, or two have the same right to it */
export function languageNamed(name: string, languages: readonly Language[]): Language {
  const wanted = name.toLowerCase();
  const language = onlyOne(
    languages.filter(({ id, aliases }) => id === wanted || aliases.includes(wanted)),
    `the name '${name}'`,
  );
  if (language !== null) return language;
  const shown = languages.filter(({ hidden }) => !hidden);
  const near = nearestName(wanted, languages.flatMap(({ id, aliases }) => [id, ...aliases]));
  throw configError(
    `unknown language '${name}' (known: ${shown.map(({ id }) => id).filter(unique).join(" ")})`,
    knowledge().packWithLanguage(wanted) ?? (near === null ? undefined : `did you mean '${near}'?`),
  );
}

/** Only an error asks the packs that are not in force. */
function knowledge(): typeof import("./plugin-knowledge.ts") {
  return require("./plugin-knowledge.ts") as typeof import("./plugin-knowledge.ts");
}

/** The longest extension wins, as written before any case: `.C` is C++ and `.CPP` as well. */
function byExtension(fileName: string, languages: readonly Language[]): Language | null {
  let best: Language[] = [];
  let bestRank = 0;
  let fitting = "";
  for (const language of languages) {
    for (const extension of language.hidden ? [] : language.extensions) {
      if (!hasExtension(fileName, extension)) continue;
      const rank = 2 * extension.length + (fileName.endsWith(extension) ? 1 : 0);
      if (rank === bestRank && !best.includes(language)) best.push(language);
      if (rank > bestRank) [best, bestRank, fitting] = [[language], rank, extension];
    }
  }
  return onlyOne(best, `the extension ${fitting}`);
}

function byShebang(firstBytes: Uint8Array, languages: readonly Language[]): Language | null {
  if (!startsWith(firstBytes, [0x23, 0x21])) return null;
  const line = new TextDecoder().decode(firstBytes.subarray(0, 256)).split("\n", 1)[0]!;
  const fitting = languages.filter((language) => !language.hidden && language.shebang !== null && searchFor(language).matches(language.shebang, line));
  return fitting.toSorted(byPrecedence)[0] ?? null;
}

/** The later pack, then the higher priority. */
function byPrecedence(a: Language, b: Language): number {
  return b.layer - a.layer || b.priority - a.priority;
}

/** The one that wins, or null when nobody claims it. @throws IsolateError of kind Config when two of one layer have the same right to it */
function onlyOne(claimants: readonly Language[], what: string): Language | null {
  const [first, second] = claimants.toSorted(byPrecedence);
  if (first === undefined) return null;
  if (second !== undefined && byPrecedence(first, second) === 0) {
    throw configError(
      `two languages claim ${what}: '${first.id}' (${first.origin}) and '${second.id}' (${second.origin})`,
      "choose one with --language, or give one of them a higher priority",
    );
  }
  return first;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function unique<T>(value: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(value) === index;
}
