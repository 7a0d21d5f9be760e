/**
 * Standard output and standard error of ours that the program gets (`--passthrough`). A program opens them by their names, too
 * (`echo >/dev/stdout`), and then the mode of the pipe or file counts.
 */
import { fchmodSync } from "node:fs";
import { S } from "../../kernel/constants.ts";
import { isAnonymousPipe, statDescriptor, statusFlags } from "../../kernel/files.ts";
import { mayWrite, type Reader } from "./stdin-source.ts";

/**
 * Lets the program write to our pipes by their names. As to files of the caller, which it may not write to, a pipe of ours has to stand before them.
 * @param program null: it can do what the caller can
 * @returns whether 1 and 2 are such files
 */
export function openPassedStreams(program: Reader | null): readonly [stdout: boolean, stderr: boolean] {
  return [needsPipe(1, program), needsPipe(2, program)];
}

function needsPipe(fd: number, program: Reader | null): boolean {
  if (program === null || statusFlags(fd) === null) return false;
  const stat = statDescriptor(fd);
  const type = stat.mode & S.IFMT;
  if (mayWrite(program, stat)) return false;
  if (type === S.IFIFO && isAnonymousPipe(fd)) letWrite(fd, stat.mode);
  return type === S.IFREG;
}

/** Nobody finds it but those who have it. Of another user's pipe it cannot be done, and the program has the descriptor all the same. */
function letWrite(fd: number, mode: number): void {
  try {
    fchmodSync(fd, (mode & 0o777) | 0o222);
  } catch {
    // As under a shell that another user started.
  }
}
