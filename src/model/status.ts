/** The words for the outcome of a run, and the exit code that each one gives. */
import { exitCodes } from "./errors.ts";

export const statuses = [
  "Success",
  "TimeLimit",
  "MemoryLimit",
  "RuntimeError",
  "InternalError",
  "Signaled",
  "SecurityViolation",
  "ProcessLimit",
  "FileSizeLimit",
  "CompileError",
] as const;

/** One word for the outcome; decided in executor/classify.ts and nowhere else. */
export type ExecutionStatus = (typeof statuses)[number];

const exitCodeOf: Record<ExecutionStatus, number> = {
  Success: exitCodes.success,
  RuntimeError: exitCodes.programFailed,
  Signaled: exitCodes.programFailed,
  ProcessLimit: exitCodes.programFailed,
  FileSizeLimit: exitCodes.programFailed,
  TimeLimit: exitCodes.timeLimit,
  MemoryLimit: exitCodes.memoryLimit,
  SecurityViolation: exitCodes.securityViolation,
  InternalError: exitCodes.internalError,
  CompileError: exitCodes.compileError,
};

/** The exit code of the command line for a status (without `--passthrough`). */
export function exitCodeOfStatus(status: ExecutionStatus): number {
  return exitCodeOf[status];
}
