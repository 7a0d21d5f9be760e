/** Files that a command finds in its working directory. */
import { placeFile, placeLink, withDirectory } from "../../../box/files.ts";
import { copyAll } from "../../../kernel/files-copy.ts";
import { closeDescriptor, writeFully } from "../../../kernel/files.ts";
import { messageOf } from "../../../model/errors.ts";
import { problemOfName } from "../../../model/files-out.ts";
import type { BoxPlace } from "../../../model/request.ts";
import type { CommandOutcome, FileErrorType } from "../../outcome.ts";
import { nameInside } from "./names.ts";
import { openSource, type Source } from "./sources.ts";

export type Placed = { readonly name: string; readonly source: Source } | { readonly name: string; readonly link: string };

type FileErrors = CommandOutcome["fileErrors"];

/** Everybody may do everything with them, as with go-judge. */
const mode = 0o777;

/** Thrown when some could not be put in: nothing is run then. */
export class CopyInFault extends Error {
  readonly errors: FileErrors;

  constructor(errors: FileErrors) {
    super(errors[0]!.message ?? errors[0]!.type);
    this.errors = errors;
  }
}

/** Files first, then links, so that no file is written through a link. @throws CopyInFault */
export function copyIn({ workdir, owner }: BoxPlace, files: readonly Placed[]): void {
  if (files.length === 0) return;
  const errors: { readonly name: string; readonly type: FileErrorType; readonly message: string }[] = [];
  withDirectory(workdir, (directory) => {
    for (const file of files.toSorted((one, other) => Number("link" in one) - Number("link" in other))) {
      const fail = (type: FileErrorType, error: unknown) => void errors.push({ name: file.name, type, message: messageOf(error) });
      const name = nameInside(file.name);
      const problem = problemOfName(name);
      if (problem !== null) fail("link" in file ? "Symlink" : "CopyInCreateFile", new Error(`cannot make ${JSON.stringify(file.name)}: ${problem}`));
      else if ("link" in file) attempt(() => placeLink(directory, name, file.link, owner), (error) => fail("Symlink", error));
      else placeOne(directory, name, file.source, owner, fail);
    }
  });
  if (errors.length > 0) throw new CopyInFault(errors);
}

function placeOne(directory: number, name: string, source: Source, owner: BoxPlace["owner"], fail: (type: FileErrorType, error: unknown) => void): void {
  let from: number | null = null;
  try {
    if ("path" in source) from = openSource(source);
  } catch (error) {
    return fail("CopyInOpenFile", error);
  }
  let isMade = false;
  try {
    placeFile(directory, name, mode, owner, (target) => {
      isMade = true;
      if ("bytes" in source) writeFully(target, source.bytes);
      else copyAll(from!, target);
    });
  } catch (error) {
    fail(isMade ? "CopyInCopyContent" : "CopyInCreateFile", error);
  } finally {
    if (from !== null) closeDescriptor(from);
  }
}

function attempt(act: () => void, failed: (error: unknown) => void): void {
  try {
    act();
  } catch (error) {
    failed(error);
  }
}
