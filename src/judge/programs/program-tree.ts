/** A program that comes with `build` and `run`: its files in a box, and how it is started. */
import type { Owner } from "../../box/box.ts";
import { carryOver, openArtefact, placeFile, withWorkdir } from "../../box/files.ts";
import { closeDescriptor, writeFully } from "../../kernel/files.ts";
import { readSync } from "../../kernel/fs.ts";
import type { StagedFile } from "../../source/cache/compile-key.ts";

/** @param built where a copy of it lies that was built; null: the files are all there is @throws IsolateError, SyscallError */
export function placeTree(workdir: string, files: readonly StagedFile[], built: string | null, owner: Owner | null): void {
  withWorkdir(workdir, (directory) => {
    if (built !== null) return void withWorkdir(built, (from) => carryOver(from, directory, ["**"], owner, null));
    for (const { name, bytes, mode } of files) placeFile(directory, name, mode, owner, (target) => writeFully(target, bytes));
  });
}

/** How a file is started: what does not say how it is to be executed is for the shell. */
export function commandOf(begin: Uint8Array, name: string): readonly string[] {
  const magic = Buffer.from(begin.buffer, begin.byteOffset, Math.min(4, begin.length)).toString("latin1");
  return magic === "\x7fELF" || magic.startsWith("#!") ? [`./${name}`] : ["/bin/sh", `./${name}`];
}

/** The command of what was built; null: there is no file `run`. */
export function builtCommand(workdir: string): readonly string[] | null {
  const run = withWorkdir(workdir, (directory) => openArtefact(directory, "run"));
  if (run === null) return null;
  try {
    const bytes = Buffer.alloc(4);
    return commandOf(bytes.subarray(0, readSync(run.fd, bytes, 0, 4, 0)), "run");
  } finally {
    closeDescriptor(run.fd);
  }
}
