/** What the operands of `judge` are: solutions and a problem, in either order that people write them in. */
import { detectFormat } from "../../judge/formats/read.ts";
import { readdirSync, statSync } from "../../kernel/fs.ts";
import { configError } from "../../model/errors.ts";

export interface JudgeOperands {
  readonly problem: string;
  readonly submissions: readonly string[];
}

const usage = "mini-isolate judge SOLUTION TESTS, or mini-isolate judge PROBLEM [SUBMISSION...]";

/**
 * `judge SOLUTION... TESTS` and `judge PROBLEM [SUBMISSION...]`: the first directory that is a problem, or has tests, is the problem, as far as it
 * stands at either end.
 * @throws IsolateError of kind Config when something is missing
 */
export async function judgeOperands(operands: readonly string[]): Promise<JudgeOperands> {
  const [first, ...rest] = operands;
  if (first === undefined) throw configError("cannot judge without a solution", usage);
  const last = operands.at(-1)!;
  const isFirst = isDirectory(first) && (rest.length === 0 || !isDirectory(last) || (await looksLikeProblem(first)) || !(await looksLikeProblem(last)));
  if (isFirst) return { problem: first, submissions: rest };
  if (rest.length === 0) throw configError(`cannot judge ${first} without tests`, usage);
  return { problem: last, submissions: operands.slice(0, -1) };
}

async function looksLikeProblem(directory: string): Promise<boolean> {
  if ((await detectFormat(directory)) !== "plain") return true;
  return readdirSync(directory).some((name) => /^(?:.+\.in|input.*\.txt)$/.test(name));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
