/** What the operands of `judge` are: solutions and a problem, in either order that people write them in. */
import { statSync } from "../../kernel/fs.ts";
import { configError } from "../../model/errors.ts";

export interface JudgeOperands {
  readonly problem: string;
  readonly submissions: readonly string[];
}

const usage = "mini-isolate judge SOLUTION TESTS, or mini-isolate judge PROBLEM [SUBMISSION...]";

/**
 * `judge SOLUTION... TESTS` and `judge PROBLEM [SUBMISSION...]`: a problem is a directory, and the first one that is given is it, unless a file
 * stands before it: then it is the last one.
 * @throws IsolateError of kind Config when something is missing
 */
export function judgeOperands(operands: readonly string[]): JudgeOperands {
  const [first, ...rest] = operands;
  const last = operands.at(-1);
  if (first === undefined || last === undefined) throw configError("cannot judge without a solution", usage);
  if (isDirectory(first)) return { problem: first, submissions: rest };
  if (rest.length === 0) throw configError("cannot judge without tests", usage);
  return { problem: last, submissions: operands.slice(0, -1) };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
