/** An execve that was refused for a reason that lies outside the box. A host that cannot start a program says nothing about the program. */
import { errno } from "../../kernel/errno.ts";
import type { Isolation } from "../plan/spec.ts";
import type { Surroundings } from "./advice.ts";
import { lookInside, type Looked } from "./look.ts";
import { describeFile } from "./words.ts";

/** Interpreters of interpreters: as many as the kernel follows. */
export const deepestInterpreter = 4;

/** No process of the box lives before the program does, so none of these is the program's doing. What to do about it. */
const advice: Readonly<Record<number, string>> = {
  [errno.ETXTBSY]: "wait until whoever writes it has closed it",
  [errno.EPERM]: "something on the host forbids it, such as a security module or a virus scanner: allow it there",
  [errno.ESTALE]: "the network file system no longer has the file: mount it again",
  [errno.ENFILE]: "the host has too many files open: raise fs.file-max, or run fewer boxes at once",
  [errno.EMFILE]: "too few files may be open for it: raise the limit (--open-files, ulimit -n)",
  [errno.ENOMEM]: "there is no memory to start it: raise the memory limit, or run fewer boxes at once",
};

export function adviceForHost(number: number): string | null {
  return advice[number] ?? null;
}

/** @param there what execve found; null: nothing that can be looked at */
export function isHostsFault(number: number, there: Looked | null, around: Surroundings, isolation: Isolation): boolean {
  // Without namespaces mounts are not nosuid: a program with file capabilities that it cannot have is refused so as well (capabilities(7)).
  if (number === errno.EPERM) return isolation !== "none";
  if (advice[number] !== undefined) return true;
  if (number !== errno.EACCES && number !== errno.EIO) return false;
  // Without namespaces Landlock may be why an interpreter cannot be executed.
  const deepest = isolation === "none" ? 0 : deepestInterpreter;
  for (let depth = 0, looked = there; looked?.found.kind === "file" && depth <= deepest; depth++) {
    const { found: file, directories } = looked;
    // A damaged program gets EIO as well, but then we can read it.
    if (number === errno.EIO && file.format === null) return true;
    if (number === errno.EACCES && file.noExec === "host" && describeFile(number, { ...file, noExec: null }, directories, around.user) === null) return true;
    const { format } = file;
    if ((format?.kind !== "script" && format?.kind !== "elf") || format.interpreter === null) return false;
    looked = lookInside(around.view, format.interpreter, around.directory);
  }
  return false;
}
