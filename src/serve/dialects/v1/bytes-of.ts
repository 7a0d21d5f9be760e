/** The bytes of a content, as many as are wanted. */
import { IsolateError } from "../../../model/errors.ts";
import { type Content, type Contents, inlineBytes } from "../../content.ts";

/**
 * @returns the beginning of it. What is gone has no bytes, and neither has what is not here yet: a worker elsewhere tells of a test before all of
 * its outputs are in the store @throws StoreFault
 */
export async function bytesOf(content: Content, contents: Contents, most: number): Promise<{ readonly start: Uint8Array; readonly total: number }> {
  const inline = inlineBytes(content);
  if (inline !== null) return { start: inline.subarray(0, most), total: inline.length };
  const total = "sha256" in content ? content.bytes : 0;
  if (most === 0) return { start: new Uint8Array(0), total };
  try {
    const file = await fileOf(content, contents);
    const start = file === null ? ((await contents.get(content)) ?? new Uint8Array(0)) : new Uint8Array(await file.slice(0, most).arrayBuffer());
    return { start: start.subarray(0, most), total };
  } catch (error) {
    if (error instanceof IsolateError) return { start: new Uint8Array(0), total };
    throw error;
  }
}

/** The file of a content; null: it is in none, or the file is somewhere else. */
export async function fileOf(content: Content, contents: Contents): Promise<Blob | null> {
  const path = await contents.path(content);
  if (path === null) return null;
  const file = Bun.file(path);
  return (await file.exists()) ? file : null;
}
