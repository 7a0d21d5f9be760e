/** The descriptor that becomes the program's standard input. */
import { fchmodSync, openSync } from "../../kernel/fs.ts";
import { S } from "../../kernel/constants.ts";
import { isAnonymousPipe, readsOnly, statDescriptor, statusFlags, type FileStat } from "../../kernel/files.ts";
import { sealedMemoryFile } from "../../kernel/memory-file.ts";
import { configError, type IsolateError } from "../../model/errors.ts";
import type { Stdin } from "../../model/request.ts";
import { openFile } from "./input-file.ts";
import { asItIs, mayRead, owned, type Reader, type StdinSource } from "./stdin-source.ts";

/** Names by which the build that proves that tests can fail leaves these protections out, as it does with launch steps. */
export const viewOfInput = "hand over a view of the input";
export const pipeForInput = "hand the input on by a pipe";

/**
 * @param reader the program, when it cannot reach the caller's files by itself, else null
 * @param untouched the caller asked that the program gets its own descriptor: no pipe comes in between
 * @throws SyscallError; IsolateError of kind Config for a directory
 */
export function openStdin(stdin: Stdin, reader: Reader | null, untouched = false): StdinSource {
  switch (stdin.kind) {
    case "empty":
      return owned(openSync("/dev/null", "r"));
    case "bytes":
      return owned(sealedMemoryFile("stdin", stdin.bytes));
    case "descriptor":
      return openDescriptor(stdin.fd, reader, untouched);
  }
}

function openDescriptor(fd: number, reader: Reader | null, untouched: boolean): StdinSource {
  const stat = statDescriptor(fd);
  const type = stat.mode & S.IFMT;
  if (type === S.IFDIR) throw directoryRefused("standard input");
  if (type === S.IFREG) return reader === null ? asItIs(fd) : openFile(fd, reader, stat);
  const isPlain = isPlainStream(fd, stat, type) && (type !== S.IFIFO || reader === null || mayRead(reader, stat) || letRead(fd, stat));
  return { ...asItIs(fd), byPipe: !untouched && !isPlain };
}

/**
 * For `/dev/stdin`, which opens the pipe again with the program's rights. The program can write to it as little as before, and nobody finds it
 * but those who have it. @returns whether it is a pipe of ours to change
 */
function letRead(fd: number, { mode }: FileStat): boolean {
  try {
    fchmodSync(fd, (mode & 0o777) | 0o444);
    return true;
  } catch {
    return false;
  }
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
  return type === S.IFIFO && readsOnly(fd) && isAnonymousPipe(fd);
}
