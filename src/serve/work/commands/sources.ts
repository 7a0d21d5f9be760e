/** Where the bytes of a file that a command is given are. */
import { closeDescriptor, openAt, statDescriptor } from "../../../kernel/files.ts";
import { AT_FDCWD, O, S } from "../../../kernel/constants.ts";
import { readFileSync, readlinkSync } from "../../../kernel/fs.ts";
import { IsolateError } from "../../../model/errors.ts";
import { type Content, type Contents, inlineBytes } from "../../content.ts";
import type { CommandFile } from "../../job.ts";

export type Given = Extract<CommandFile, { kind: "content" | "host" }>;

/** Bytes in memory, or a file that can be opened. */
export type Source = { readonly bytes: Uint8Array } | { readonly path: string; readonly isHosts: boolean };

export function isGiven(file: CommandFile): file is Given {
  return file.kind === "content" || file.kind === "host";
}

/** @throws IsolateError of kind Io when it is gone */
export async function sourceOf(file: Given, contents: Contents): Promise<Source> {
  if (file.kind === "host") return { path: file.path, isHosts: true };
  return await contentSource(file.content, contents);
}

async function contentSource(content: Content, contents: Contents): Promise<Source> {
  const bytes = inlineBytes(content);
  if (bytes !== null) return { bytes };
  const path = await contents.path(content);
  if (path === null) throw new IsolateError("Io", "a file of the job is not kept any more");
  return { path, isHosts: false };
}

/**
 * Opens it for reading. A file of the host was allowed by its path, so no link may have come to stand on the way to it since.
 * @throws SyscallError, IsolateError of kind Config
 */
export function openSource({ path, isHosts }: Extract<Source, { path: string }>): number {
  const fd = openAt(AT_FDCWD, path, O.RDONLY | O.NOCTTY | O.NONBLOCK | (isHosts ? O.NOFOLLOW : 0));
  try {
    if ((statDescriptor(fd).mode & S.IFMT) !== S.IFREG) throw new IsolateError("Config", `cannot read ${path}: it is not a regular file`);
    if (isHosts && readlinkSync(`/proc/self/fd/${fd}`) !== path) throw new IsolateError("Config", `cannot read ${path}: a link stands on the way to it`);
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/** @throws what {@link openSource} throws */
export function bytesOf(source: Source): Uint8Array {
  if ("bytes" in source) return source.bytes;
  const fd = openSource(source);
  try {
    return readFileSync(fd);
  } finally {
    closeDescriptor(fd);
  }
}
