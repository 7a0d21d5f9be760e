/**
 * The errors that our own side can end with. A verdict about the program is never one of
 * these (it is a status in a result); everything here means: we could not do what was asked.
 */

/** What kind of thing went wrong; `IsolateError.kind` in the library. */
export type IsolateErrorKind = "Io" | "Cgroup" | "Config" | "Process" | "LockBusy";

/**
 * Exit codes of the command line. 0 to 6 speak about the program, from 64 on they follow sysexits.h.
 */
export const exitCodes = {
  success: 0,
  programFailed: 1,
  timeLimit: 2,
  memoryLimit: 3,
  securityViolation: 4,
  internalError: 5,
  compileError: 6,
  usage: 64,
  unavailable: 69,
  busy: 75,
} as const;

const exitCodeOfKind: Record<IsolateErrorKind, number> = {
  Io: exitCodes.internalError,
  Cgroup: exitCodes.internalError,
  Process: exitCodes.internalError,
  Config: exitCodes.usage,
  LockBusy: exitCodes.busy,
};

/** Optional parts of an {@link IsolateError}. */
export interface IsolateErrorDetail {
  /** What the reader can do about it, one sentence without a full stop. */
  readonly hint?: string;
  /** Overrides the exit code that the kind implies. */
  readonly exitCode?: number;
  /** Whether the host may be why. Left out: it may for kinds Process and Cgroup, where the exit code is that of an internal error. */
  readonly aboutHost?: boolean;
  /** What it was caused by. */
  readonly cause?: unknown;
}

/**
 * An error with a message for people: `cannot <verb> <object>: <ERRNO> (<text>)`, lower case,
 * no full stop, and a hint that says what to do about it.
 */
export class IsolateError extends Error {
  // Minifying renames classes; the name is part of what people see.
  override readonly name = "IsolateError";
  /** What kind of thing went wrong: `Config` is something that the caller gave. */
  readonly kind: IsolateErrorKind;
  /** Exit code that the command line has in this case: 5, 64, 69 or 75. */
  readonly exitCode: number;
  /** What can be done about it, one sentence without a full stop; null: nothing is known. */
  readonly hint: string | null;
  /** The host may be why, so `doctor` may know more. */
  readonly aboutHost: boolean;

  constructor(kind: IsolateErrorKind, message: string, detail: IsolateErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.exitCode = detail.exitCode ?? exitCodeOfKind[kind];
    this.hint = detail.hint ?? null;
    this.aboutHost = detail.aboutHost ?? ((kind === "Process" || kind === "Cgroup") && this.exitCode === exitCodes.internalError);
  }
}

/** Shorthand for the most frequent kind: what the caller gave us cannot be used. */
export function configError(message: string, hint?: string): IsolateError {
  return new IsolateError("Config", message, hint === undefined ? {} : { hint });
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
