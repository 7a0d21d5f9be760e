/** A test whose output is a file of the submission: nothing is run. */
import { basename } from "node:path";
import { isDirectory, openArtefact, withDirectory } from "../../box/files.ts";
import { closeDescriptor } from "../../kernel/files.ts";
import { copyAll } from "../../kernel/files-copy.ts";
import { describeBytes } from "../../model/units.ts";
import type { Job } from "../job.ts";
import type { Problem, Test } from "../problem.ts";
import { builtInCheck, type PassRecord } from "../records.ts";
import type { Submission } from "../submission.ts";
import { openTestFile } from "../test-file.ts";
import { checkOutput } from "./check.ts";
import type { Attempt } from "./outcome.ts";

/** More than this of one output is not looked at, where the problem has no limit for it. */
const usualMostBytes = 64 * 1024 * 1024;

/** @returns null where the submission has no such file, and a program is to be run */
export async function attemptOutputs(job: Job, submission: Submission, test: Test): Promise<Attempt | null> {
  const { problem } = job;
  const fileName = fileNameOf(problem, test);
  const most = problem.limits.output ?? usualMostBytes;
  const isRequired = submission.source === null || test.submitted?.only === true;
  job.output.empty();
  const file = fileName === null && problem.kind.kind !== "outputs" ? null : openOutput(submission, fileName);
  if (file === null) return isRequired ? ended(builtInCheck("wrong", `the submission has no ${fileName ?? "output"} for it`)) : null;
  try {
    if (copyAll(file, job.output.fd, most + 1) > most) return ended(builtInCheck("wrong", `its ${fileName ?? "output"} has more than ${describeBytes(most)[0]}`));
  } finally {
    closeDescriptor(file);
  }
  return ended(await checkOutput(job, test));
}

const ended = (check: PassRecord["check"]): Attempt => ({ run: null, passes: [{ run: null, check, first_to_end: null, transcript: null }] });

/** Whether a file of a submission may be the output of a test. */
export function hasOutputs({ kind }: Problem, { submitted }: Test): boolean {
  return kind.kind === "outputs" || submitted !== undefined;
}

/** null: the submission itself is the file. */
function fileNameOf({ kind }: Problem, { name, submitted }: Test): string | null {
  if (submitted !== undefined) return submitted.fileName;
  return kind.kind === "outputs" ? (kind.fileName?.replaceAll("{}", basename(name)) ?? null) : null;
}

/** Files in a submission's directory are as hostile as the submission: a link, a FIFO or a directory is no output. */
function openOutput({ outputs }: Submission, fileName: string | null): number | null {
  if (outputs === null) return null;
  if (!isDirectory(outputs)) return fileName === null || basename(outputs) === fileName ? openTestFile(outputs) : null;
  if (fileName === null) return null;
  return withDirectory(outputs, (directory) => openArtefact(directory, fileName)?.fd ?? null);
}
