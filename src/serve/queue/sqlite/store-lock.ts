/** One process has a store: flock(2) on a file beside it, which the kernel lets go when the process ends, however it ends. */
import { closeDescriptor, openAt, statDescriptor } from "../../../kernel/files.ts";
import { AT_FDCWD, O } from "../../../kernel/constants.ts";
import { IsolateError } from "../../../model/errors.ts";
import { ioFault } from "../../../state/io-fault.ts";
import { storeHint } from "./faults.ts";
import { tryLockFile } from "../../../state/lock-file.ts";
import { flockHolder } from "../../../state/lock-holder.ts";

/** @returns lets it go @throws IsolateError: LockBusy when another process has it; Config, Io */
export function lockStore(directory: string): () => void {
  const path = `${directory}/lock`;
  try {
    const top = openAt(AT_FDCWD, directory, O.PATH | O.DIRECTORY);
    try {
      const attempt = tryLockFile(top, "lock", path, true);
      if (attempt.kind === "held") return () => closeDescriptor(attempt.fd);
      const pid = attempt.kind === "busy" ? flockHolder(statDescriptor(attempt.fd).inode) : null;
      if (attempt.kind === "busy") closeDescriptor(attempt.fd);
      throw new IsolateError("LockBusy", `cannot use the store ${directory}: ${pid === null ? "another process" : `process ${pid}`} has it`, {
        hint: "stop that one, give this one a data directory of its own, or let both share a store of Redis",
      });
    } finally {
      closeDescriptor(top);
    }
  } catch (error) {
    throw ioFault(`lock the store ${directory}`, error, storeHint(error));
  }
}
