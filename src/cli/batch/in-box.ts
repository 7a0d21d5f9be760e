/** Files that a request puts into its box, and those that it wants out of it. */
import { withDirectory, placeFile } from "../../box/files.ts";
import { AT_FDCWD, O, S } from "../../kernel/constants.ts";
import { closeDescriptor, openAt, statDescriptor, writeFully } from "../../kernel/files.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import { configError, IsolateError, messageOf } from "../../model/errors.ts";
import type { FilesOut } from "../../model/files-out.ts";
import { namedFault } from "../../model/host-fault.ts";
import type { BoxPlace, BoxVisit } from "../../model/request.ts";
import type { FileInto, OwnFields } from "./schema.ts";

/** @returns null when the request puts no files into the box */
export function visitOf({ files }: OwnFields): BoxVisit | null {
  return files === undefined ? null : { before: (place) => putIn(place, files) };
}

/** @returns null when the request wants no files out of the box */
export function filesOutOf({ copy_out: copies, read_out: reads }: OwnFields): FilesOut | null {
  if (Object.keys(copies ?? {}).length === 0 && (reads ?? []).length === 0) return null;
  return { copies: copies ?? {}, reads: reads ?? [], badPath: "report" };
}

function putIn({ workdir, owner }: BoxPlace, files: Readonly<Record<string, FileInto>>): void {
  if (Object.keys(files).length === 0) return;
  withDirectory(workdir, (directory) => {
    for (const [name, file] of Object.entries(files)) {
      try {
        putFile(directory, name, typeof file === "string" ? { text: file } : file, owner);
      } catch (error) {
        if (error instanceof IsolateError) throw error;
        throw new IsolateError("Io", `cannot write ${JSON.stringify(name)} in the box: ${messageOf(error)}`, { cause: error });
      }
    }
  });
}

function putFile(directory: number, name: string, file: Exclude<FileInto, string>, owner: BoxPlace["owner"]): void {
  if (!("path" in file)) {
    const bytes = "text" in file ? Buffer.from(file.text) : Buffer.from(file.base64, "base64");
    return placeFile(directory, name, file.executable === true ? 0o755 : 0o644, owner, (target) => writeFully(target, bytes));
  }
  let source: number;
  try {
    // A FIFO without a writer would wait for ever.
    source = openAt(AT_FDCWD, file.path, O.RDONLY | O.NONBLOCK | O.NOCTTY);
  } catch (error) {
    throw namedFault(`read ${file.path}`, error);
  }
  try {
    const { mode } = statDescriptor(source);
    if ((mode & S.IFMT) !== S.IFREG) throw configError(`cannot read ${file.path}: it is not a regular file`);
    const isExecutable = file.executable ?? (mode & 0o111) !== 0;
    placeFile(directory, name, isExecutable ? 0o755 : 0o644, owner, (target) => void copyAll(source, target));
  } finally {
    closeDescriptor(source);
  }
}
