/** What a caller asks when there is a source file to compile and run, after parsing and validation. */
import type { Language } from "../language/language.ts";
import type { CompileResult } from "../model/result.ts";
import type { StagedFile } from "./cache/compile-key.ts";
import type { KeptSource } from "./kept-source.ts";

/** Largest source, in bytes; official contests allow 64 to 256 KiB. */
export const largestSourceBytes = 64 * 1024 * 1024;

export interface SourceRequest {
  /** The caller's file; with `bytes` only its name. */
  readonly path: string;
  /** What is in it, for a source that is no file; left out: it is read. */
  readonly bytes?: Uint8Array;
  /** Language id, or null to go by extension, then `#!` line. */
  readonly language: string | null;
  /** Packs given by `--pack`: a name of a built-in plugin, or a path of a file or a directory. */
  readonly packs: readonly string[];
  /** Files and directories of the caller that lie beside the source: further sources, headers, a grader. */
  readonly added?: readonly string[];
  /** The same, when they are read already. */
  readonly addedFiles?: readonly StagedFile[];
  /** Names of added files that lie there, but are no words of `{sources}` whatever their extension, and are left out when the source is called so. */
  readonly onlyBeside?: readonly string[];
  /** Arguments of the program, where the pack has `{args}`, else at the end; left out: none. */
  readonly args?: readonly string[];
  /** The main class, for languages that have one; left out or null: it is found in the source. */
  readonly entryPoint?: string | null;
  /** The languages of this run, when they are loaded already. */
  readonly languages?: readonly Language[];
  /** false: compile it even if that was done before, and keep nothing. Default: true. */
  readonly cache?: boolean;
  /** true: it is compiled and not run; what the compiler made stays in the working directory. Not for languages without a compiler. */
  readonly onlyCompile?: boolean;
  /** It runs many times in this process: what is found out and made by its first run serves the others. */
  readonly kept?: KeptSource | null;
  /** It was compiled before, and is neither compiled nor looked up now. */
  readonly compiled?: Compiled | null;
}

/** What a compiler made earlier. */
export interface Compiled {
  /** Where it lies: a path that only we can change. */
  readonly directory: string;
  readonly result: CompileResult;
}
