/** What the checker of a problem says of an output that lies in the file of a job. */
import { messageOf } from "../../model/errors.ts";
import { compareBy, recordOf } from "../compare/compare-by.ts";
import { compareFiles } from "../compare/compare.ts";
import type { Job } from "../job.ts";
import type { BuiltInChecker, Checker, Test } from "../problem.ts";
import { noFeedback } from "../programs/feedback.ts";
import { builtInCheck, type CheckRecord } from "../records.ts";
import { withTestFile } from "../test-file.ts";
import type { PassEnd, PassTurn } from "./passes.ts";

type ProgramChecker = Extract<Checker, { kind: "program" }>;

/** @param source path of the submission's source; left out: it has none */
export async function checkOutput(job: Job, test: Test, source: string | null = null): Promise<CheckRecord> {
  return (await checkPass(job, test, { number: 1, most: 1, input: test.input, feedback: noFeedback }, source)).record;
}

/** The check of one pass, and what it says about a next one. */
export async function checkPass(job: Job, test: Test, turn: PassTurn, source: string | null): Promise<Omit<PassEnd, "record"> & { readonly record: CheckRecord }> {
  const { checker, outputFile } = job.problem;
  const only = (record: CheckRecord) => ({ record, next: null, feedback: turn.feedback });
  if (job.output.isMissing) return only(builtInCheck("wrong", `it did not write the file ${outputFile}`));
  try {
    return checker.kind === "program" ? await askProgram(job, checker, test, turn, source) : only(await compareOutput(job, checker.name, test));
  } catch (error) {
    return only(builtInCheck("failed", messageOf(error)));
  }
}

async function askProgram(job: Job, { protocol, program, scale }: ProgramChecker, test: Test, turn: PassTurn, source: string | null): Promise<Omit<PassEnd, "record"> & { readonly record: CheckRecord }> {
  const { check } = await import("../checkers/check.ts");
  const jury = job.jury!;
  // What it prints is the next input there, and nobody has to ask for a pass.
  const follows = job.problem.passing === "always" && turn.number < turn.most ? job.inputFor(turn.number + 1) : null;
  const { record, next, feedback } = await check(jury, {
    protocol, program: await jury.prepare(program), scale, test, input: turn.input, answer: test.answer, output: job.output, source, cpus: job.cpus,
    ...(follows === null ? {} : { stdoutTo: follows.fd }),
    pass: turn.most > 1 && job.problem.passing !== "always" ? { number: turn.number, most: turn.most, feedback: turn.feedback } : null,
  });
  return { record, next: follows !== null && record.kind === "accepted" ? follows : next, feedback };
}

async function compareOutput(job: Job, name: BuiltInChecker, test: Test): Promise<CheckRecord> {
  if (test.answer === null) throw new Error("the test has no answer");
  const { comparison } = job.options;
  const rest = () => job.rest();
  return await withTestFile(test.answer, async (answer) =>
    // The flags of the caller stand for those of the problem, and for its built-in checker.
    comparison !== undefined ? recordOf(await compareFiles(job.output.fd, answer, comparison, rest)) : await compareBy(name, job.output.fd, answer, test.checkerArgs, rest));
}
