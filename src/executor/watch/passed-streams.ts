/**
 * Standard output and standard error of ours that the program gets (`--passthrough`). A program opens them by their names, too
 * (`echo >/dev/stdout`), and then the mode of the pipe or file counts.
 */
import { fchmodSync } from "../../kernel/fs.ts";
import { S } from "../../kernel/constants.ts";
import { isAnonymousPipe, statDescriptor, statusFlags } from "../../kernel/files.ts";
import { mayWrite, type Reader } from "./stdin-source.ts";

/** Descriptors for the program; null: a pipe of ours, from which the supervisor writes to the caller's file. */
export type PassedStreams = readonly [stdout: number | null, stderr: number | null];

/**
 * Lets the program open our 1 and 2 by their names. Before a file that it may not write to, a pipe has to stand: whoever could open the file itself
 * as its own could also change its mode, up to set-user-ID of the caller.
 * @param program null: it can do what the caller can
 */
export function openPassedStreams(program: Reader | null): PassedStreams {
  return [pass(1, program), pass(2, program)];
}

function pass(fd: number, program: Reader | null): number | null {
  if (program === null || statusFlags(fd) === null) return fd;
  const stat = statDescriptor(fd);
  const type = stat.mode & S.IFMT;
  if (mayWrite(program, stat)) return fd;
  if (type === S.IFIFO && isAnonymousPipe(fd)) letWrite(fd, stat.mode);
  return type === S.IFREG ? null : fd;
}

/** Nobody finds it but those who have it. Of another user's pipe it cannot be done, and the program has the descriptor all the same. */
function letWrite(fd: number, mode: number): void {
  try {
    fchmodSync(fd, (mode & 0o777) | 0o222);
  } catch {
    // As under a shell that another user started.
  }
}
