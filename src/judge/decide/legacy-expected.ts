/**
 * Where judges of the legacy format of Kattis differ. Its text is about tests (too slow on some test, crashes on some test); its tools compare
 * the verdict of the submission. Here either is enough, and a note says which one it was.
 */
import type { Format } from "../problem.ts";
import type { Verdict } from "../verdict.ts";
import { isOneOf } from "./format-verdicts.ts";

/**
 * @param named the verdicts that the directory stands for
 * @param verdict of the submission, which is none of them
 * @param seen verdicts of its tests
 * @returns why it is as expected all the same; null: it is not
 */
export function lenientNote(format: Format, named: readonly Verdict[], verdict: Verdict, seen: readonly Verdict[]): string | null {
  const [only] = named;
  if (format !== "kattis" || named.length !== 1 || only === undefined || verdict === "AC") return null;
  const has = (wanted: Verdict) => seen.some((one) => isOneOf(format, one, [wanted]));
  if (only === "RTE" && has("RTE")) return `the verdict is ${verdict}, and a test has RTE: the format asks for no more`;
  // It may give wrong answers as well, but not crash.
  if (only === "TLE" && has("TLE") && !seen.some((one) => one === "RTE" || one === "MLE")) return `the verdict is ${verdict}, and a test has TLE: the format asks for no more`;
  return null;
}

/** @returns what the text of the format does not allow, though the verdict of the submission is as it should be; null: nothing */
export function strictNote(format: Format, named: readonly Verdict[], seen: readonly Verdict[]): string | null {
  if (format !== "kattis" || named.length !== 1) return null;
  const unwanted: readonly Verdict[] = named[0] === "WA" ? ["TLE", "RTE", "MLE"] : named[0] === "TLE" ? ["RTE", "MLE"] : [];
  const found = unwanted.find((verdict) => seen.includes(verdict));
  return found === undefined ? null : `the verdict is ${named[0]}, as expected; a test has ${found}, which the text of the format does not allow`;
}
