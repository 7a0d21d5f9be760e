/** What a caller left out, filled in, as the rest of the program wants it. */
import { plainRun, type RunOptions as WholeRunOptions } from "../model/request.ts";
import type { SourceRequest as WholeSourceRequest } from "../source/source-request.ts";
import { checkRunOptions, checkSource } from "./check-options.ts";
import type { RunOptions, SourceRequest } from "./options.ts";

/** Of a run that is only explained: nobody can stop it, and it has no output. @throws IsolateError of kind Config */
export function wholeOptions(options: RunOptions): WholeRunOptions {
  checkRunOptions(options);
  const { signal, stdout, stderr, ...others } = options;
  return { ...plainRun, ...withoutUndefined(others) };
}

/** @throws IsolateError of kind Config */
export function wholeSource(source: SourceRequest): WholeSourceRequest {
  checkSource(source);
  return { language: null, packs: [], ...withoutUndefined(source) } as WholeSourceRequest;
}

/** What is undefined was not given. */
export function withoutUndefined<T extends object>(fields: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
