/** A language as the rest of the program sees it: a pack after validation, defaults filled in, units converted. */

import type { Network } from "../model/network.ts";
import type { Permission } from "../model/permissions.ts";
import type { SeccompProfile } from "../model/seccomp.ts";
import type { ExecutionStatus } from "../model/status.ts";
import type { Definition } from "./extend.ts";
import type { EntryPointScanner } from "./scanners.ts";

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

/** Limits that a pack sets for the programs of a language, in place of the box's; what is missing stays the box's. */
export interface PackRunLimits {
  readonly cpuTimeSeconds?: number;
  readonly wallTimeSeconds?: number;
  readonly memoryBytes?: number;
  readonly processes?: number;
  readonly fileSizeBytes?: number;
  readonly stackBytes?: number;
  readonly outputBytes?: number;
}

export interface RunStep {
  readonly command: readonly string[];
  readonly environment: readonly Variable[];
  readonly limits: PackRunLimits;
  readonly needs: RunNeeds;
  /** Policy for system calls; null: as the box has it. */
  readonly seccomp: SeccompProfile | null;
}

/** What becomes of a limit: multiplied, then added to (seconds or bytes). */
export interface Adjustment {
  readonly factor: number;
  readonly add: number;
}

/** How the main class and the name that the file must have are found in a source. Regular expressions as text. */
export interface EntryPointRule {
  /** What finds package, main class and the name of the file where the patterns do not; null: nothing. */
  readonly scanner: EntryPointScanner | null;
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
  /** The main class when nothing matches; null: the caller has to give it. */
  readonly default: string | null;
}

/** How the version of a compiler or runtime is asked for. */
export interface Toolchain {
  /** Run in a box with the language's mounts and environment. */
  readonly command: readonly string[];
  /** Group 1 is the version, in what the command prints on stdout or stderr. */
  readonly pattern: string;
  /** Numbers with dots between them; null: any version will do. */
  readonly minimum: string | null;
}

/** What Piston's clients call a language. */
export interface PistonNames {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Of the compiler or interpreter; null: its name says enough. */
  readonly runtime: string | null;
}

/** A program that a pack is tested with. */
export interface PackTest {
  readonly name: string;
  readonly source: string;
  /** Name of the source file; null: `test` with the first extension of the language. */
  readonly fileName: string | null;
  readonly input: string;
  /** What must be printed, blanks at the ends of lines and of the whole aside; null: anything. */
  readonly output: string | null;
  readonly status: ExecutionStatus;
  /** Limits for this test, null: those that `languages test` gives to all. */
  readonly cpuTimeSeconds: number | null;
  readonly memoryBytes: number | null;
}

export interface Language {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** Not listed and not found by extension or `#!` line: a template, or one to be named. */
  readonly hidden: boolean;
  /** Id of the language that takes its place where a program of it is missing, or null. */
  readonly fallback: string | null;
  /** With the dot. */
  readonly extensions: readonly string[];
  /** Regular expression on the first line of a file, or null. */
  readonly shebang: string | null;
  /** Of two languages of one pack that fit a file equally well, the higher one is taken. */
  readonly priority: number;
  /** Template of the file name of the source in the box; null: the caller's own name. */
  readonly sourceName: string | null;
  readonly entryPoint: EntryPointRule | null;
  /** Mount rules (model/mounts.ts) of both steps. */
  readonly mounts: readonly string[];
  /** What both steps have at least. */
  readonly network: Network;
  /** What both steps may do on top (`--allow`). */
  readonly allow: readonly Permission[];
  /** For CPU time and wall time of the run step. */
  readonly time: Adjustment | null;
  /** For the memory limit of the run step. */
  readonly memory: Adjustment | null;
  readonly toolchain: Toolchain | null;
  readonly compile: CompileStep | null;
  readonly run: RunStep;
  /** null: they call it by its id and its aliases. */
  readonly piston: PistonNames | null;
  /** What Judge0's clients call it. */
  readonly judge0: readonly number[];
  readonly tests: readonly PackTest[];
  /** Where it was read: `built-in`, the name of a plugin, or the path of the file. */
  readonly origin: string;
  /** What it was made from, the language itself last. */
  readonly chain: readonly Definition[];
  /** Packs are looked up from the highest to the lowest; 0: built-in. */
  readonly layer: number;
}
