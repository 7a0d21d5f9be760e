/** The error for a file of ours that could not be handled. */
import { IsolateError } from "../model/errors.ts";
import { errno, errnoOf, reasonOf } from "../kernel/errno.ts";

const fullDiskHint = "the disk is full: make room, or remove boxes that are no longer needed (mini-isolate list, mini-isolate cleanup)";

/** Whether the kernel refused something for want of room: on the disk, or in a user's share of it. Also when it is told by an error of ours. */
export function isFullDisk(error: unknown): boolean {
  const number = errnoOf(error instanceof IsolateError ? error.cause : error);
  return number === errno.ENOSPC || number === errno.EDQUOT;
}

/** `cannot <action>: <ERRNO> (<text>)` of kind Io; an IsolateError already thrown below is passed through as it is. */
export function ioFault(action: string, error: unknown, hint?: string): IsolateError {
  if (error instanceof IsolateError) return error;
  const advice = hint ?? (isFullDisk(error) ? fullDiskHint : undefined);
  return new IsolateError("Io", `cannot ${action}: ${reasonOf(error)}`, { cause: error, ...(advice === undefined ? {} : { hint: advice }) });
}
