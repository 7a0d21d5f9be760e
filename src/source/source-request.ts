/** What a caller asks when there is a source file to compile and run, after parsing and validation. */
import type { Language } from "../language/language.ts";

export interface SourceRequest {
  /** The caller's file. */
  readonly path: string;
  /** Language id, or null to go by extension, then `#!` line. */
  readonly language: string | null;
  /** Packs given by `--pack`: a name of a built-in plugin, or a path of a file or a directory. */
  readonly packs: readonly string[];
  /** Files of the caller that lie beside the source: further sources, headers, a grader. */
  readonly added?: readonly string[];
  /** The main class, for languages that have one; left out or null: it is found in the source. */
  readonly entryPoint?: string | null;
  /** The languages of this run, when they are loaded already. */
  readonly languages?: readonly Language[];
  /** false: compile it even if that was done before, and keep nothing. Default: true. */
  readonly cache?: boolean;
}
