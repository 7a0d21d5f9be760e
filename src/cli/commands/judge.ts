/** `judge`: submissions against the tests of a problem, and their verdicts. */
import { version } from "../../../package.json";
import { isDumbTerminal, wantsColour } from "../../config/load.ts";
import { RunLoop } from "../../executor/watch/run-loop.ts";
import type { JudgingDocument, TimeLimitDocument } from "../../judge/document.ts";
import type { JudgeEvent, SubmissionResult } from "../../judge/events.ts";
import type { JudgeOptions } from "../../judge/options.ts";
import { policyOf } from "../../judge/policy.ts";
import { readProblem } from "../../judge/formats/read.ts";
import { judge as judgeSubmissions } from "../../judge/judge.ts";
import { keptText } from "../../judge/kept.ts";
import { loadSubmissions } from "../../judge/load-submissions.ts";
import { machineOf } from "../../judge/machine.ts";
import { judgingDocument } from "../../judge/make-document.ts";
import { type Format, formats, type Problem } from "../../judge/problem.ts";
import type { Submission } from "../../judge/submission.ts";
import type { SubmissionFacts } from "../../judge/submission-facts.ts";
import { timeLimitOf } from "../../judge/time-limit.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { bySignal } from "../../model/ending.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import type { Arguments } from "../args.ts";
import { Stop } from "../batch/stop.ts";
import { Files } from "../judge/files.ts";
import { judgeOperands } from "../judge/operands.ts";
import { judgeOptions, oneOf } from "../judge/options.ts";
import { eventsOutlet, jsonOutlet, linesOfJson, manySubmissions, oneSubmission, type Outlet } from "../judge/outlet.ts";
import { outputIsTerminal } from "../output.ts";
import { warnOf } from "../warn.ts";
import { writeDiagnostic } from "../write.ts";

type Flags = Arguments<"judge">["flags"];

/** @returns the exit code: 0 accepted or as expected, 1 not, 5 when the judge failed, 6 when the only submission cannot be compiled */
export async function judge({ flags, operands }: Arguments<"judge">): Promise<number> {
  const forms = (["json", "jsonl", "events"] as const).filter((form) => flags[form]);
  if (forms.length > 1) throw configError(`--${forms[0]} and --${forms[1]} exclude each other`);
  const options = judgeOptions(flags);
  if (flags.rejudge !== undefined) return decideAgain(flags.rejudge, flags, operands, options);
  const { problem: place, submissions: paths } = await judgeOperands(operands);
  const problem = await readProblem(place, oneOf("format", flags.format ?? "auto", ["auto", ...formats] as const) as Format | "auto");
  const examples = flags.submissions || paths.length === 0 ? problem.submissions : [];
  if (examples.length === 0 && paths.length === 0) throw configError(`cannot judge without a solution: ${place} has none of its own`, "mini-isolate judge PROBLEM SUBMISSION...");
  if (examples.length === 0 && flags.submissions) throw configError(`cannot judge the submissions of ${place}: it has none`, "name a solution: mini-isolate judge PROBLEM SUBMISSION...");
  const loaded = await loadSubmissions(problem, paths, examples, { packs: flags.pack, language: flags.language ?? null, entryPoint: flags["entry-point"] ?? null, added: flags.add });
  const warnings = new Set<string>([...problem.warnings, ...loaded.warnings]);
  // Before anything runs, so that no work is lost for a path that cannot be written to.
  using files = Files.open(flags);
  const loop = new RunLoop();
  const stop = new Stop(() => loop.wakeAll());
  try {
    const outlet = await outletFor(problem, loaded.submissions, flags, loop);
    const running: JudgeOptions = { ...options, loop, signals: () => stop.forRun(), isStopped: () => stop.reason !== null, warn: (line) => void warnings.add(line) };
    const isInferred = flags["time-limit"] === "infer" || (flags["time-limit"] === undefined && problem.limits.cpuTime === null && problem.limits.inference !== null && paths.length === 0);
    const { results, timeLimit } = isInferred ? await inferred(outlet, problem, loaded.submissions, running) : { results: await told(outlet, problem, loaded.submissions, running), timeLimit: timeLimitOf(problem, options.limits ?? {}) };
    const machine = machineOf(options.jobs ?? 1, version);
    const document = judgingDocument(problem, results, { timeLimit, machine, warnings: [...warnings], policy: policyOf(options) });
    outlet.end(document, results);
    await files.write(document, () => keptText(problem, results, { machine, time_limit: timeLimit, warnings: [...warnings] }));
    await warnOf([...warnings]);
    if (stop.reason === null) return exitCodeOf(document);
    writeDiagnostic(`mini-isolate: stopped because mini-isolate received ${stop.reason}\n`);
    return stop.reason === "nobody reads" || stop.reason === "fault" ? exitCodes.internalError : bySignal(signals[stop.reason]);
  } finally {
    stop.release();
  }
}

/** From what was kept, by what the flags say now. */
async function decideAgain(directory: string, flags: Flags, operands: readonly string[], options: JudgeOptions): Promise<number> {
  if (operands.length > 0) throw configError(`unexpected argument '${operands[0]}' for judge --rejudge`, "the records say which submissions there are");
  const excluded = (["submissions", "format", "records", "compare", "jobs", "language", "entry-point"] as const).find((flag) => flags[flag] !== undefined && flags[flag] !== false);
  if (excluded !== undefined) throw configError(`--rejudge and --${excluded} exclude each other`, "nothing is run again");
  const { rejudged } = await import("../judge/records.ts");
  const { kept, results } = rejudged(directory, options);
  using files = Files.open(flags);
  const given = options.limits ?? {};
  const timeLimit = given.cpuTime === undefined ? kept.time_limit : timeLimitOf(kept.problem, given);
  const document = judgingDocument(kept.problem, results, { timeLimit, machine: kept.machine, warnings: kept.warnings, policy: policyOf(options) });
  const outlet = await outletFor(kept.problem, results.map(({ submission }) => submission), flags, null);
  for (const [submission, result] of results.entries()) for (const event of eventsOf(submission, kept.problem, result)) outlet.tell(event);
  outlet.end(document, results);
  await files.write(document, null);
  return exitCodeOf(document);
}

/** What would have been told if it had been run just now. */
function* eventsOf(submission: number, { tests }: Problem, result: SubmissionResult): Generator<JudgeEvent> {
  yield { kind: "compiled", submission, compile: result.compile, language: result.language };
  for (const [test, record] of result.records.entries()) {
    const decision = result.decision.tests[test];
    if (record !== null && decision != null) yield { kind: "test", submission, test, result: { name: tests[test]!.name, record, decision } };
  }
  yield { kind: "submission", submission, result };
}

/** @param loop what the runs wait by; null: nothing is run */
async function outletFor(problem: Problem, submissions: readonly SubmissionFacts[], { json, jsonl, events }: Flags, loop: RunLoop | null): Promise<Outlet> {
  if (json) return jsonOutlet;
  if (jsonl) return linesOfJson(problem, submissions);
  if (events) return eventsOutlet;
  if (submissions.length === 1) return oneSubmission(problem, submissions[0]!);
  if (loop === null || !outputIsTerminal() || isDumbTerminal()) return manySubmissions(problem, submissions);
  const { gridOutlet } = await import("../judge/grid-outlet.ts");
  return gridOutlet(problem, submissions, { color: wantsColour(), pause: (ms) => loop.work(async () => void (await loop.wait([], ms))) });
}

async function told(outlet: Outlet, problem: Problem, submissions: readonly Submission[], options: JudgeOptions): Promise<readonly SubmissionResult[]> {
  for await (const event of judgeSubmissions(problem, submissions, options)) {
    if (event.kind === "end") return event.results;
    outlet.tell(event);
  }
  throw new Error("a judging ends with its results");
}

/** With a time limit that the submissions say. */
async function inferred(outlet: Outlet, problem: Problem, submissions: readonly Submission[], options: JudgeOptions): Promise<{ readonly results: readonly SubmissionResult[]; readonly timeLimit: TimeLimitDocument }> {
  const { judgeInferring } = await import("../../judge/infer-limit.ts");
  let timeLimit: TimeLimitDocument | null = null;
  for await (const event of judgeInferring(problem, submissions, options)) {
    if (event.kind === "end") return { results: event.results, timeLimit: timeLimit! };
    if (event.kind !== "limit") outlet.tell(event);
    else {
      timeLimit = event.limit;
      for (const note of event.notes) options.warn?.(note);
    }
  }
  throw new Error("a judging ends with its results");
}

function exitCodeOf({ submissions, judge_errors: errors }: JudgingDocument): number {
  if (errors.length > 0) return exitCodes.internalError;
  if (submissions.every(({ verdict, as_expected }) => as_expected ?? verdict === "AC")) return exitCodes.success;
  return submissions.length === 1 && submissions[0]!.verdict === "CE" ? exitCodes.compileError : exitCodes.programFailed;
}
