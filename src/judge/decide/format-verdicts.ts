/** What a verdict of ours is in the words of a format that has fewer. */
import type { Format } from "../problem.ts";
import type { Verdict } from "../verdict.ts";

/** Their judges say RTE of a program that used too much memory, and each something else of one that wrote too much. */
const withFewVerdicts: readonly Format[] = ["kattis", "2025-09", "domjudge"];

/**
 * What a verdict counts as where a format has no such word. A judge that cuts the output sees a program that writes without end as out of time,
 * one that closes the pipe sees it crash, and one that reads on sees a wrong answer.
 */
const standsFor: Partial<Record<Verdict, readonly Verdict[]>> = { MLE: ["RTE"], OLE: ["TLE", "RTE", "WA"] };

/** Whether a verdict is one of those that a package names. */
export function isOneOf(format: Format, verdict: Verdict, named: readonly Verdict[]): boolean {
  if (named.includes(verdict)) return true;
  return withFewVerdicts.includes(format) && (standsFor[verdict] ?? []).some((other) => named.includes(other));
}
