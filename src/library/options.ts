/** What callers of the library may say about one run. Everything may be left out. Sizes in bytes, times in seconds. */
import type { LimitKey } from "../model/limits.ts";
import type { Network } from "../model/network.ts";
import type { Permission } from "../model/permissions.ts";
import type { Overrides, Stdin } from "../model/overrides.ts";
import type { SeccompProfile } from "../model/seccomp.ts";
import type { ByteStream, ChunkTaker, WritableByteStream } from "./stream-types.ts";

/** The part of an AbortSignal that is needed: whatever the types of the caller's runtime, one fits. */
export interface AbortSignalLike {
  /** Whether it was aborted. */
  readonly aborted: boolean;
  /** What the promise of the run is rejected with. */
  readonly reason: unknown;
  /** Tells when it is aborted. */
  addEventListener(type: "abort", listener: () => void): void;
  /** No longer tells. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * What a program reads as its standard input: text or bytes; a stream or anything that `for await` takes, of text or bytes, which is read while the
 * program runs, no faster than the program reads; a descriptor of this process, read from its position. Left out or null: nothing.
 */
export type StdinInput = string | Uint8Array | ByteStream | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array> | Stdin | null | undefined;

/** How one run differs from what its box says. */
export interface RunOptions {
  /** Limits for this run, in place of those of the box (seconds, bytes; null lifts one). */
  readonly overrides?: Overrides | undefined;
  /** Limits of the box that count before those of a language pack, by their names in the configuration. Default: none. */
  readonly limitsGiven?: readonly LimitKey[] | undefined;
  /** Ends the run at once when it is aborted: everything in the box is killed, and the promise is rejected with the signal's reason. Never a verdict. */
  readonly signal?: AbortSignalLike | null | undefined;
  /** Gets standard output while the program runs, in place of the result, whose `stdout` is then empty. The output limit counts. */
  readonly stdout?: ChunkTaker | WritableByteStream | null | undefined;
  /** The same for standard error. */
  readonly stderr?: ChunkTaker | WritableByteStream | null | undefined;
  /** Variables, added to those of the box, later wins; a value of null removes one. Default: none. */
  readonly environment?: readonly (readonly [name: string, value: string | null])[] | undefined;
  /** The variables to begin with, instead of PATH, HOME and LANG. Default null: those three. */
  readonly fullEnvironment?: Readonly<Record<string, string>> | null | undefined;
  /** Mount rules, added to those of the box, as `--mount` takes them. Default: none. */
  readonly mounts?: readonly string[] | undefined;
  /** Working directory in the box, absolute or relative to /box. Default null: /box. */
  readonly chdir?: string | null | undefined;
  /** File in the box that becomes standard input, opened with the program's rights. Default null: none. */
  readonly stdinFile?: string | null | undefined;
  /** File in the box that becomes standard output, opened with the program's rights. Default null: none. */
  readonly stdoutFile?: string | null | undefined;
  /** File in the box that becomes standard error, opened with the program's rights. Default null: none. */
  readonly stderrFile?: string | null | undefined;
  /** True: standard error goes where standard output goes, in the order in which both are written. Default false. */
  readonly stderrToStdout?: boolean | undefined;
  /** Descriptor of this process that gets standard output, in place of the result. What is no regular file gets it at the end. The output limit counts. */
  readonly stdoutTo?: number | null | undefined;
  /** Descriptor of this process that gets standard error, in the same way. */
  readonly stderrTo?: number | null | undefined;
  /** True: the same as `network: "host"`. Default false. */
  readonly shareNetwork?: boolean | undefined;
  /** The network of this run. Default null: that of the pack or of the box, the one that allows more. */
  readonly network?: Network | null | undefined;
  /** Descriptors of this process above 2 that the program gets under the same numbers. Default: none. */
  readonly inheritDescriptors?: readonly number[] | undefined;
  /** Processors, as in cpuset(7): `0,2-3`; `auto`: a core that no other box has. Default null: those of the box. */
  readonly cpus?: string | null | undefined;
  /** Policy for system calls in this run. Default null: that of the pack, or of the box. */
  readonly seccomp?: SeccompProfile | null | undefined;
  /** What the run may do on top of what the box and the pack allow. Default: nothing. */
  readonly allow?: readonly Permission[] | undefined;
  /** How many times to run the program, 1 to 100000; the compiler runs once. Default null: once, without a report on several runs. */
  readonly repeat?: number | null | undefined;
  /**
   * Files that are copied out of the box when the program has ended: by their names below /box, the paths on the host that they are copied to. Only regular files
   * with one name, each up to the size that the box lets a file have. What became of them is in `files` of the result. Default: none.
   */
  readonly copyOut?: Readonly<Record<string, string>> | undefined;
  /** Names of files below /box whose content becomes part of `files` of the result, together up to the output limit. Default: none. */
  readonly readOut?: readonly string[] | undefined;
  /** True: wait until the box is free instead of failing with LockBusy. Default false. */
  readonly wait?: boolean | undefined;
  /** True: fail when anything cannot be enforced. Default false. */
  readonly strict?: boolean | undefined;
  /** True: the program has descriptors 0, 1 and 2 of this process. Default false. */
  readonly passthrough?: boolean | undefined;
  /** True: this thread waits until the program has ended, which is a little faster, and nothing else goes on meanwhile. Default false. */
  readonly blocking?: boolean | undefined;
  /** Told about what is not enforced and other things that the caller should know, one line of text each. Default null: nobody. */
  readonly warn?: ((line: string) => void) | null | undefined;
  /** Told about each step taken, one line of text each. Default null: nobody. */
  readonly trace?: ((line: string) => void) | null | undefined;
}

/** A source that is to be compiled, if its language is compiled, and run. */
export interface SourceRequest {
  /** Path of the file on the host; with `text` or `bytes` only its name. Left out: `fileName` is the name. */
  readonly path?: string | undefined;
  /** What is in it, for a source that is no file. Left out: the file is read. */
  readonly text?: string | undefined;
  /** The same as bytes. */
  readonly bytes?: Uint8Array | undefined;
  /** Name of a source that is no file; its extension tells the language. Left out: `main`, and `language` is needed. */
  readonly fileName?: string | undefined;
  /** Id of its language. Default null: by extension, then by the `#!` line. */
  readonly language?: string | null | undefined;
  /** Language packs, as `--pack` takes them: a name of a built-in plugin, or a path. Default: none. */
  readonly packs?: readonly string[] | undefined;
  /** Paths of files, and of directories with their trees, that lie beside the source: further sources, headers, a grader. Default: none. */
  readonly added?: readonly string[] | undefined;
  /** Arguments of the program. Default: none. */
  readonly args?: readonly string[] | undefined;
  /** The main class, for languages that have one. Default null: it is found in the source. */
  readonly entryPoint?: string | null | undefined;
  /** False: compile it even if that was done before, and keep nothing. Default true. */
  readonly cache?: boolean | undefined;
}

/** A language that a source may be in. */
export interface LanguageInfo {
  /** Its id, as `language` of a source takes it. */
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  /** Other ids that it goes by. */
  readonly aliases: readonly string[];
  /** Extensions of its files, with the dot. */
  readonly extensions: readonly string[];
  /** True: it is not found by extension, it has to be named. */
  readonly hidden: boolean;
  /** Where its pack is from: `built-in`, the name of a plugin, or the path of a file. */
  readonly origin: string;
}

/** The languages of a box, and what is wrong with packs of the host. */
export interface Languages {
  /** In the order in which they are looked up. */
  readonly languages: readonly LanguageInfo[];
  /** One line of text for each pack of the host that cannot be used. */
  readonly problems: readonly string[];
}
