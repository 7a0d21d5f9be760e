/** Submissions that come with a CMS task: what lies in `sol/` and is no grader. CMS has no word for what they should get, so tags in them say it. */
import type { Expectation } from "../../expectation.ts";
import type { ExampleSubmission } from "../../problem.ts";
import type { Entry, PackageFiles } from "../package/files.ts";
import { expectationInSource } from "../package/source-tags.ts";
import { isSource } from "./sources.ts";

/** Names that tasks give to the solution of the jury. */
const solutionName = /^(solution|soluzione)\.[^.]+$/;
/** What is compiled with submissions, or handed out to be filled in. */
const notSubmissionName = /^(grader|stub|template|manager)\.[^.]+$/;
const isOutput = (name: string) => /^output_.+\.txt$/.test(name);

/** Sources, and directories with sources or outputs. */
export function findSolutions(files: PackageFiles): ExampleSubmission[] {
  return files.list("sol").flatMap((entry) => (isSubmission(entry, files) ? [{ path: files.at(entry), name: entry.path, language: null, entryPoint: null, expected: expectationInSource(files, entry, true) ?? expectedByName(entry) }] : []));
}

function isSubmission(entry: Entry, files: PackageFiles): boolean {
  if (entry.kind === "file") return isSource(entry.name) && !notSubmissionName.test(entry.name);
  return entry.kind === "directory" && files.list(entry.path).some(({ name, kind }) => kind === "file" && (isSource(name) || isOutput(name)));
}

function expectedByName({ name, path }: Entry): Expectation | null {
  if (!solutionName.test(name)) return null;
  return { source: `the name ${path}`, about: "overall", permitted: ["AC"], required: null, score: null, message: null, useForTimeLimit: null, parts: [] };
}
