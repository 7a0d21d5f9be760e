/** Files that a command left in its working directory. Nothing of it runs any more, and links are gone. */
import { openArtefact, withWorkdir } from "../../../box/files.ts";
import { S } from "../../../kernel/constants.ts";
import { reasonOf } from "../../../kernel/errno.ts";
import { closeDescriptor, statEntry } from "../../../kernel/files.ts";
import { readSync } from "../../../kernel/fs.ts";
import { messageOf } from "../../../model/errors.ts";
import { problemOfName } from "../../../model/files-out.ts";
import type { Contents } from "../../content.ts";
import type { JobCommand } from "../../job.ts";
import type { FileErrorType, FileOutcome } from "../../outcome.ts";
import { nameInside } from "./names.ts";

export interface FileError {
  readonly name: string;
  readonly type: FileErrorType;
  readonly message: string;
}

export interface CopiedOut {
  readonly files: Record<string, FileOutcome>;
  readonly errors: readonly FileError[];
}

type Bounds = Pick<JobCommand, "copyOutMax" | "copyOutTruncates">;

interface Found {
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly size: number;
}

/**
 * @param names as the command has them: a `?` at the end may be missing
 * @throws IsolateError of kind Io when what was found cannot be kept
 */
export async function copyOut(workdir: string, names: readonly string[], bounds: Bounds, contents: Contents): Promise<CopiedOut> {
  // Without a prototype: a file may have any name.
  const files = Object.create(null) as Record<string, FileOutcome>;
  const errors: FileError[] = [];
  for (const asked of new Set(names)) {
    const isOptional = asked.endsWith("?");
    const name = isOptional ? asked.slice(0, -1) : asked;
    const found = readOne(workdir, name, bounds);
    if ("type" in found) {
      if (isOptional && found.type === "CopyOutOpen") continue;
      errors.push({ name, ...found });
      files[name] ??= { error: found.message, type: found.type };
      continue;
    }
    const truncated = found.size > found.bytes.length;
    files[name] = { content: await contents.put(found.bytes), bytes: found.bytes.length, truncated };
    if (truncated) errors.push({ name, type: "CopyOutSizeExceeded", message: tooLarge(name, found.size, bounds) });
  }
  return { files, errors };
}

function readOne(workdir: string, asked: string, bounds: Bounds): Found | Omit<FileError, "name"> {
  const name = nameInside(asked);
  const problem = problemOfName(name);
  if (problem !== null) return { type: "CopyOutOpen", message: `cannot read ${JSON.stringify(asked)}: ${problem}` };
  try {
    return withWorkdir(workdir, (directory) => readBelow(directory, name, bounds));
  } catch (error) {
    return { type: "CopyOutCopyContent", message: `cannot read ${JSON.stringify(name)}: ${reasonOf(error)}` };
  }
}

function readBelow(directory: number, name: string, bounds: Bounds): Found | Omit<FileError, "name"> {
  const file = openArtefact(directory, name);
  if (file === null) return whyNot(directory, name);
  try {
    if (file.size > bounds.copyOutMax && !bounds.copyOutTruncates) return { type: "CopyOutSizeExceeded", message: tooLarge(name, file.size, bounds) };
    const bytes = new Uint8Array(Math.min(file.size, bounds.copyOutMax));
    let done = 0;
    for (let count = -1; done < bytes.length && count !== 0; done += count) count = readSync(file.fd, bytes, done, bytes.length - done, done);
    return { bytes: bytes.subarray(0, done), size: file.size };
  } finally {
    closeDescriptor(file.fd);
  }
}

function whyNot(directory: number, name: string): Omit<FileError, "name"> {
  const shown = JSON.stringify(name);
  try {
    const stat = statEntry(directory, Buffer.from(name));
    if (stat !== null && ((stat.mode & S.IFMT) !== S.IFREG || stat.links > 1)) return { type: "CopyOutNotRegularFile", message: `${shown} is not a regular file with one name` };
  } catch (error) {
    return { type: "CopyOutOpen", message: `cannot open ${shown}: ${messageOf(error)}` };
  }
  return { type: "CopyOutOpen", message: `cannot open ${shown}: there is no such file` };
}

function tooLarge(name: string, size: number, { copyOutMax }: Bounds): string {
  return `${JSON.stringify(name)} has ${size} bytes, more than the ${copyOutMax} that may be copied out`;
}
