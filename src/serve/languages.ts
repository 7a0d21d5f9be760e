/** The languages of the service, as dialects show them. */

export interface ServedLanguage {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** With the dot. */
  readonly extensions: readonly string[];
  readonly isCompiled: boolean;
  /** As the toolchain says it, such as `12.2.0`; null: it has none, or was not asked. */
  readonly version: string | null;
  /** Whether programs can be run; false: `problem` says why. */
  readonly isThere: boolean;
  readonly problem: string | null;
  /** What the pack says to dialects, by their names: their names of the language, their numbers of it. */
  readonly piston: { readonly name: string; readonly aliases: readonly string[]; readonly runtime: string | null } | null;
  readonly judge0: readonly number[];
  /** Commands of the pack, for those who show them. */
  readonly compileCommand: string | null;
  readonly runCommand: string;
  /** A memory limit below this is refused, since not even the runtime could begin, in bytes; left out or 0: none is too small. */
  readonly leastMemory?: number;
}

export interface LanguageCatalog {
  /** Those that are not hidden, in the order of the packs. */
  readonly all: readonly ServedLanguage[];
  /** By id or alias. */
  find(name: string): ServedLanguage | null;
  /** Settled when all versions are known that can be known; never rejects. Left out: they are. */
  readonly asked?: Promise<void>;
}
