/**
 * Files that a request puts into its box, and those that it wants out of it. What is in the box after a run was made by a hostile program:
 * it is opened by descriptor below the box's directory, nothing is followed, and only regular files with one name count.
 */
import { ftruncateSync, readSync } from "node:fs";
import { withDirectory, withWorkdir, openArtefact, placeFile } from "../../box/files.ts";
import { errno, errnoOf, reasonOf } from "../../kernel/errno.ts";
import { AT_FDCWD, O, S } from "../../kernel/constants.ts";
import { closeDescriptor, openAt, setBlocking, statDescriptor, writeFully } from "../../kernel/files.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import { configError, IsolateError, messageOf } from "../../model/errors.ts";
import { namedFault } from "../../model/host-fault.ts";
import type { BoxPlace, BoxVisit } from "../../model/request.ts";
import { describeBytes } from "../../model/units.ts";
import type { FileInto, OwnFields } from "./schema.ts";

/** What the line of a result says of one file of `copy_out` or `read_out`. */
export type FileOut =
  | { readonly bytes: number; readonly path: string }
  | { readonly bytes: number; readonly text: string }
  | { readonly bytes: number; readonly base64: string }
  | { readonly error: string };

/** How large files may be that leave the box, in bytes. */
export interface OutBounds {
  /** Each file that is copied to a path. */
  readonly copied: number;
  /** All that are part of the result, together. */
  readonly read: number;
}

/** @returns null when the request has no files; else `files` has what came out, by name */
export function visitOf({ files, copy_out: copyOut, read_out: readOut }: OwnFields, bounds: OutBounds): { readonly visit: BoxVisit; readonly out: Readonly<Record<string, FileOut>> | null } | null {
  if (files === undefined && copyOut === undefined && readOut === undefined) return null;
  const names = [...Object.keys(copyOut ?? {}), ...(readOut ?? [])];
  // Without a prototype: a file may have any name.
  const out = Object.create(null) as Record<string, FileOut>;
  const visit: BoxVisit = {
    before: (place) => putIn(place, files ?? {}),
    after: ({ workdir }) => {
      if (names.length === 0) return;
      let room = bounds.read;
      const each = (directory: number) => {
        for (const [name, path] of Object.entries(copyOut ?? {})) out[name] = attempt(() => copyTo(directory, name, path, bounds.copied));
        for (const name of readOut ?? []) {
          const read = attempt(() => readFile(directory, name, room));
          if ("bytes" in read) room -= read.bytes;
          // A file may be wanted in both ways.
          out[name] = { ...out[name], ...read };
        }
      };
      try {
        withWorkdir(workdir, each);
      } catch (error) {
        for (const name of names) out[name] ??= { error: `cannot open the working directory: ${reasonOf(error)}` };
      }
    },
  };
  return { visit, out: names.length === 0 ? null : out };
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

/** @throws what `use` throws; an error that says what there is in place of a file */
function withFile<T>(directory: number, name: string, mostBytes: number, use: (fd: number, size: number) => T): T {
  const found = openArtefact(directory, name);
  if (found === null) throw new Error("there is no regular file of this name (links, and files with a second name, do not count)");
  try {
    if (found.size > mostBytes) {
      const [size, most] = describeBytes(found.size, Math.max(0, mostBytes));
      throw new Error(`it has ${size}, and there is room for ${most}`);
    }
    return use(found.fd, found.size);
  } finally {
    closeDescriptor(found.fd);
  }
}

function copyTo(directory: number, name: string, path: string, mostBytes: number): FileOut {
  return withFile(directory, name, mostBytes, (fd, size) => {
    const target = openTarget(path);
    try {
      if ((statDescriptor(target).mode & S.IFMT) === S.IFREG) ftruncateSync(target, 0);
      return { bytes: copyAll(fd, target, size), path };
    } finally {
      closeDescriptor(target);
    }
  });
}

/** The directory may be one that a program of another box can write to, so nothing is followed in the file's place. */
function openTarget(path: string): number {
  try {
    const fd = openAt(AT_FDCWD, path, O.WRONLY | O.CREAT | O.NOFOLLOW | O.NONBLOCK | O.NOCTTY, 0o666);
    if ((statDescriptor(fd).mode & S.IFMT) !== S.IFREG) {
      closeDescriptor(fd);
      throw new Error(`cannot write ${path}: it is not a regular file`);
    }
    setBlocking(fd);
    return fd;
  } catch (error) {
    if (errnoOf(error) === errno.ELOOP) throw new Error(`cannot write ${path}: it is a symbolic link`);
    throw errnoOf(error) === null ? error : new Error(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

function readFile(directory: number, name: string, mostBytes: number): FileOut {
  return withFile(directory, name, mostBytes, (fd, size) => {
    const bytes = Buffer.alloc(size);
    let done = 0;
    for (let count = -1; done < size && count !== 0; done += count) count = readSync(fd, bytes, done, size - done, done);
    const read = bytes.subarray(0, done);
    try {
      return { bytes: done, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read) };
    } catch {
      return { bytes: done, base64: read.toString("base64") };
    }
  });
}

function attempt(act: () => FileOut): FileOut {
  try {
    return act();
  } catch (error) {
    return { error: messageOf(error) };
  }
}
