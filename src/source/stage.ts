/** Source and added files on their way into a directory of a box. */
import type { Owner } from "../box/box.ts";
import { placeFile, writeInto } from "../box/files.ts";
import { writeFully } from "../kernel/files.ts";
import type { StagedFile } from "./cache/compile-key.ts";

/** @param directory in which no process works @throws IsolateError, SyscallError */
export function stage(directory: number, files: readonly StagedFile[], owner: Owner | null): void {
  for (const { name, bytes, mode } of files) {
    if (name.includes("/")) placeFile(directory, name, mode, owner, (target) => writeFully(target, bytes));
    else writeInto(directory, name, bytes, mode, owner);
  }
}
