/** Files of the cache come to be below a temporary name, locked by their writer, and get their own by rename. */
import { tryLockFile, unlinkAndClose } from "../../state/lock-file.ts";
import { IsolateError } from "../../model/errors.ts";
import { closeDescriptor, renameAt } from "../../kernel/files.ts";
import type { CacheDirectory } from "./directory.ts";

/**
 * Writes a file and puts it in place, in place of one of the same name if there is one. Nothing is left when it fails.
 * @param write gets a descriptor for writing
 * @param publish calls what it is given, which gives the file its name; the place for what has to be done with it, under a lock
 * @throws IsolateError, SyscallError
 */
export function putInPlace<T>(directory: CacheDirectory, to: number, name: string, write: (fd: number) => T, publish: (rename: () => void, written: T) => void = (rename) => rename()): void {
  const temporary = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const attempt = tryLockFile(directory.unfinished, temporary, `${directory.path}/new/${temporary}`, true);
  if (attempt.kind !== "held") throw new IsolateError("Io", `cannot make a file in ${directory.path}/new`);
  let named = false;
  try {
    publish(() => {
      renameAt(directory.unfinished, temporary, to, name);
      named = true;
    }, write(attempt.fd));
  } finally {
    if (named) closeDescriptor(attempt.fd);
    else unlinkAndClose(directory.unfinished, temporary, attempt.fd);
  }
}
