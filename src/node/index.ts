/**
 * The library for programs that run under Node: the same names and types as `src/index.ts`, by commands of the binary. Published as `dist/node.js`;
 * its types are those of the library, and what is assigned below fails to compile when they are not.
 */
import "./symbols.ts";
import type * as library from "../library/isolate.ts";
import type { IsolatePool as LibraryPool } from "../library/pool.ts";
import type { judge as judgeInLibrary } from "../library/judge.ts";
import type { judge as ownJudge } from "./judge.ts";
import type { RunOptions } from "../library/options.ts";
import type { readProblem as readProblemInLibrary } from "../judge/formats/read.ts";
import { plainRun as wholePlainRun } from "../model/request.ts";
import { Isolate } from "./isolate.ts";
import { IsolatePool } from "./pool.ts";

import { IsolateError } from "../model/errors.ts";
export { IsolateError };
export { Isolate, IsolatePool };

export { decide } from "../judge/decide/decide.ts";

export { judge } from "./judge.ts";

/** Needs Bun. @throws IsolateError of kind Process */
export const readProblem: typeof readProblemInLibrary = async () => {
  throw needsBun("readProblem");
};

function needsBun(name: string): IsolateError {
  return new IsolateError("Process", `cannot use ${name}() under Node`, { hint: "give the path of the problem to judge(), or run this program under Bun", aboutHost: false });
}

/** A run with nothing special about it. */
export const plainRun: RunOptions = wholePlainRun as RunOptions;

// Of a class with private fields, only what is public can be compared.
type Public<T> = Pick<T, keyof T>;
type Same<Ours extends Theirs, Theirs> = Ours;
export type Checked = [
  Same<typeof ownJudge, typeof judgeInLibrary>,
  Same<Public<Omit<Isolate, "configured" | "endRuns">>, Public<Omit<library.Isolate, "configured">>>,
  Same<Public<Omit<IsolatePool, "use">>, Public<Omit<LibraryPool, "use">>>,
];
