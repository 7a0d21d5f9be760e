/** `--copy-out NAME=FILE`: checked before anything runs. Loaded only for it. */
import { resolve } from "node:path";
import { CopyTarget } from "../box/copy-target.ts";
import { configError, messageOf } from "../model/errors.ts";
import { type FilesOut, problemOfName } from "../model/files-out.ts";
import type { ExecutionResult } from "../model/result.ts";

/**
 * @param values as they were given, at least one
 * @param others files of the caller that get something else, with the flags that name them
 * @throws IsolateError of kind Config
 */
export function copiesOut(values: readonly string[], others: readonly { readonly flag: string; readonly file: string }[]): FilesOut {
  const copies = Object.create(null) as Record<string, string>;
  const taken = new Map(others.map(({ flag, file }) => [resolve(file), `--${flag}`]));
  for (const value of values) {
    const refuse = (reason: string, hint?: string) => configError(`cannot use --copy-out ${value}: ${reason}`, hint);
    const equals = value.indexOf("=");
    const [name, file] = [value.slice(0, equals), value.slice(equals + 1)];
    if (equals < 0 || file === "") throw refuse("it is not NAME=FILE", "NAME is a file in /box, FILE the path that it is copied to");
    const problem = problemOfName(name);
    if (problem !== null) throw refuse(`the name: ${problem}`);
    if (name in copies) throw refuse(`${name} is copied to ${copies[name]} already`);
    // Absolute: a keeper is in another directory when the program has ended.
    const path = file.endsWith("/") ? `${resolve(file)}/` : resolve(file);
    const taker = taken.get(path);
    if (taker !== undefined) throw refuse(`${taker} names the same file`);
    taken.set(path, `--copy-out ${name}=`);
    try {
      CopyTarget.open(path).close();
    } catch (error) {
      throw refuse(messageOf(error));
    }
    copies[name] = path;
  }
  return { copies, reads: [], badPath: "refuse" };
}

/** A sentence for each file that was to be copied and was not. */
export function notCopied({ files = {} }: ExecutionResult): string[] {
  return Object.entries(files).flatMap(([name, { error }]) => (error === undefined ? [] : [`${name} was not copied out of the box: ${error}`]));
}
