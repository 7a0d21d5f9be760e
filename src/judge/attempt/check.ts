/** What the checker of a problem says of an output that lies in the file of a job. */
import { messageOf } from "../../model/errors.ts";
import { compareBy, recordOf } from "../compare/compare-by.ts";
import { compareFiles } from "../compare/compare.ts";
import type { Job } from "../job.ts";
import type { Test } from "../problem.ts";
import { builtInCheck, type CheckRecord } from "../records.ts";
import { withTestFile } from "../test-file.ts";

export async function checkOutput(job: Job, test: Test): Promise<CheckRecord> {
  const { checker, outputFile } = job.problem;
  if (job.output.isMissing) return builtInCheck("wrong", `it did not write the file ${outputFile}`);
  try {
    if (checker.kind === "program") throw new Error("checkers that are programs cannot be asked yet");
    if (test.answer === null) throw new Error("the test has no answer");
    const { comparison } = job.options;
    const rest = () => job.rest();
    return await withTestFile(test.answer, async (answer) =>
      // The flags of the caller stand for those of the problem, and for its built-in checker.
      comparison !== undefined ? recordOf(await compareFiles(job.output.fd, answer, comparison, rest)) : await compareBy(checker.name, job.output.fd, answer, test.checkerArgs, rest));
  } catch (error) {
    return builtInCheck("failed", messageOf(error));
  }
}
