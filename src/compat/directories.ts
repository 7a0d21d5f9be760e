/** Directories of the box's own, on paths that only root can change. */
import { errno, errnoOf } from "../kernel/errno.ts";
import { mkdirSync } from "../kernel/fs.ts";
import { errorWords } from "./error-words.ts";
import { fatal } from "./failure.ts";

/** mkdir -p. @throws Failure */
export function makeDirectories(path: string, mode: number): void {
  let missing: unknown;
  try {
    mkdirSync(path, mode);
    return;
  } catch (error) {
    missing = error;
  }
  const number = errnoOf(missing);
  if (number === errno.EEXIST) return;
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (number !== errno.ENOENT || parent === "") throw fatal(`Cannot create directory ${path}: ${errorWords(number ?? 0)}`);
  makeDirectories(parent, 0o755);
  makeDirectories(path, mode);
}
