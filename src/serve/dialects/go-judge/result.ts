/** What came of a command, in the words of go-judge. */
import type { ExecutionStatus } from "../../../model/status.ts";
import type { JobCommand } from "../../job.ts";
import type { CommandOutcome, FileErrorType } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import type { FileStore } from "./file-store.ts";
import { StoreTooSmall } from "./file-store.ts";
import type { GoCmd } from "./request.ts";

export type GoStatus =
  | "Accepted" | "Memory Limit Exceeded" | "Time Limit Exceeded" | "Output Limit Exceeded" | "File Error" | "Nonzero Exit Status" | "Signalled" | "Dangerous Syscall" | "Internal Error";

/** As JSON has it: what is empty is left out. */
export interface GoResult {
  status: GoStatus;
  readonly exitStatus: number;
  error?: string;
  /** Nanoseconds of CPU time. */
  readonly time: number;
  /** Bytes. */
  readonly memory: number;
  /** Nanoseconds on the clock. */
  readonly runTime: number;
  readonly procPeak?: number;
  files?: Readonly<Record<string, string>>;
  fileIds?: Readonly<Record<string, string>>;
  readonly fileError?: CommandOutcome["fileErrors"];
}

const nsPerSecond = 1e9;

const statusOf: Readonly<Record<ExecutionStatus, GoStatus>> = {
  Success: "Accepted",
  RuntimeError: "Nonzero Exit Status",
  Signaled: "Signalled",
  TimeLimit: "Time Limit Exceeded",
  MemoryLimit: "Memory Limit Exceeded",
  FileSizeLimit: "Output Limit Exceeded",
  ProcessLimit: "Nonzero Exit Status",
  SecurityViolation: "Dangerous Syscall",
  InternalError: "Internal Error",
  CompileError: "Internal Error",
};

const copyInErrors: readonly FileErrorType[] = ["CopyInOpenFile", "CopyInCreateDir", "CopyInCreateFile", "CopyInCopyContent", "Symlink"];

/**
 * Files that are to be kept go to the store, and their ids into the result.
 * @param cmd of the request, for its limits as they were asked for
 * @param room bytes that the files in the answer may still have
 * @throws what the store of contents throws
 */
export async function resultOf(outcome: CommandOutcome, cmd: GoCmd, command: JobCommand, service: Service, store: FileStore, owner: string | null, room: { bytes: number }): Promise<GoResult> {
  const { run, began, procPeak } = outcome;
  const fileErrors = [...outcome.fileErrors];
  const [time, runTime, memory] = [Math.round(run.cpu_time * nsPerSecond), Math.round(run.wall_time * nsPerSecond), run.memory_peak ?? 0];
  const [status, error] = verdictOf(outcome, cmd, time, memory);
  const result: GoResult = {
    status,
    // What never ran has not ended either.
    exitStatus: (began ? run.exit_code : null) ?? run.signal ?? 0,
    ...(error === "" ? {} : { error }),
    time,
    memory,
    runTime,
    ...(procPeak === null || !began ? {} : { procPeak }),
  };
  const cached = new Set(command.copyOutCached.map((name) => (name.endsWith("?") ? name.slice(0, -1) : name)));
  const files: Record<string, string> = Object.create(null) as Record<string, string>;
  const ids: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, file] of Object.entries(run.files)) {
    if ("error" in file) continue;
    if (!cached.has(name) && (room.bytes -= file.bytes) < 0) {
      const message = `${JSON.stringify(name)} is left out: all files of an answer together have more than ${service.config.bounds.jobBytes} bytes`;
      fileErrors.push({ name, type: "CopyOutSizeExceeded", message });
      if (result.status === "Accepted") [result.status, result.error] = ["File Error", message];
      continue;
    }
    const bytes = await service.contents.get(file.content);
    if (bytes === null) throw new Error(`what the program left as ${JSON.stringify(name)} is not kept any more`);
    if (!cached.has(name)) {
      files[name] = Buffer.from(bytes).toString();
      continue;
    }
    try {
      ids[name] = store.add(name, bytes, owner);
    } catch (fault) {
      if (!(fault instanceof StoreTooSmall)) throw fault;
      result.status = "File Error";
      result.error = fault.message;
    }
  }
  if (Object.keys(files).length > 0) result.files = files;
  if (Object.keys(ids).length > 0) result.fileIds = ids;
  return fileErrors.length === 0 ? result : { ...result, fileError: fileErrors };
}

/** The original's order: the end of the program; when that is well, its output and its files; CPU time; memory. */
function verdictOf({ run, began, fileErrors }: CommandOutcome, { cpuLimit, memoryLimit }: GoCmd, time: number, memory: number): readonly [GoStatus, error: string] {
  const message = run.error_message ?? "";
  const [first] = fileErrors;
  const firstError = first?.message ?? first?.type ?? "";
  if (!began && run.status !== "Signaled") {
    return first !== undefined && copyInErrors.includes(first.type) ? ["File Error", firstError] : ["Internal Error", message];
  }
  let status = statusOf[run.status];
  let error = status === "Internal Error" ? message : "";
  const overflow = fileErrors.find(({ type }) => type === "CollectSizeExceeded");
  if (status === "Accepted" && first !== undefined) {
    status = overflow === undefined ? "File Error" : "Output Limit Exceeded";
    error = overflow?.message ?? firstError;
  }
  if (time > cpuLimit) status = "Time Limit Exceeded";
  if (memory > memoryLimit) status = "Memory Limit Exceeded";
  return [status, error];
}
