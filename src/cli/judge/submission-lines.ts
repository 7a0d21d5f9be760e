/** What a person reads of several submissions: a line for each, and how many are as expected. */
import type { JudgingDocument, SubmissionDocument, TimeLimitDocument } from "../../judge/document.ts";
import type { Problem } from "../../judge/problem.ts";
import type { SubmissionFacts } from "../../judge/submission-facts.ts";
import { showSeconds } from "../quantities.ts";
import { inOneLine } from "./lines.ts";

/** Longest path that the column is made as wide as. */
const widestPath = 50;

export function widthOf(submissions: readonly SubmissionFacts[]): number {
  return Math.min(widestPath, Math.max(0, ...submissions.map(({ path }) => Bun.stringWidth(path))));
}

/** `sum: kattis, 12 tests, 5 submissions` */
export function heading({ name, format, tests }: Problem, submissions: number): string {
  return oneLine(`${name}: ${format}, ${counted(tests.length, "test")}, ${counted(submissions, "submission")}`);
}

/** ` WA  as expected  submissions/wrong_answer/off.py  slowest secret/3, 0.012 s; secret/2: line 1, column 1: found '4', the answer has '5'` */
export function submissionLine(submission: SubmissionDocument, width: number): string {
  const { path, verdict, message, stopped, expected, as_expected, unexpected, notes: said, score, max_score, slowest, tests } = submission;
  const how = as_expected === null ? "           " : as_expected ? "as expected" : "UNEXPECTED ";
  const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(path)));
  const first = tests.find((test) => test.verdict !== null && test.verdict !== "AC");
  const notes = [
    message,
    score === null ? null : `score ${score}${max_score === null ? "" : ` of ${max_score}`}`,
    slowest === null ? null : `slowest ${slowest.test}, ${slowest.time.toFixed(3)} s`,
    as_expected === false && expected.length > 0 ? `expected ${expected.join(" or ")}` : null,
    ...unexpected,
    ...said,
    first === undefined ? null : `${first.name}: ${first.message ?? first.verdict}`,
  ].filter((note) => note !== null);
  return oneLine(`${(stopped && verdict === null ? "-" : (verdict ?? "-")).padStart(3)}  ${how}  ${path}${padding}  ${notes.join("; ")}`);
}

const sources = { flag: "by --time-limit", package: "of the package", inferred: "inferred", default: "the usual one" } as const;

/** `time limit 2 s (inferred; at least 1.04 s: accepted/slow.py on 7; at most 5.2 s: time_limit_exceeded/brute.py on 3)` */
export function timeLimitLine({ value, source, lower, upper, lower_by: lowerBy, upper_by: upperBy }: TimeLimitDocument): string {
  if (value === null) return "no time limit\n";
  const bound = (word: string, seconds: number | null, by: TimeLimitDocument["lower_by"]) => (seconds === null ? [] : [`${word} ${showSeconds(Math.round(seconds * 1000) / 1000)}${by === null ? "" : `: ${by.submission} on ${by.test}`}`]);
  return oneLine(`time limit ${showSeconds(value)} (${[sources[source], ...bound("at least", lower, lowerBy), ...bound("at most", upper, upperBy)].join("; ")})`);
}

export function submissionsSummary({ submissions, judge_errors: errors }: JudgingDocument): string {
  const judged = submissions.filter(({ as_expected }) => as_expected !== null);
  const right = judged.filter(({ as_expected }) => as_expected).length;
  const others = submissions.filter(({ as_expected }) => as_expected === null);
  const parts = [
    judged.length === 0 ? null : `${right} of ${judged.length} as expected`,
    others.length === 0 ? null : `${others.filter(({ verdict }) => verdict === "AC").length} of ${others.length}${judged.length === 0 ? "" : " others"} accepted`,
    errors.length === 0 ? null : counted(errors.length, "judge error"),
  ].filter((part) => part !== null);
  return oneLine(parts.join("; "));
}

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

function oneLine(text: string): string {
  return `${inOneLine(text).trimEnd()}\n`;
}
