/**
 * Standard output and standard error of ours that the program gets (`--passthrough`). A program opens them by their names, too
 * (`echo >/dev/stdout`), and then the mode of the pipe or file counts.
 */
import { fchmodSync } from "node:fs";
import { O, S } from "../../kernel/constants.ts";
import { closeDescriptor, type FileStat, isAnonymousPipe, positionOf, setPosition, statDescriptor, statusFlags } from "../../kernel/files.ts";
import { openOutputDetached } from "../../kernel/mount.ts";
import { idMapping } from "./id-mapping.ts";
import { mayWrite, type Reader } from "./stdin-source.ts";

export interface PassedStream {
  /** What the program gets; null: a pipe of ours, from which the supervisor writes to the caller's descriptor. */
  readonly fd: number | null;
  close(): void;
}

export type PassedStreams = readonly [stdout: PassedStream, stderr: PassedStream];

/**
 * Lets the program open our 1 and 2 by their names. A file of the caller, which it may not write to, it sees as its own; where the file system
 * cannot do that, a pipe of ours stands before it.
 * @param program null: it can do what the caller can
 */
export function openPassedStreams(program: Reader | null): PassedStreams {
  const stdout = pass(1, program);
  // One file for both keeps one position.
  return [stdout, isSame(1, 2) ? { ...stdout, close: () => {} } : pass(2, program)];
}

function pass(fd: number, program: Reader | null): PassedStream {
  const asItIs = { fd, close: () => {} };
  if (program === null || statusFlags(fd) === null) return asItIs;
  const stat = statDescriptor(fd);
  const type = stat.mode & S.IFMT;
  if (mayWrite(program, stat)) return asItIs;
  if (type === S.IFREG) return viewFor(program, fd, stat) ?? { fd: null, close: () => {} };
  if (type === S.IFIFO && isAnonymousPipe(fd)) letWrite(fd, stat.mode);
  return asItIs;
}

function viewFor(program: Reader, fd: number, stat: FileStat): PassedStream | null {
  const mapping = idMapping(stat, program);
  const position = positionOf(fd);
  const access = statusFlags(fd)! & (O.WRONLY | O.RDWR | O.APPEND);
  const detached = mapping === null || position === null ? null : openOutputDetached(fd, access, mapping);
  if (detached === null) return null;
  const { fd: view, mount } = detached;
  setPosition(view, position!);
  // Whoever has the caller's descriptor, too, goes on from where the program stopped.
  return { fd: view, close: () => (setPosition(fd, positionOf(view)!), closeDescriptor(view), closeDescriptor(mount)) };
}

function isSame(one: number, other: number): boolean {
  if (statusFlags(one) === null || statusFlags(other) === null) return false;
  const [first, second] = [statDescriptor(one), statDescriptor(other)];
  return (first.mode & S.IFMT) === S.IFREG && first.device === second.device && first.inode === second.inode;
}

/** Nobody finds it but those who have it. Of another user's pipe it cannot be done, and the program has the descriptor all the same. */
function letWrite(fd: number, mode: number): void {
  try {
    fchmodSync(fd, (mode & 0o777) | 0o222);
  } catch {
    // As under a shell that another user started.
  }
}
