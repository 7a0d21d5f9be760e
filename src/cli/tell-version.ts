/** `--version` without the rest of the command line, whose loading would take twice as long as the runtime's own start. */
import { FD_CLOEXEC, F } from "../kernel/constants.ts";
import { tryCall } from "../kernel/ffi.ts";
import { versionLine } from "./version.ts";

const standardOutput = 1;

/** @returns whether the line was written, all of it; if not, nothing was, and the command line finds out why */
export async function tellVersion(): Promise<boolean> {
  const line = Buffer.from(`${await versionLine()}\n`);
  // As wasClosedByCaller of kernel/files.ts has it.
  const isOpen = (tryCall("fcntl", standardOutput, F.GETFD, 0) & FD_CLOEXEC) === 0;
  // A pipe takes so few bytes at once or not at all (pipe(7)); so does a file, but for a disk that is full.
  return isOpen && tryCall("write", standardOutput, line, line.length) === line.length;
}
