/** Files that leave a box after a run: what a caller asks for, and what became of each. */

/** Names are paths below /box. */
export interface FilesOut {
  /** Copied to paths of the caller's, by name in the box. */
  readonly copies: Readonly<Record<string, string>>;
  /** Part of the result. */
  readonly reads: readonly string[];
  /** A path that cannot be written to: `refuse` the run, or `report` it as the file's error. */
  readonly badPath: "refuse" | "report";
}

/** What became of one file. */
export interface FileOut {
  /** Its size in bytes, when it was copied or read. */
  readonly bytes?: number;
  /** Where it was copied to. */
  readonly path?: string;
  /** What is in it, when it was read and is UTF-8. */
  readonly text?: string;
  /** What is in it, when it was read and is not UTF-8. */
  readonly base64?: string;
  /** Why it was not copied, or not read. */
  readonly error?: string;
}

const mostParts = 32;
const mostBytes = 4000;
const mostBytesOfPart = 255;

/** Why a name cannot be that of a file below /box; null: it can. */
export function problemOfName(name: string): string | null {
  const parts = name.split("/");
  if (name === "") return "must not be empty";
  if (name.includes("\0")) return "must not contain a NUL character";
  if (name.startsWith("/")) return "names of files are relative to /box: leave the / out";
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "must be a path without empty parts, . and ..";
  if (parts.length > mostParts || Buffer.byteLength(name) > mostBytes || parts.some((part) => Buffer.byteLength(part) > mostBytesOfPart)) return "is too long";
  return null;
}
