/** Files of the host that a request names: only below the directories that the configuration names, wherever links lead. */
import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { BadRequest } from "./request.ts";

/** @param prefixes of the configuration; none: no file @returns the path without links @throws BadRequest */
export function allowedSource(path: string, prefixes: readonly string[]): string {
  const refuse = (reason: string) => new BadRequest(`src ${JSON.stringify(path)} ${reason}`);
  if (prefixes.length === 0) throw refuse("is not allowed: this service names no directories for it (go_judge.source_prefixes)");
  if (!isAbsolute(path) || path.includes("\0")) throw refuse("must be an absolute path");
  const found = real(path);
  // What is there and what may not be read are not told apart.
  if (found === null || !prefixes.some((prefix) => isBelow(found, real(prefix)))) throw refuse("is not a file below the directories that are allowed");
  return found;
}

function real(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function isBelow(path: string, directory: string | null): boolean {
  return directory !== null && (path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`));
}
