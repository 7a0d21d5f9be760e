/** The exit code of a batch, from what its lines got. */
import { exitCodes } from "../../model/errors.ts";

/** The gravest first: our own fault, what is wrong for good, what is missing, what may go by itself. */
const byGravity = [exitCodes.internalError, exitCodes.usage, exitCodes.unavailable, exitCodes.busy];

/** @param codes of the errors of lines, and of processes that had some of them; 0 where all was well */
export function gravestOf(codes: Iterable<number>): number {
  const seen = new Set(codes);
  seen.delete(exitCodes.success);
  return byGravity.find((code) => seen.has(code)) ?? (seen.size === 0 ? exitCodes.success : exitCodes.internalError);
}
