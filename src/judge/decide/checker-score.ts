/** Whether a checker may say what it said about the score of a test. */
import type { Rule } from "../problem.ts";
import type { Judged } from "./test.ts";

/** Parts of a score need not be decimal fractions: a third of 100 is written with some places. */
const tolerance = 1e-6;

/**
 * @param most what the test can give
 * @returns what is wrong with it, in words; null: nothing
 */
export function scoreMistake({ verdict, check }: Judged, { checkerScore }: Rule, most: number): string | null {
  if (checkerScore === undefined || checkerScore === "ignored" || check === null || (verdict !== "AC" && verdict !== "WA")) return null;
  const { points, fraction } = check;
  const isGiven = points !== null || fraction !== null;
  if (isGiven && checkerScore === "forbidden") return "the checker gave a score in a group that has none";
  if (isGiven && verdict !== "AC") return "the checker gave a score to an output that it did not accept";
  if (verdict !== "AC") return null;
  if (points !== null && fraction !== null) return "the checker gave both a score and a part of the full score";
  if (checkerScore === "required") return points === null ? "the checker gave no score" : points < 0 ? `the checker gave a score of ${points}` : null;
  if (points !== null && (points < 0 || points > most + tolerance)) return `the checker gave a score of ${points}, and the test has ${most} at most`;
  return fraction !== null && (fraction < 0 || fraction > 1) ? `the checker gave ${fraction} times the full score` : null;
}
