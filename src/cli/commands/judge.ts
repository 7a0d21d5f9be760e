/** `judge`: a submission against the tests of a problem, and its verdict. */
import { RunLoop } from "../../executor/watch/run-loop.ts";
import { Isolate } from "../../instance/isolate.ts";
import { readPlain } from "../../judge/formats/plain.ts";
import type { JudgeOptions, SubmissionResult } from "../../judge/events.ts";
import { judge as judgeSubmission } from "../../judge/judge.ts";
import type { Problem } from "../../judge/problem.ts";
import { signals } from "../../kernel/os-numbers.ts";
import { bySignal } from "../../model/ending.ts";
import { configError, exitCodes } from "../../model/errors.ts";
import type { SourceRequest } from "../../source/source-request.ts";
import type { Arguments } from "../args.ts";
import { Stop } from "../batch/stop.ts";
import { judgeDocument, testDocument } from "../judge/document.ts";
import { columnWidth, compiledLine, compileError, summary, testLine } from "../judge/lines.ts";
import { judgeOptions } from "../judge/options.ts";
import { jsonDocument, printText } from "../output.ts";
import { checkSource } from "../source.ts";
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
  const warnings = new Set<string>([...problem.warnings, ...problems]);
  const loop = new RunLoop();
  const stop = new Stop(() => loop.wakeAll());
  try {
    const result = await judged(problem, source, flags, {
      ...options, loop, signals: () => stop.forRun(), isStopped: () => stop.reason !== null, warn: (line) => void warnings.add(line),
    });
    if (flags.json) printText(jsonDocument(judgeDocument({ problem, path, result })));
    await warnOf([...warnings]);
    if (stop.reason === null) return exitCodeOf(result);
    writeDiagnostic(`mini-isolate: stopped because mini-isolate received ${stop.reason}\n`);
    return stop.reason === "nobody reads" || stop.reason === "fault" ? exitCodes.internalError : bySignal(signals[stop.reason]);
  } finally {
    stop.release();
  }
}

/** Prints as it goes. */
async function judged(problem: Problem, source: SourceRequest, { json, jsonl }: Arguments<"judge">["flags"], options: JudgeOptions): Promise<SubmissionResult> {
  const isText = !json && !jsonl;
  const nameWidth = columnWidth(problem.tests.map(({ name }) => name));
  for await (const event of judgeSubmission(problem, source, options)) {
    if (event.kind === "end") {
      if (isText) printText(event.result.verdict === "CE" ? `${compileError(event.result.compile!)}CE\n` : summary(event.result));
      return event.result;
    }
    if (event.kind === "compiled") {
      if (isText) printText(compiledLine(source.path, event.language, event.compile));
    } else if (jsonl) printText(jsonDocument(testDocument(event.result)));
    else if (isText) printText(testLine(event.result, nameWidth));
  }
  throw new Error("a judging ends with its result");
}

function exitCodeOf({ verdict }: SubmissionResult): number {
  if (verdict === "AC") return exitCodes.success;
  if (verdict === "CE") return exitCodes.compileError;
  return verdict === "JE" ? exitCodes.internalError : exitCodes.programFailed;
}
