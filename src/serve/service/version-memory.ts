/** Versions of compilers and interpreters that are known from an earlier start. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** To be raised when what is kept means something else. */
const formatVersion = 1;

/** By identity (pack-check/toolchain-identity.ts). */
export type KnownVersions = ReadonlyMap<string, string>;

/** What is kept in a file; nothing, whatever is wrong with it: then everything is asked again. */
export function readVersions(path: string): KnownVersions {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, "utf8"));
    const { format, versions } = kept as { readonly format?: unknown; readonly versions?: unknown };
    if (format !== formatVersion || typeof versions !== "object" || versions === null) return new Map();
    return new Map(Object.entries(versions).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return new Map();
  }
}

/** Whoever reads it meanwhile sees the old file or the new one. A file that cannot be written costs time at the next start and nothing else. */
export function keepVersions(path: string, versions: KnownVersions): void {
  const fresh = `${path}.new-${process.pid}`;
  try {
    writeFileSync(fresh, JSON.stringify({ format: formatVersion, versions: Object.fromEntries(versions) }), { mode: 0o600 });
    renameSync(fresh, path);
  } catch {}
}
