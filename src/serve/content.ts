/** Bytes of a job. What is short stands in the job's own record; what is long is a file of the store, named by what is in it. */

export type Content =
  | { /** UTF-8. */ readonly text: string }
  | { /** Bytes that are not UTF-8, or that come in Base64. */ readonly base64: string }
  | { /** Hash of the file, in hexadecimal digits. */ readonly sha256: string; /** Its size. */ readonly bytes: number };

/** What is longer goes into a file. */
export const mostInlineBytes = 8192;

export const noContent: Content = { text: "" };

/** Keeps long contents. */
export interface Contents {
  /** Inline when it is short. @throws IsolateError of kind Io when it cannot be kept */
  put(bytes: Uint8Array): Promise<Content>;
  /** @returns null: the file is gone @throws IsolateError of kind Io */
  get(content: Content): Promise<Uint8Array | null>;
  /** The path of a file of this host that has it, for as long as the job lasts; null: it is inline. @throws IsolateError of kind Io when it cannot be had */
  path(content: Content): Promise<string | null>;
  /** Keeps it beyond the jobs that refer to it, for as long as this process lives. What no job refers to and nobody holds goes after some minutes. @returns lets it go */
  hold?(content: Content): () => void;
}

/** The bytes of what is inline; null: they are in a file. */
export function inlineBytes(content: Content): Uint8Array | null {
  if ("text" in content) return Buffer.from(content.text);
  return "base64" in content ? Buffer.from(content.base64, "base64") : null;
}

/** Bytes as they stand in a record. */
export function inline(bytes: Uint8Array): Content {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") };
  }
}
