/** A language as the rest of the program sees it: a pack after validation, defaults filled in, units converted. */

import type { SeccompProfile } from "../model/seccomp.ts";

/** A name and a value; the value may hold placeholders until it is planned. */
export type Variable = readonly [name: string, value: string];

/** Limits of the compile step. They are the pack's own and have nothing to do with those of the program. */
export interface CompileLimits {
  /** CPU time of the compiler's processes together. */
  readonly cpuTimeSeconds: number;
  readonly wallTimeSeconds: number;
  /** Memory of the compiler's processes together, its /tmp included. */
  readonly memoryBytes: number;
  /** Processes and threads at one time. */
  readonly processes: number;
  /** Size of any one file that the compiler writes. */
  readonly fileSizeBytes: number;
  /** Bytes kept of the compiler's stdout and of its stderr, each. */
  readonly outputBytes: number;
}

export interface CompileStep {
  /** Words with placeholders; the first is the compiler. */
  readonly command: readonly string[];
  readonly environment: readonly Variable[];
  readonly limits: CompileLimits;
  /** Glob patterns with placeholders, relative to the working directory: what the run step gets. */
  readonly artefacts: readonly string[];
  /** Policy for system calls; null: as the run and the box have it. */
  readonly seccomp: SeccompProfile | null;
}

/** The smallest limits that the runtime itself works with. */
export interface RunNeeds {
  /** A run of this language has a process limit of at least this. */
  readonly processes: number;
  /** A memory limit below this is refused before anything runs; 0: none is too small. */
  readonly memoryBytes: number;
}

export interface RunStep {
  readonly command: readonly string[];
  readonly environment: readonly Variable[];
  readonly needs: RunNeeds;
  /** Policy for system calls; null: as the box has it. */
  readonly seccomp: SeccompProfile | null;
}

/** How the main class and the name that the file must have are found in a source. Regular expressions as text. */
export interface EntryPointRule {
  /** What is blanked out first: comments and strings. */
  readonly ignore: readonly string[];
  /** Blocks in braces deeper than this become a semicolon for `pattern`, and all blocks for `package` and `fileName`; null: none. */
  readonly depth: number | null;
  /** Group 1 is the main class; the first pattern that matches. */
  readonly pattern: readonly string[];
  /** Group 1 is the package, put in front of the main class with a dot. */
  readonly package: readonly string[];
  /** Group 1 is the class that the file must be named after; otherwise the main class. */
  readonly fileName: readonly string[];
  /** The main class when nothing matches. */
  readonly default: string;
}

export interface Language {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** With the dot. */
  readonly extensions: readonly string[];
  /** Regular expression on the first line of a file, or null. */
  readonly shebang: string | null;
  /** Template of the file name of the source in the box; null: the caller's own name. */
  readonly sourceName: string | null;
  readonly entryPoint: EntryPointRule | null;
  /** Mount rules (model/mounts.ts) of both steps. */
  readonly mounts: readonly string[];
  readonly compile: CompileStep | null;
  readonly run: RunStep;
  /** Where it was read: `built-in`, or the path of the file. */
  readonly origin: string;
}
