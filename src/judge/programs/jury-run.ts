/** One run of a jury's program: what it is given, and what comes back. */
import type { OutputSink } from "../../model/waiting.ts";
import type { RunOptions, Stdin } from "../../model/request.ts";
import type { CompileResult, ExecutionResult } from "../../model/result.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";
import type { Feedback } from "./feedback.ts";

/** A program that was found and compiled. */
export interface ReadyProgram {
  /** For people. */
  readonly path: string;
  /** null: it is not compiled, or was built by a program of its own. */
  readonly compile: CompileResult | null;
  readonly start:
    | { readonly kind: "source"; readonly request: SourceRequest }
    /** @prop built where the tree lies that its `build` has made; null: nothing was built, the files are all there is */
    | { readonly kind: "tree"; readonly files: readonly StagedFile[]; readonly built: string | null; readonly command: readonly string[] };
}

/** Where things are in the box of a run, as the program sees it. */
export interface Places {
  file(name: string): string;
  /** With a closing slash. */
  readonly feedback: string;
}

export interface JuryRun {
  readonly args: (at: Places) => readonly string[];
  /** Files of the host that it may read, by their names; null: one with nothing in it. Left out: none. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** The files have to be in the working directory, too. */
  readonly filesInWorkdir?: boolean;
  readonly stdin: Stdin;
  /** Left out: it is kept, the first 64 KiB of it. */
  readonly stdoutTo?: number | OutputSink;
  readonly stderrTo?: number | OutputSink;
  /** What lies in its feedback directory at the beginning; null: it has none. */
  readonly feedback?: Feedback | null;
  /** Everything in the feedback directory comes back, and not only what the judge reads. */
  readonly keepFeedback?: boolean;
  readonly limits?: Partial<JuryLimits>;
  /** As in cpuset(7); left out or null: not pinned. */
  readonly cpus?: string | null;
  /** Everything else. */
  readonly options?: Partial<RunOptions>;
}

/** Seconds and bytes. */
export interface JuryLimits {
  readonly cpuTime: number;
  readonly wallTime: number;
  readonly memory: number;
}

export interface JuryResult {
  readonly run: ExecutionResult;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly feedback: Feedback;
  /** Why its word does not count: it was over a limit, could not be run, or left more than it may; null: it ended by itself. */
  readonly problem: string | null;
}
