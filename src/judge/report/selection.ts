/** Which tests of a submission the report has a row for: all, or where there are too many, those that a person looks for first. */
import type { SubmissionDocument, TestDocument } from "../document.ts";
import { commonDirectories } from "./common-directories.ts";
import { isUnexpected } from "./marks.ts";

/** For all submissions together: some megabytes of markup. */
const mostRows = 10_000;
const leastRows = 10;

/** What the report shows of a submission, and where. */
export interface Shown {
  readonly submission: SubmissionDocument;
  /** Its path without the directories that all submissions are in, for tables and plots. */
  readonly name: string;
  /** Fragment of its section. */
  readonly id: string;
  /** Numbers of the tests that have a row, in the order of the problem. */
  readonly rows: ReadonlySet<number>;
}

export function selected(submissions: readonly SubmissionDocument[]): readonly Shown[] {
  const most = Math.max(leastRows, Math.floor(mostRows / Math.max(1, submissions.length)));
  const common = commonDirectories(submissions.map(({ path }) => path));
  return submissions.map((submission, index) => ({ submission, name: submission.path.slice(common), id: `s${index + 1}`, rows: rowsOf(submission, most) }));
}

/** Fragment of the row of a test. */
export function rowId({ id }: Shown, test: number): string {
  return `${id}t${test + 1}`;
}

function rowsOf(submission: SubmissionDocument, most: number): ReadonlySet<number> {
  const byRank: number[][] = [[], [], [], []];
  for (const [number, test] of submission.tests.entries()) {
    if (test.verdict !== null) byRank[rankOf(submission, test)]!.push(number);
  }
  return new Set(byRank.flat().slice(0, most).toSorted((one, other) => one - other));
}

function rankOf(submission: SubmissionDocument, test: TestDocument): number {
  if (isUnexpected(submission, test)) return 0;
  if (test.verdict !== "AC") return 1;
  return test.near_limit || test.idle || test.reruns > 0 || test.message !== null || test.checker?.message != null ? 2 : 3;
}
