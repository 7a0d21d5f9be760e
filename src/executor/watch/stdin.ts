/** The descriptor that becomes the program's standard input. */
import { openSync, readlinkSync } from "node:fs";
import { O, S } from "../../kernel/constants.ts";
import { closeDescriptor, positionOf, setPosition, statDescriptor, statusFlags, type FileStat } from "../../kernel/files.ts";
import { sealedCopy, sealedMemoryFile } from "../../kernel/memory-file.ts";
import { openDetached } from "../../kernel/mount.ts";
import { reasonOf } from "../../kernel/errno.ts";
import { configError, type IsolateError } from "../../model/errors.ts";
import type { Stdin } from "../../model/request.ts";

export interface StdinSource {
  readonly fd: number;
  /** The program gets a pipe instead, and what can be read from the descriptor is handed on by it. */
  readonly byPipe: boolean;
  close(): void;
}

/** Names by which the build that proves that tests can fail leaves these protections out, as it does with launch steps. */
export const viewOfInput = "hand over a view of the input";
export const pipeForInput = "hand the input on by a pipe";

/** Who reads it. `gid` null: somebody of whom we do not know all groups. */
export interface Reader {
  readonly uid: number;
  readonly gid: number | null;
}

function owned(fd: number): StdinSource {
  return { fd, byPipe: false, close: () => closeDescriptor(fd) };
}

/**
 * @param reader the program, when it cannot reach the caller's files by itself, else null
 * @param asItIs the caller asked that the program gets its own descriptor: no pipe comes in between
 * @throws SyscallError; IsolateError of kind Config for a directory
 */
export function openStdin(stdin: Stdin, reader: Reader | null, asItIs = false): StdinSource {
  switch (stdin.kind) {
    case "empty":
      return owned(openSync("/dev/null", "r"));
    case "bytes":
      return owned(sealedMemoryFile("stdin", stdin.bytes));
    case "descriptor":
      return openDescriptor(stdin.fd, reader, asItIs);
  }
}

function openDescriptor(fd: number, reader: Reader | null, asItIs: boolean): StdinSource {
  const stat = statDescriptor(fd);
  const type = stat.mode & S.IFMT;
  if (type === S.IFDIR) throw directoryRefused("standard input");
  if (type === S.IFREG) return reader === null ? { fd, byPipe: false, close: () => {} } : fileFor(reader, fd, stat);
  return { fd, byPipe: !asItIs && !isPlainStream(fd, stat, type), close: () => {} };
}

function directoryRefused(stream: string): IsolateError {
  return configError(`cannot use a directory as ${stream} of the program: it could open every file below`, "give a file, a pipe or /dev/null");
}

/** The same for the streams that a program gets from the caller with `--passthrough`. @throws IsolateError of kind Config */
export function refuseDirectories(): void {
  for (const [fd, stream] of [[1, "standard output"], [2, "standard error"]] as const) {
    if (statusFlags(fd) !== null && (statDescriptor(fd).mode & S.IFMT) === S.IFDIR) throw directoryRefused(stream);
  }
}

/** Devices of major 1 that every box has in its own /dev: null, zero, full, random, urandom. */
const harmlessDevices = [3, 5, 7, 8, 9].map((minor) => BigInt((1 << 8) | minor));

/** Nothing that can be done with it but reading is of any use. */
function isPlainStream(fd: number, { deviceOfNode }: FileStat, type: number): boolean {
  if (type === S.IFCHR) return harmlessDevices.includes(deviceOfNode);
  // A pipe that has no name: only its owner, and root, can open it again.
  return type === S.IFIFO && readsOnly(fd) && readlinkSync(`/proc/self/fd/${fd}`).startsWith("pipe:[");
}

function readsOnly(fd: number): boolean {
  return ((statusFlags(fd) ?? 0) & (O.WRONLY | O.RDWR)) === 0;
}

function canRead(fd: number): boolean {
  return ((statusFlags(fd) ?? 0) & (O.WRONLY | O.PATH)) === 0;
}

/**
 * /proc/self/fd/0 tells the path of a file, and opens it again with what its mode allows, even on a read-only mount. So the program
 * gets a view of it that has no path and can only be read; where that cannot be had, a copy of what the program could write to.
 */
function fileFor(reader: Reader, fd: number, stat: FileStat): StdinSource {
  const position = positionOf(fd);
  const detached = position === null || !canRead(fd) ? null : openDetached(fd);
  if (detached !== null) {
    const { fd: view, mount } = detached;
    const close = () => [view, mount].forEach(closeDescriptor);
    // As if the program had read from the caller's own descriptor: whoever has it, too, goes on from there.
    if (setPosition(view, position!)) return { fd: view, byPipe: false, close: () => (setPosition(fd, positionOf(view)!), close()) };
    close();
  }
  if (readsOnly(fd) && !couldWrite(reader, stat)) return { fd, byPipe: false, close: () => {} };
  return owned(copyOf(fd));
}

function copyOf(fd: number): number {
  try {
    return sealedCopy("stdin", fd);
  } catch (error) {
    throw configError(`cannot read standard input: ${reasonOf(error)}`, "open it for reading");
  }
}

function couldWrite({ uid, gid }: Reader, stat: FileStat): boolean {
  return stat.uid === uid || (stat.mode & 0o002) !== 0 || ((gid === null || stat.gid === gid) && (stat.mode & 0o020) !== 0);
}
