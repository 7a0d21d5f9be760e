/** Problem packages judged by the binary: what each submission got. */
import { join } from "node:path";
import type { JudgingDocument, SubmissionDocument } from "../../src/judge/document.ts";
import type { State } from "./binary.ts";

export const problems = join(import.meta.dir, "../fixtures/problems");

/** Nothing is run again: what is near a limit on a busy machine is another test's subject. */
const flags = ["--json", "--rerun-close", "none"];

export interface JudgedSubmissions {
  readonly exitCode: number | null;
  readonly document: JudgingDocument;
  /** Verdict and score by the file name of the submission. */
  readonly got: Readonly<Record<string, string>>;
  of(name: string): SubmissionDocument;
}

/** @param arguments_ submissions and flags; paths of submissions are those below the problem */
export async function judgePackage(state: State, problem: string, ...arguments_: readonly string[]): Promise<JudgedSubmissions> {
  const path = join(problems, problem);
  const rest = arguments_.map((argument) => (argument.startsWith("-") ? argument : join(path, argument)));
  const { exitCode, stdout, stderr } = await state.mini(["judge", path, ...rest, ...flags]);
  if (stdout === "") throw new Error(stderr);
  const document = JSON.parse(stdout) as JudgingDocument;
  const nameOf = ({ path: shown }: SubmissionDocument) => shown.slice(shown.lastIndexOf("/") + 1);
  return {
    exitCode,
    document,
    got: Object.fromEntries(document.submissions.map((submission) => [nameOf(submission), `${submission.verdict} ${submission.score}`])),
    of: (name) => document.submissions.find((submission) => nameOf(submission) === name)!,
  };
}
