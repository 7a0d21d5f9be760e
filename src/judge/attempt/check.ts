/** What the checker of a problem says of an output that lies in the file of a job. */
import { messageOf } from "../../model/errors.ts";
import { compareFiles } from "../compare/compare.ts";
import { parseComparison, usualComparison, type Comparison } from "../compare/comparison.ts";
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
    return await withTestFile(test.answer, async (answer) => {
      const { isAccepted, message } = await compareFiles(job.output.fd, answer, comparisonOf(job, test), () => job.rest());
      return isAccepted ? builtInCheck("accepted") : builtInCheck("wrong", message);
    });
  } catch (error) {
    return builtInCheck("failed", messageOf(error));
  }
}

const comparisons = new Map<string, Comparison>();

/** Of the caller, else of the test. @throws IsolateError for flags that are none */
function comparisonOf({ options }: Job, { checkerArgs }: Test): Comparison {
  if (options.comparison !== undefined) return options.comparison;
  if (checkerArgs.length === 0) return usualComparison;
  const key = checkerArgs.join("\n");
  const known = comparisons.get(key) ?? parseComparison(checkerArgs);
  comparisons.set(key, known);
  return known;
}
