/** Errors of ours, as people and scripts see them: a line on standard error, a hint below it, and the exit code. */
import { errnoOf } from "../kernel/errno.ts";
import { signals } from "../kernel/os-numbers.ts";
import { bySignal } from "../model/ending.ts";
import { exitCodes, IsolateError, messageOf, type IsolateErrorKind } from "../model/errors.ts";
import { hintFor } from "../model/host-fault.ts";
import { escapeControls, writeDiagnostic } from "./write.ts";

/** For what a host may be missing. */
const seeDoctor = "hint: mini-isolate doctor says what is missing\n";

/** An error as a caller sees it, whatever form it has. */
export interface DescribedError {
  /** `Internal`: not one of those that we foresee. */
  readonly kind: IsolateErrorKind | "Internal";
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
  /** The host may be why. */
  readonly aboutHost: boolean;
}

export function describeError(error: unknown): DescribedError {
  const exitCode = exitCodeOfError(error);
  if (error instanceof IsolateError) return { kind: error.kind, message: error.message, hint: error.hint, exitCode, aboutHost: error.aboutHost };
  // Whatever the kernel refused us, there is nothing to mend in this program: a stack would help nobody.
  if (errnoOf(error) !== null) {
    const hint = hintFor(error) ?? null;
    return { kind: "Io", message: `cannot go on: ${messageOf(error)}`, hint, exitCode, aboutHost: hint === null };
  }
  return { kind: "Internal", message: `internal error: ${messageOf(error)}`, hint: null, exitCode, aboutHost: false };
}

/** `mini-isolate: <message>` and `hint: <hint>`; one more hint where the host may be why. */
export function formatError(error: unknown): string {
  const { kind, message, hint, aboutHost } = describeError(error);
  // Where it happened is what helps to mend it.
  const stack = kind === "Internal" && error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : "";
  return escapeControls(`mini-isolate: ${message}\n${stack}${hint === null ? "" : `hint: ${hint}\n`}`) + (aboutHost ? seeDoctor : "");
}

/** Messages of the status InternalError that only the caller can do something about. */
const callersAffair = /^(stopped because mini-isolate received|nobody opened the other end of|cannot (open std(in|out|err) file|enter)) /;

/** What an InternalError of a run says on standard error. @param message that of its result */
export function formatInternalError(message: string | null): string {
  const said = message ?? "internal error";
  return escapeControls(`mini-isolate: ${said}\n`) + (callersAffair.test(said) ? "" : seeDoctor);
}

const stopped = /^stopped because mini-isolate received (SIG[A-Z]+)/;

/**
 * What a command that was ended by a signal ends with: by the same signal, when everything is cleaned up.
 * @param message of a result, or of an error
 * @returns null when no signal is why
 */
export function endBySignal(message: string | null): number | null {
  const name = stopped.exec(message ?? "")?.[1];
  return name === undefined ? null : bySignal(signals[name as keyof typeof signals]);
}

/** The exit code for an error of ours. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof IsolateError ? error.exitCode : exitCodes.internalError;
}

/** Tells about an error on standard error. @returns the exit code for it */
export function reportError(error: unknown): number {
  writeDiagnostic(formatError(error));
  return endBySignal(messageOf(error)) ?? exitCodeOfError(error);
}
