/** Judging for callers of the library: problem and submissions in, events out. Sizes in bytes, times in seconds. */
import { parseComparison } from "../judge/compare/comparison.ts";
import type { JudgeEvent } from "../judge/events.ts";
import type { JudgeOptions } from "../judge/options.ts";
import { readProblem } from "../judge/formats/read.ts";
import { judge as judgeLoaded } from "../judge/judge.ts";
import { loadSubmissions } from "../judge/load-submissions.ts";
import type { Problem } from "../judge/problem.ts";
import { configError } from "../model/errors.ts";
import { checkJudging, type JudgingOptions, usualRerun } from "./judging-options.ts";
import type { AbortSignalLike } from "./options.ts";

/**
 * Judges submissions. Events come as tests end; the last one has every result.
 *
 * ```ts
 * for await (const event of judge("problems/sum", ["solution.cpp"], { jobs: 2 })) {
 *   if (event.kind === "test") console.log(event.result.name, event.result.decision.verdict);
 *   if (event.kind === "end") console.log(event.results[0]!.decision.verdict);
 * }
 * ```
 *
 * @param problem a directory of tests or a problem package, or a problem that was read before
 * @param submissions paths of files or directories; `all`: those that come with the problem
 * @throws IsolateError for what cannot be read, a configuration that is wrong, a host without what is needed; never a verdict
 */
export async function* judge(problem: string | Problem, submissions: readonly string[] | "all", options: JudgingOptions = {}): AsyncGenerator<JudgeEvent, void, undefined> {
  checkJudging(submissions, options);
  const { signal = null, packs = [], language = null, warn = () => {} } = options;
  const read = typeof problem === "string" ? await readProblem(problem, options.format ?? "auto") : problem;
  const examples = submissions === "all" ? read.submissions : [];
  const paths = submissions === "all" ? [] : submissions;
  if (paths.length + examples.length === 0) throw configError(`cannot judge ${read.name} without a submission`, "name one, or take a problem that has some");
  const loaded = await loadSubmissions(read, paths, examples, { packs, language });
  for (const line of [...read.warnings, ...loaded.warnings]) warn(line);
  throwIfAborted(signal);
  for await (const event of judgeLoaded(read, loaded.submissions, optionsOf(options))) {
    throwIfAborted(signal);
    yield event;
  }
}

function throwIfAborted(signal: AbortSignalLike | null): void {
  if (signal?.aborted === true) throw signal.reason;
}

function optionsOf({ jobs = 1, timeLimit, wallTime, memory, compare, until, verdict, rerunClose = usualRerun, stateDir, signal = null, warn }: JudgingOptions): JudgeOptions {
  const isAborted = () => signal?.aborted === true;
  return {
    jobs,
    limits: { ...(timeLimit === undefined ? {} : { cpuTime: timeLimit }), ...(wallTime === undefined ? {} : { wallTime }), ...(memory === undefined ? {} : { memory }) },
    rerunClose,
    isStopped: isAborted,
    signals: () => ({ take: () => (isAborted() ? ["SIGKILL"] : []), close: () => {} }),
    ...(compare === undefined ? {} : { comparison: parseComparison(compare) }),
    ...(until === undefined ? {} : { until }),
    ...(verdict === undefined ? {} : { combination: verdict }),
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(warn === undefined ? {} : { warn }),
  };
}
