/** From the events of a judging to what the grid shows. */
import type { JudgingDocument, SubmissionDocument } from "../../judge/document.ts";
import type { JudgeEvent } from "../../judge/events.ts";
import { groupNames, submissionDocument } from "../../judge/make-document.ts";
import type { Problem } from "../../judge/problem.ts";
import { commonDirectories } from "../../judge/report/common-directories.ts";
import type { SubmissionFacts } from "../../judge/submission-facts.ts";
import { cell, emptyCell, type GridRow, type GridState, type GridTest, runningCell } from "./grid-state.ts";

type Row = { -readonly [Key in keyof GridRow]: GridRow[Key] };

export class GridProgress {
  readonly #problem: Problem;
  readonly #groups: readonly string[];
  readonly #tests: readonly GridTest[];
  readonly #rows: readonly Row[];
  /** For each submission and test, whether it has ended once. */
  readonly #ended: readonly Uint8Array[];
  #done = 0;
  #total: number;

  constructor(problem: Problem, submissions: readonly SubmissionFacts[]) {
    this.#problem = problem;
    this.#groups = groupNames(problem);
    this.#tests = problem.tests.map(({ isSample }, index) => ({ group: this.#groups[index]!, sample: isSample }));
    const common = commonDirectories(submissions.map(({ path }) => path));
    this.#rows = submissions.map(({ path, expected }) => ({
      name: path.slice(common), phase: "waiting", cells: new Uint8Array(problem.tests.length), slowest: null, limit: null, score: null, maxScore: null,
      expected: expected?.permitted ?? [], verdict: null, asExpected: null,
    }));
    this.#ended = submissions.map(() => new Uint8Array(problem.tests.length));
    this.#total = submissions.length * problem.tests.length;
  }

  tell(event: JudgeEvent): void {
    if (event.kind === "end") return;
    const row = this.#rows[event.submission]!;
    switch (event.kind) {
      case "compiled":
        row.phase = "judging";
        break;
      case "begin":
        if (row.phase === "waiting") row.phase = "judging";
        row.cells[event.test] = runningCell;
        break;
      case "test": {
        const { record, decision } = event.result;
        row.cells[event.test] = cell(decision.verdict, decision.isNearLimit, row.expected);
        this.#end(event.submission, event.test);
        const time = record.passes.reduce((most, { run }) => Math.max(most, run?.cpu_time ?? 0), 0);
        row.slowest = Math.max(row.slowest ?? 0, time);
        row.limit = record.limits.cpu_time_limit;
        break;
      }
      case "submission":
        this.#conclude(event.submission, submissionDocument(this.#problem, this.#groups, event.result));
    }
  }

  /** What is known at the end, whatever was told before. */
  end({ submissions }: JudgingDocument): void {
    for (const [index, submission] of submissions.entries()) this.#conclude(index, submission);
  }

  #conclude(submission: number, { verdict, as_expected, score, max_score, slowest, limits, tests, stopped }: SubmissionDocument): void {
    const row = this.#rows[submission]!;
    Object.assign(row, { phase: stopped ? "stopped" : "done", verdict, asExpected: as_expected, score, maxScore: max_score, slowest: slowest?.time ?? row.slowest, limit: limits.cpu_time_limit } satisfies Partial<Row>);
    for (const [index, test] of tests.entries()) {
      if (test.verdict === null) row.cells[index] = emptyCell;
      // What is known to be all right by now is no longer marked.
      else row.cells[index] = cell(test.verdict, test.near_limit, as_expected === true ? [] : row.expected);
      this.#end(submission, index);
    }
  }

  #end(submission: number, test: number): void {
    if (this.#ended[submission]![test] === 1) return;
    this.#ended[submission]![test] = 1;
    if (this.#rows[submission]!.cells[test] === emptyCell) this.#total--;
    else this.#done++;
  }

  /** @param elapsed seconds since the judging began */
  state(elapsed: number): GridState {
    return { problem: this.#problem.name, tests: this.#tests, rows: this.#rows, done: this.#done, total: this.#total, elapsed };
  }
}
