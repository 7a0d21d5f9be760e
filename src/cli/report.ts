/** Errors of ours, as people and scripts see them: a line on standard error, a hint below it, and the exit code. */
import { errnoOf } from "../kernel/errno.ts";
import { exitCodes, IsolateError, messageOf } from "../model/errors.ts";
import { hintFor } from "../model/host-fault.ts";
import { escapeControls, writeDiagnostic } from "./write.ts";

/** For what a host may be missing. */
const seeDoctor = "hint: mini-isolate doctor says what is missing\n";

/** `mini-isolate: <message>` and `hint: <hint>`; one more hint where the host may be why. */
export function formatError(error: unknown): string {
  if (error instanceof IsolateError) {
    const hint = error.hint === null ? "" : `hint: ${error.hint}\n`;
    return escapeControls(`mini-isolate: ${error.message}\n${hint}`) + (error.aboutHost ? seeDoctor : "");
  }
  // Whatever the kernel refused us, there is nothing to mend in this program: a stack would help nobody.
  if (errnoOf(error) !== null) {
    const hint = hintFor(error);
    return escapeControls(`mini-isolate: cannot go on: ${messageOf(error)}\n`) + (hint === undefined ? seeDoctor : `hint: ${hint}\n`);
  }
  // Not one of the errors that we foresee: the place is what helps to mend it.
  const stack = error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : "";
  return escapeControls(`mini-isolate: internal error: ${messageOf(error)}\n${stack}`);
}

/** Messages of the status InternalError that only the caller can do something about. */
const callersAffair = /^(stopped because mini-isolate received|cannot (open std(in|out|err) file|enter)) /;

/** What an InternalError of a run says on standard error. @param message that of its result */
export function formatInternalError(message: string | null): string {
  const said = message ?? "internal error";
  return escapeControls(`mini-isolate: ${said}\n`) + (callersAffair.test(said) ? "" : seeDoctor);
}

/** The exit code for an error of ours. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof IsolateError ? error.exitCode : exitCodes.internalError;
}

/** Tells about an error on standard error. @returns the exit code for it */
export function reportError(error: unknown): number {
  writeDiagnostic(formatError(error));
  return exitCodeOfError(error);
}
