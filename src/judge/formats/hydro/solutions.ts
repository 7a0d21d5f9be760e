/**
 * Submissions that an exported problem of Hydro has beside its tests: `std/`, and `submissions/` in directories with the names of the problem
 * package format. Hydro runs them after an import and compares nothing; what tags in them or the names say is expected here.
 */
import { existsSync } from "../../../kernel/fs.ts";
import { join } from "node:path";
import type { Expectation } from "../../expectation.ts";
import type { ExampleSubmission, Group, Test } from "../../problem.ts";
import type { Verdict } from "../../verdict.ts";
import { type Entry, PackageFiles } from "../package/files.ts";
import { expectationInSource } from "../package/source-tags.ts";

const verdicts: Readonly<Record<string, Verdict>> = {
  accepted: "AC", wrong_answer: "WA", time_limit_exceeded: "TLE", memory_limit_exceeded: "MLE", run_time_error: "RTE", output_limit_exceeded: "OLE", compile_error: "CE",
};
const partial = "partially_accepted";

/** @param path of the exported problem @param most all points there are */
export function findSolutions(path: string, most: number): ExampleSubmission[] {
  if (!existsSync(join(path, "std")) && !existsSync(join(path, "submissions"))) return [];
  const files = new PackageFiles(path, (name) => !name.startsWith("."));
  const submission = (entry: Entry, expected: Expectation | null): ExampleSubmission => ({ path: files.at(entry), name: entry.path, language: null, entryPoint: null, expected: expectationInSource(files, entry, true) ?? expected });
  const isSource = ({ kind, name }: Entry) => kind !== "directory" && /[^.]\.[^.]+$/.test(name) && !/\.(zip|md|txt)$/i.test(name);
  return [
    ...files.list("std").filter(isSource).map((entry) => submission(entry, expectation("std", "AC"))),
    ...files.list("submissions").flatMap((directory) => (directory.kind === "directory" ? files.list(directory.path).filter(isSource).map((entry) => submission(entry, meaningOf(directory.name, most))) : [])),
  ];
}

/** All points of the problem. */
export function mostPoints(tests: readonly Test[], { children, rule }: Group): number {
  if (rule.points !== null) return rule.points;
  return children.reduce<number>((sum, child) => sum + (typeof child === "number" ? (tests[child]!.points ?? 0) : mostPoints(tests, child)), 0);
}

function meaningOf(directory: string, most: number): Expectation | null {
  const verdict = verdicts[directory];
  if (verdict !== undefined) return expectation(`submissions/${directory}`, verdict);
  // Points are whole numbers.
  return directory === partial ? { ...expectation(`submissions/${directory}`, null), score: [1, most - 1] } : null;
}

function expectation(source: string, verdict: Verdict | null): Expectation {
  return { source, about: "overall", permitted: verdict === null ? null : [verdict], required: null, score: null, message: null, useForTimeLimit: null, parts: [] };
}
