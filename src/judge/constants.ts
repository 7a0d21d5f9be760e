/** Constants of a problem (`{{name}}`), in the files that they are replaced in. */
import { copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { namedFault } from "../model/host-fault.ts";

export type Constants = Readonly<Record<string, string>>;

/** Larger files are no sources. */
const sizeLimitBytes = 16 * 1024 * 1024;

/** Constants that nobody has defined stay as they are. */
export function withConstants(text: string, constants: Constants | undefined): string {
  if (constants === undefined) return text;
  return text.replace(/\{\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)?)\}\}/g, (whole, name: string) => (Object.hasOwn(constants, name) ? constants[name]! : whole));
}

/**
 * A file or a directory with its constants replaced: the path itself when there is nothing to replace, else that of a copy. Links are
 * followed; whoever reads the package has looked at where they lead to.
 * @param into a directory of the caller's, who removes it; the copy has the same name in it
 * @throws IsolateError of kind Config or Io: something cannot be read or written
 */
export function pathWithConstants(path: string, constants: Constants | undefined, into: string): string {
  if (constants === undefined || Object.keys(constants).length === 0) return path;
  try {
    if (!hasConstants(path, constants)) return path;
    mkdirSync(into, { recursive: true });
    const copy = join(into, basename(path));
    copyReplaced(path, copy, constants);
    return copy;
  } catch (error) {
    throw namedFault(`replace the constants in ${path}`, error);
  }
}

function hasConstants(path: string, constants: Constants): boolean {
  if (statSync(path).isDirectory()) return readdirSync(path).some((name) => isThere(join(path, name)) && hasConstants(join(path, name), constants));
  return replaced(path, constants) !== null;
}

function copyReplaced(path: string, copy: string, constants: Constants): void {
  const { mode } = statSync(path);
  if (statSync(path).isDirectory()) {
    mkdirSync(copy, { mode: (mode & 0o777) | 0o700 });
    for (const name of readdirSync(path)) if (isThere(join(path, name))) copyReplaced(join(path, name), join(copy, name), constants);
    return;
  }
  const bytes = replaced(path, constants);
  if (bytes === null) copyFileSync(path, copy);
  else writeFileSync(copy, bytes, { mode: mode & 0o777 });
}

/** Not a link to nothing, a pipe or the like. */
function isThere(path: string): boolean {
  if (!lstatSync(path).isSymbolicLink() && !lstatSync(path).isFile() && !lstatSync(path).isDirectory()) return false;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isFile() || stat.isDirectory());
}

/** null: nothing in it is replaced. */
function replaced(path: string, constants: Constants): Buffer | null {
  const { size } = statSync(path);
  return size > sizeLimitBytes ? null : bytesWithConstants(readFileSync(path), constants);
}

/** @returns null when there is nothing to replace. Bytes that are no UTF-8 stay what they are. */
export function bytesWithConstants(bytes: Uint8Array, constants: Constants | undefined): Buffer | null {
  if (constants === undefined) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  if (!text.includes("{{")) return null;
  const asBytes = Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, Buffer.from(value).toString("latin1")]));
  const result = withConstants(text, asBytes);
  return result === text ? null : Buffer.from(result, "latin1");
}
