/** One pass of a test in which the submission talks to an interactor, and what the interactor says of it. */
import { writeFully } from "../../kernel/files.ts";
import { limits as limitTable } from "../../model/limits.ts";
import { recordOf, withoutNext } from "../checkers/check.ts";
import { kattisWord, nextPass } from "../checkers/kattis.ts";
import { failed } from "../checkers/protocol.ts";
import { testlibWord } from "../checkers/testlib.ts";
import { talk } from "../interact/talk.ts";
import { talkRecord, type Word } from "../interact/talk-record.ts";
import type { Job } from "../job.ts";
import type { OutputFile } from "../output-file.ts";
import type { Checker, Interactor, Program, Test } from "../problem.ts";
import { noFeedback } from "../programs/feedback.ts";
import type { JuryResult, JuryRun } from "../programs/jury-run.ts";
import { juryLimits } from "../programs/limits.ts";
import type { CheckRecord, PassRecord, TestLimits } from "../records.ts";
import type { Submission } from "../submission.ts";
import { checkPass } from "./check.ts";
import { isCompileError } from "./outcome.ts";
import type { OnePass, PassTurn } from "./passes.ts";

/** How an interactor is run and what it says. */
interface Manner {
  readonly program: Program;
  readonly asking: Pick<JuryRun, "args" | "files" | "feedback" | "keepFeedback">;
  /** By its end alone: whether the submission may go on. */
  readonly wordOf: (exitCode: number | null) => Word;
  readonly word: (said: JuryResult) => Pick<CheckRecord, "kind" | "message" | "points" | "fraction">;
}

type ProgramChecker = Extract<Checker, { kind: "program" }>;

export async function talkPass(job: Job, submission: Submission, test: Test, turn: PassTurn, interactor: Interactor): Promise<OnePass> {
  const { program, asking, wordOf, word } = interactor.protocol === "kattis" ? kattisManner(job, test, turn) : testlibManner(job, test, turn, interactor);
  const jury = job.jury!;
  const [ready, limits] = [await jury.prepare(program), await job.limits(submission, test)];
  let said: JuryResult | null = null;
  const { loop = null, signals } = job.options;
  const seen = await talk({
    submission: ({ stdin, stdoutTo, ...among }) => job.run({ source: submission.source!, language: submission.language }, test, { stdin, stdoutTo, among }),
    interactor: async ({ stdin, stdoutTo, ...options }) => {
      said = await jury.run(ready, { ...asking, stdin, stdoutTo: stdoutTo!, cpus: job.cpus, limits: { wallTime: interactorWallTime(job, limits) }, options });
      return said.run;
    },
    wordOf,
    loop,
    ...(signals === undefined ? {} : { signals }),
  });
  if (isCompileError(seen.submission)) return { run: seen.submission, end: null };
  const heard = said!;
  const found = heard.problem === null ? word(heard) : failed(heard.problem);
  const passed = turn.most > 1 && job.problem.passing !== "always" ? nextPass(heard, found, turn.number, turn.most) : { word: found, next: null };
  const record = talkRecord(seen, job.recordOf(seen.submission, seen.outputBytes), recordOf(heard, passed.word, ready, "interactor"), seen.interactor, seen.transcript, limits.cpu_time_limit);
  const isWell = record.run?.status === "Success" && record.check?.kind === "accepted";
  const end = { record, next: isWell ? passed.next : null, feedback: heard.feedback };
  if (!isWell || interactor.protocol === "kattis" || interactor.isChecker === true || record.check?.fraction != null) return { run: seen.submission, end };
  return { run: seen.submission, end: { ...end, ...(await afterInteractor(job, submission, test, turn, heard, record)) } };
}

function kattisManner(job: Job, test: Test, turn: PassTurn): Manner {
  const { protocol, program, scale } = programChecker(job);
  const isLong = turn.most > 1;
  return {
    program,
    asking: {
      files: { input: turn.input, answer: test.answer },
      args: (at) => [at.file("input"), at.file("answer"), at.feedback, ...test.checkerArgs],
      feedback: isLong ? withoutNext(turn.feedback) : noFeedback,
      keepFeedback: isLong,
    },
    wordOf: (code) => (code === 42 ? "accepted" : code === 43 ? "wrong" : "failed"),
    word: (said) => kattisWord(said, { scale, test }, protocol === "domjudge"),
  };
}

/** In the feedback directory of an interactor: what the checker gets in place of an output. */
const toutName = "tout";
/** Wrong answer; wrong format; dirt after the end; an end of file that was not expected. */
const rejected: readonly (number | null)[] = [1, 2, 4, 8];
const fail = 3;

function testlibManner({ problem: { checker } }: Job, test: Test, turn: PassTurn, { program, isChecker = false }: Extract<Interactor, { protocol: "testlib" }>): Manner {
  const scale = isChecker && checker.kind === "program" ? checker.scale : "auto";
  return {
    program,
    asking: {
      files: { input: turn.input, answer: test.answer },
      args: (at) => [at.file("input"), at.feedback + toutName, at.file("answer"), ...(isChecker ? test.checkerArgs : [])],
      feedback: noFeedback,
      keepFeedback: true,
    },
    // Points are no reason to end the submission, and what another number means is for its words to say.
    wordOf: (code) => (rejected.includes(code) ? "wrong" : code === null || code === fail ? "failed" : "accepted"),
    word: (said) => testlibWord(said, { scale, test }),
  };
}

/** What the interactor wrote is the next input, or what the checker looks at. */
async function afterInteractor(job: Job, { source }: Submission, test: Test, turn: PassTurn, { feedback }: JuryResult, record: PassRecord): Promise<{ readonly record: PassRecord; readonly next: OutputFile | null }> {
  const tout = feedback.get(toutName) ?? new Uint8Array(0);
  if (job.problem.passing === "always" && turn.number < turn.most) {
    const next = job.inputFor(turn.number + 1);
    writeFully(next.fd, tout);
    return { record, next };
  }
  job.output.empty();
  writeFully(job.output.fd, tout);
  const checked = await checkPass(job, test, { ...turn, most: 1 }, source!.path);
  return { record: { ...record, check: checked.record }, next: null };
}

function programChecker({ problem: { checker } }: Job): ProgramChecker {
  if (checker.kind !== "program") throw new Error("an interactive problem has no program to talk to");
  return checker;
}

/** While the submission is there, the interactor waits for it, which is none of its own time. */
function interactorWallTime({ problem }: Job, { wall_time_limit: wall }: TestLimits): number {
  return Math.min((wall ?? 0) + juryLimits(problem.limits).wallTime, limitTable.wall_time_limit.max);
}
