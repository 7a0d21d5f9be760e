/** The exit codes, a row each. */
import { exitCodes } from "../../model/errors.ts";

/** Part of the help of the root, run and execute. */
export const exitCodeRows = ([
  [exitCodes.success, "success"],
  [exitCodes.programFailed, "the program failed: exit code, signal, process or file size limit"],
  [exitCodes.timeLimit, "time limit"],
  [exitCodes.memoryLimit, "memory limit"],
  [exitCodes.securityViolation, "security violation"],
  [exitCodes.internalError, "error of the sandbox"],
  [exitCodes.compileError, "compile error"],
  [exitCodes.usage, "usage or configuration error"],
  [exitCodes.unavailable, "something needed is missing, such as a compiler"],
  [exitCodes.busy, "the box is in use"],
] as const).map(rowOfCode);

/** Those of `doctor`, which runs nothing of the caller's. */
export const doctorCodeRows = ([
  [0, "full strength"],
  [1, "warnings: everything is enforced, and something is weaker or less even than it could be"],
  [2, "something that a run is meant to enforce is not enforced"],
] as const).map(rowOfCode);

function rowOfCode([code, text]: readonly [number, string]): readonly [string, string] {
  return [String(code).padStart(2), text];
}
