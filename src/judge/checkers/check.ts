/** Asks a checker that is a program of the jury's. What goes wrong with it is never a verdict about the submission. */
import { closeDescriptor, reopen } from "../../kernel/files.ts";
import { O } from "../../kernel/constants.ts";
import type { OutputFile } from "../output-file.ts";
import type { CheckerProtocol } from "../problem.ts";
import { feedbackName, type Feedback } from "../programs/feedback.ts";
import type { Jury } from "../programs/jury.ts";
import type { JuryResult, ReadyProgram } from "../programs/jury-run.ts";
import type { CheckRecord } from "../records.ts";
import { cms } from "./cms.ts";
import { hustoj, lemon, qduoj, syzoj } from "./hydro.ts";
import { domjudge, kattis, nextPass } from "./kattis.ts";
import { failed, type Protocol, type Question, type Word } from "./protocol.ts";
import { testlib } from "./testlib.ts";

const protocols: Readonly<Record<CheckerProtocol, Protocol>> = { kattis, domjudge, testlib, cms, syzoj, hustoj, lemon, qduoj };

export interface Check extends Omit<Question, "output"> {
  readonly protocol: CheckerProtocol;
  readonly program: ReadyProgram;
  /** Of {@link Jury.outputFile}. */
  readonly output: OutputFile;
  /** As in cpuset(7); null: not pinned. */
  readonly cpus: string | null;
  /** Where what it prints goes; left out: it is looked at, and not kept. */
  readonly stdoutTo?: number;
  /** null: the problem has one pass. */
  readonly pass: { readonly number: number; readonly most: number; readonly feedback: Feedback } | null;
}

export interface Checked {
  readonly record: CheckRecord;
  /** Of a problem with several passes: the input of the next one. */
  readonly next: Uint8Array | null;
  /** What the next pass finds in its feedback directory. */
  readonly feedback: Feedback;
}

/** @throws IsolateError for what the caller has to mend, and for faults of the host */
export async function check(jury: Jury, asked: Check): Promise<Checked> {
  const { pass, program } = asked;
  const protocol = protocols[asked.protocol];
  const output = reopen(asked.output.fd, O.RDONLY);
  if (output === null) throw new Error("the output of the submission cannot be opened again");
  let result: JuryResult;
  try {
    const asking = protocol.ask({ ...asked, output: asked.output.path! }, output);
    result = await jury.run(program, {
      ...asking,
      cpus: asked.cpus,
      ...(asked.stdoutTo === undefined ? {} : { stdoutTo: asked.stdoutTo }),
      ...(pass === null ? {} : { feedback: withoutNext(pass.feedback), keepFeedback: true }),
      // A protocol without such a directory has its files where the checker runs (Hydro's multi-pass problems with testlib).
      ...(pass === null || asking.feedback != null ? {} : { options: { chdir: feedbackName } }),
    });
  } finally {
    closeDescriptor(output);
  }
  const said = result.problem === null ? protocol.word(result, asked) : failed(result.problem);
  const { word, next } = pass === null ? { word: said, next: null } : nextPass(result, said, pass.number, pass.most);
  return { record: recordOf(result, word, program), next, feedback: result.feedback };
}

/** What is kept of a run of a jury's program. @param what it is, for messages */
export function recordOf({ run }: JuryResult, word: Word, { path }: Pick<ReadyProgram, "path">, what = "checker"): CheckRecord {
  const { exit_code, signal, cpu_time, wall_time, memory_peak } = run;
  return { ...word, message: word.kind === "failed" ? `the ${what} failed: ${word.message} (${path})` : word.message, exit_code, signal, cpu_time, wall_time, memory_peak };
}

/** A further pass is asked for anew each time. */
export const withoutNext = (feedback: Feedback): Feedback => new Map([...feedback].filter(([name]) => name !== "nextpass.in"));
