/** `judge`: a submission against the tests of a problem, and its verdict. */
import { version } from "../../../package.json";
import { RunLoop } from "../../executor/watch/run-loop.ts";
import { Isolate } from "../../instance/isolate.ts";
import type { TimeLimitDocument } from "../../judge/document.ts";
import type { JudgeOptions, SubmissionResult } from "../../judge/events.ts";
import { readPlain } from "../../judge/formats/plain.ts";
import { judge as judgeSubmissions } from "../../judge/judge.ts";
import { limits as limitTable } from "../../model/limits.ts";
import { machineOf } from "../../judge/machine.ts";
import { groupNames, judgingDocument, testDocument } from "../../judge/make-document.ts";
import type { Problem } from "../../judge/problem.ts";
import type { Submission } from "../../judge/submission.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { bySignal } from "../../model/ending.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import type { Arguments } from "../args.ts";
import { Stop } from "../batch/stop.ts";
import { columnWidth, compiledLine, compileError, summary, testLine } from "../judge/lines.ts";
import { judgeOptions } from "../judge/options.ts";
import { jsonDocument, printText } from "../output.ts";
import { checkSource } from "../../source/check-source.ts";
import { warnOf } from "../warn.ts";
import { writeDiagnostic } from "../write.ts";

/** @returns the exit code: 0 accepted, 1 not, 5 when the judge failed, 6 when the submission cannot be compiled */
export async function judge({ flags, operands }: Arguments<"judge">): Promise<number> {
  const [path, tests, extra] = operands;
  if (path === undefined || tests === undefined) throw configError(`cannot judge without ${path === undefined ? "a solution" : "tests"}`, "mini-isolate judge SOLUTION TESTS");
  if (extra !== undefined) throw configError(`unexpected argument '${extra}' for judge`, "mini-isolate judge SOLUTION TESTS");
  if (flags.json && flags.jsonl) throw configError("--json and --jsonl exclude each other");
  const options = judgeOptions(flags);
  const problem = readPlain(tests);
  const asked: SourceRequest = { path, language: flags.language ?? null, packs: flags.pack, added: flags.add, entryPoint: flags["entry-point"] ?? null };
  const { source, problems } = await checkSource(asked, () => Isolate.languages(asked.packs));
  const submissions: readonly Submission[] = [{ path, source, language: null, codeBytes: 0, expected: null }];
  const warnings = new Set<string>([...problem.warnings, ...problems]);
  const loop = new RunLoop();
  const stop = new Stop(() => loop.wakeAll());
  try {
    const results = await judged(problem, submissions, flags, {
      ...options, loop, signals: () => stop.forRun(), isStopped: () => stop.reason !== null, warn: (line) => void warnings.add(line),
    });
    if (flags.json) {
      printText(jsonDocument(judgingDocument(problem, results, { timeLimit: timeLimitOf(problem, options), machine: machineOf(options.jobs ?? 1, version), warnings: [...warnings] })));
    }
    await warnOf([...warnings]);
    if (stop.reason === null) return exitCodeOf(results);
    writeDiagnostic(`mini-isolate: stopped because mini-isolate received ${stop.reason}\n`);
    return stop.reason === "nobody reads" || stop.reason === "fault" ? exitCodes.internalError : bySignal(signals[stop.reason]);
  } finally {
    stop.release();
  }
}

function timeLimitOf({ limits }: Problem, { limits: given = {} }: JudgeOptions): TimeLimitDocument {
  const source = given.cpuTime !== undefined ? "flag" : limits.cpuTime !== null ? "package" : "default";
  return { value: given.cpuTime ?? limits.cpuTime ?? limitTable.time_limit.default, source, lower: null, upper: null, lower_by: null, upper_by: null, multipliers: null, factors: limits.timeFactors };
}

/** Prints as it goes. */
async function judged(problem: Problem, submissions: readonly Submission[], { json, jsonl }: Arguments<"judge">["flags"], options: JudgeOptions): Promise<readonly SubmissionResult[]> {
  const isText = !json && !jsonl;
  const nameWidth = columnWidth(problem.tests.map(({ name }) => name));
  const groups = groupNames(problem);
  for await (const event of judgeSubmissions(problem, submissions, options)) {
    switch (event.kind) {
      case "compiled":
        if (isText) printText(compiledLine(submissions[event.submission]!.path, event.language, event.compile));
        break;
      case "test": {
        const { record, decision } = event.result;
        const document = testDocument(problem.tests[event.test]!, groups[event.test]!, record, decision, noLimits);
        if (jsonl) printText(jsonDocument({ submission: submissions[event.submission]!.path, ...document }));
        else if (isText) printText(testLine(document, nameWidth));
        break;
      }
      case "end":
        if (isText) for (const result of event.results) printText(result.isCompileError ? `${compileError(result.compile!)}CE\n` : summary(result));
        return event.results;
    }
  }
  throw new Error("a judging ends with its result");
}

const noLimits = { cpu_time_limit: null, wall_time_limit: null, memory_limit: null, output_limit: null };

function exitCodeOf(results: readonly SubmissionResult[]): number {
  const verdicts = results.map(({ decision }) => decision.verdict);
  if (verdicts.includes("JE")) return exitCodes.internalError;
  if (verdicts.length === 1 && verdicts[0] === "CE") return exitCodes.compileError;
  return verdicts.every((verdict) => verdict === "AC") ? exitCodes.success : exitCodes.programFailed;
}
