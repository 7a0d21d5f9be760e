/** How verdicts are shown: a letter, a word, a shape; never by colour alone. */
import type { SubmissionDocument, TestDocument } from "../document.ts";
import type { Verdict } from "../verdict.ts";

export const verdictLetters: Readonly<Record<Verdict, string>> = { AC: "A", WA: "W", TLE: "T", MLE: "M", RTE: "R", OLE: "O", CE: "C", JE: "J" };

export const verdictWords: Readonly<Record<Verdict, string>> = {
  AC: "accepted", WA: "wrong answer", TLE: "time limit exceeded", MLE: "memory limit exceeded", RTE: "run-time error", OLE: "output limit exceeded", CE: "compile error", JE: "judge error",
};

/** From what a person should see first on. */
const fromWorst: readonly Verdict[] = ["JE", "CE", "RTE", "MLE", "TLE", "OLE", "WA", "AC"];

/** @returns null when there is none */
export function worstOf(verdicts: Iterable<Verdict | null>): Verdict | null {
  const seen = new Set(verdicts);
  return fromWorst.find((verdict) => seen.has(verdict)) ?? null;
}

/**
 * Whether a test is why its submission is not as expected. Where the document does not say, every verdict that is neither AC nor one of those
 * that the submission may have is. A judge error is never expected.
 */
export function isUnexpected({ expected, as_expected }: Pick<SubmissionDocument, "expected" | "as_expected">, test: Pick<TestDocument, "verdict" | "as_expected">): boolean {
  if (test.verdict === null) return false;
  if (test.verdict === "JE") return true;
  if (test.as_expected !== null) return !test.as_expected;
  return as_expected === false && expected.length > 0 && test.verdict !== "AC" && !expected.includes(test.verdict);
}

/** Whether the whole submission is otherwise than it should be. */
export const isOff = ({ as_expected, verdict }: SubmissionDocument): boolean => as_expected === false || verdict === "JE";
