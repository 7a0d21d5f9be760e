/** The error for a file of ours that could not be handled. */
import { IsolateError } from "../model/errors.ts";
import { hintFor } from "../model/host-fault.ts";
import { reasonOf } from "../kernel/errno.ts";

export { isFullDisk } from "../model/host-fault.ts";

/** `cannot <action>: <ERRNO> (<text>)` of kind Io; an IsolateError already thrown below is passed through as it is. */
export function ioFault(action: string, error: unknown, hint = hintFor(error)): IsolateError {
  if (error instanceof IsolateError) return error;
  return new IsolateError("Io", `cannot ${action}: ${reasonOf(error)}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
}
