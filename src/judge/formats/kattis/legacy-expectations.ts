/** What the directories of submissions of the legacy format mean. */
import type { Expectation } from "../../expectation.ts";
import type { ExampleSubmission } from "../../problem.ts";
import type { Verdict } from "../../verdict.ts";
import type { PackageFiles } from "../package/files.ts";
import { readSubmissions } from "./submissions.ts";

const verdicts: Readonly<Record<string, Verdict>> = { accepted: "AC", partially_accepted: "AC", wrong_answer: "WA", time_limit_exceeded: "TLE", run_time_error: "RTE" };

/** Scores are decimal numbers: what is nearer to the best one is the best one. */
const nearby = 1e-6;

/**
 * @param range of the score of the problem; null: not known
 * @returns null for a directory that means nothing
 */
export function legacyExpectation(files: PackageFiles, directory: string, range: readonly [number, number] | null, isMin: boolean): Expectation | null {
  const verdict = verdicts[directory];
  if (verdict === undefined) {
    files.warn(`${files.shown(`submissions/${directory}`)} is no directory of the format, so nothing is expected of what is in it: ${Object.keys(verdicts).join(", ")}`);
    return null;
  }
  const score = directory === "partially_accepted" && range !== null ? partial(range, isMin) : null;
  return { source: `submissions/${directory}`, about: "overall", permitted: [verdict], required: null, score, message: null, useForTimeLimit: directory === "partially_accepted" ? false : null, parts: [] };
}

/** @param range, isMin as {@link legacyExpectation} */
export function legacySubmissions(files: PackageFiles, range: readonly [number, number] | null, isMin: boolean): ExampleSubmission[] {
  return readSubmissions(files).map(({ directory, name, entry }) => ({
    path: files.at(entry), name: `submissions/${name}`, language: null, entryPoint: null, expected: legacyExpectation(files, directory, range, isMin),
  }));
}

/** Everything but the best score; null when the best one has no bound. */
function partial([least, most]: readonly [number, number], isMin: boolean): readonly [number, number] | null {
  if (isMin) return least === -Number.MAX_VALUE ? null : [least + nearby, most];
  return most === Number.MAX_VALUE ? null : [least, most - nearby];
}
