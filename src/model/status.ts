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

/** The limits that a result can name: what a status stands for where it stands for several. */
export const reachableLimits = ["cpu_time", "wall_time", "memory", "output", "file_size", "disk", "processes"] as const;

/** `output`: of a stream that is kept; `file_size`: of one file that the program wrote; `disk`: everything in the working directory. */
export type ReachedLimit = (typeof reachableLimits)[number];

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
