/** Which language a file is in. */
import { configError } from "../errors.ts";
import type { Language } from "./language.ts";
import { nearestName } from "../nearest.ts";
import { compilePattern } from "./patterns.ts";
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
 * By name, then extension, then `#!` line; the first of `languages` that fits.
 * @param languages in the order of registry.ts
 * @returns the language, or null for a file that is executed directly: one that begins with `#!`, an ELF file,
 *   or any other that is executable
 * @throws IsolateError of kind Config when the named language is unknown, or nothing says how to run the file
 */
export function resolveLanguage(facts: SourceFacts, languages: readonly Language[]): Language | null {
  if (facts.language !== null) return byName(facts.language, languages);
  const language = byExtension(facts.fileName, languages) ?? byShebang(facts.firstBytes, languages);
  if (language !== null) return language;
  if (facts.executable || startsWith(facts.firstBytes, [0x23, 0x21]) || startsWith(facts.firstBytes, elfMagic)) return null;
  const extension = extensionOf(facts.fileName, []);
  throw configError(
    `cannot tell the language of ${JSON.stringify(facts.fileName)}: ` +
      (extension === "" ? "it has no extension" : `unknown extension '${extension}'`) +
      ` (known: ${languages.flatMap((known) => known.extensions).filter(unique).join(" ")})`,
    "name the language with --language, add a pack with --pack, or make the file executable to run it as it is",
  );
}

function byName(name: string, languages: readonly Language[]): Language {
  const wanted = name.toLowerCase();
  const language = languages.find(({ id, aliases }) => id === wanted || aliases.includes(wanted));
  if (language !== undefined) return language;
  const near = nearestName(wanted, languages.flatMap(({ id, aliases }) => [id, ...aliases]));
  throw configError(
    `unknown language '${name}' (known: ${languages.map(({ id }) => id).filter(unique).join(" ")})`,
    near === null ? undefined : `did you mean '${near}'?`,
  );
}

/** The longest extension wins, as written before any case: `.C` is C++ and `.CPP` as well. */
function byExtension(fileName: string, languages: readonly Language[]): Language | null {
  let best: Language | null = null;
  let bestRank = 0;
  for (const language of languages) {
    for (const extension of language.extensions) {
      if (!hasExtension(fileName, extension)) continue;
      const rank = 2 * extension.length + (fileName.endsWith(extension) ? 1 : 0);
      if (rank > bestRank) [best, bestRank] = [language, rank];
    }
  }
  return best;
}

function byShebang(firstBytes: Uint8Array, languages: readonly Language[]): Language | null {
  if (!startsWith(firstBytes, [0x23, 0x21])) return null;
  const line = new TextDecoder().decode(firstBytes.subarray(0, 256)).split("\n", 1)[0]!;
  return languages.find(({ shebang }) => shebang !== null && compilePattern(shebang).test(line)) ?? null;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function unique<T>(value: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(value) === index;
}
