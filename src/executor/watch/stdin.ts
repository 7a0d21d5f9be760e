/** The descriptor that becomes the program's standard input. */
import { openSync, readFileSync } from "node:fs";
import { O, S } from "../../kernel/constants.ts";
import { closeDescriptor, sealedMemoryFile, statDescriptor, statusFlags } from "../../kernel/files.ts";
import type { Stdin } from "../../model/request.ts";

export interface StdinSource {
  readonly fd: number;
  close(): void;
}

function owned(fd: number): StdinSource {
  return { fd, close: () => closeDescriptor(fd) };
}

/**
 * @param ids the program's uid and gid when they are not ours, else null
 * @throws SyscallError
 */
export function openStdin(stdin: Stdin, ids: { readonly uid: number; readonly gid: number } | null): StdinSource {
  switch (stdin.kind) {
    case "empty":
      return owned(openSync("/dev/null", "r"));
    case "bytes":
      return owned(sealedMemoryFile("stdin", stdin.bytes));
    case "descriptor":
      // /proc/self/fd/0 opens the file again, with what its mode allows, even on a read-only mount: never hand over one
      // that the program could then write to.
      if (ids !== null && programCouldWrite(stdin.fd, ids)) return owned(sealedMemoryFile("stdin", readFileSync(stdin.fd)));
      return { fd: stdin.fd, close: () => {} };
  }
}

function programCouldWrite(fd: number, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
  const stat = statDescriptor(fd);
  if ((stat.mode & S.IFMT) !== S.IFREG) return false;
  const openForWriting = ((statusFlags(fd) ?? 0) & (O.WRONLY | O.RDWR)) !== 0;
  return openForWriting || stat.uid === uid || (stat.mode & 0o002) !== 0 || (stat.gid === gid && (stat.mode & 0o020) !== 0);
}
