/** What a caller left out, filled in, as the rest of the program wants it. */
import { resolve } from "node:path";
import type { FilesOut } from "../model/files-out.ts";
import { plainRun, type RunOptions as WholeRunOptions } from "../model/request.ts";
import { checkRunOptions } from "./check-options.ts";
import type { RunOptions } from "./options.ts";

/** Of a run that is only explained: nobody can stop it, and it has no output. @throws IsolateError of kind Config */
export function wholeOptions(options: RunOptions): WholeRunOptions {
  checkRunOptions(options);
  const { signal, stdout, stderr, copyOut, readOut, ...others } = options;
  return { ...plainRun, ...withoutUndefined(others) };
}

/** Paths are those of now: the caller may change its working directory while a run goes on. @returns null: no file leaves the box */
export function filesOutOf({ copyOut, readOut }: Pick<RunOptions, "copyOut" | "readOut">): FilesOut | null {
  const [copies, reads] = [Object.entries(copyOut ?? {}), readOut ?? []];
  if (copies.length === 0 && reads.length === 0) return null;
  const absolute = (path: string) => (path.endsWith("/") ? `${resolve(path)}/` : resolve(path));
  return { copies: Object.fromEntries(copies.map(([name, path]) => [name, absolute(path)])), reads, badPath: "refuse" };
}

/** What is undefined was not given. */
export function withoutUndefined<T extends object>(fields: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
