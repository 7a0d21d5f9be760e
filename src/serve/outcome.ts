/** What came of a job. Plain data, in seconds and bytes. */
import type { CheckRecord } from "../judge/records.ts";
import type { StepResult } from "../model/result.ts";
import type { ExecutionStatus } from "../model/status.ts";
import type { Content } from "./content.ts";

/** One run, as the result document has it, but for its outputs, which may be long. */
export interface RunOutcome extends Omit<StepResult, "stdout" | "stderr" | "stdout_base64" | "stderr_base64" | "files" | "repeat" | "resource_usage"> {
  readonly stdout: Content;
  readonly stderr: Content;
  /** Both in the order in which they came; null: it was not asked for. */
  readonly output: Content | null;
  /** What was asked for by name. */
  readonly files: Readonly<Record<string, FileOutcome>>;
  /** A zip file of what it left in its working directory, when that was asked for; left out: nothing was left. */
  readonly directory?: Content;
}

export type FileOutcome =
  | { readonly content: Content; readonly bytes: number; readonly truncated: boolean }
  | { /** Why it is not there. */ readonly error: string; readonly type: FileErrorType };

/** In the words of go-judge. */
export type FileErrorType = "CopyInOpenFile" | "CopyInCreateDir" | "CopyInCreateFile" | "CopyInCopyContent" | "CopyOutOpen" | "CopyOutNotRegularFile" | "CopyOutSizeExceeded" | "CopyOutCreateFile" | "CopyOutCopyContent" | "CollectSizeExceeded" | "Symlink";

export interface CompileOutcome extends RunOutcome {
  /** It was compiled before: the figures are those of then. */
  readonly cached: boolean;
}

export interface TestOutcome {
  readonly name: string;
  readonly run: RunOutcome;
  /** null: there was nothing to compare with. */
  readonly check: CheckRecord | null;
  /** Success, and as expected where something was. */
  readonly accepted: boolean;
  /** How many runs the figures are the means of. */
  readonly runs: number;
}

export interface CommandOutcome {
  readonly run: RunOutcome;
  /** False: nothing of it has run, as the program could not be executed, or its files could not be put in. `run` says why. */
  readonly began: boolean;
  /** Files that could not be put in, or taken out. */
  readonly fileErrors: readonly { readonly name: string; readonly type: FileErrorType; readonly message?: string }[];
  readonly procPeak: number | null;
}

export interface JobResult {
  /**
   * `finished`: it ran, whatever came of it. `failed`: a fault of the host, or too many starts without a result; nothing is said about the
   * program. `cancelled`, `expired` (its deadline passed before it began).
   */
  readonly outcome: "finished" | "failed" | "cancelled" | "expired";
  /** Why it failed, for people; null otherwise. */
  readonly problem: string | null;
  /** One word for all of it: of the compiler when it failed, else of the first test that is no success, else Success. */
  readonly status: ExecutionStatus;
  /** null: nothing was compiled. */
  readonly compile: CompileOutcome | null;
  /** Those that were begun, in their order. */
  readonly tests: readonly TestOutcome[];
  /** Of commands. */
  readonly commands: readonly CommandOutcome[];
  /** Milliseconds since 1970, to be shown. */
  readonly startedAt: number | null;
  readonly endedAt: number;
  /** Which start of the job this is the result of, from 1 on; 0: it was never started. */
  readonly attempt: number;
  /** Name of the worker. */
  readonly worker: string | null;
}
