/** Judging under Node: the binary judges, and tells its events line by line. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { JudgeEvent } from "../judge/events.ts";
import type { Problem } from "../judge/problem.ts";
import { checkJudging, type JudgingOptions, usualRerun } from "../library/judging-options.ts";
import { errorOf, notStarted } from "./ask.ts";
import { findBinary } from "./binary.ts";

/** As `judge()` of the library, with the same events. @throws as it, and IsolateError of kind Process when the binary cannot be started */
export async function* judge(problem: string | Problem, submissions: readonly string[] | "all", options: JudgingOptions = {}): AsyncGenerator<JudgeEvent, void, undefined> {
  checkJudging(submissions, options);
  const { signal = null, warn } = options;
  const isAborted = () => signal?.aborted === true;
  if (isAborted()) throw signal!.reason;
  const binary = findBinary(undefined);
  const child = spawn(binary, ["judge", ...words(problem, submissions), ...flagsOf(problem, options)], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<{ readonly status: number | null; readonly signal: string | null }>((resolve, reject) => {
    child.on("error", (error) => reject(notStarted(binary, error)));
    child.on("close", (status, by) => resolve({ status, signal: by }));
  });
  // It is awaited below.
  ended.catch(() => {});
  const abort = () => void child.kill("SIGTERM");
  signal?.addEventListener("abort", abort);
  const complaints = text(child.stderr);
  let isOver = false;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (isAborted()) break;
      const event = JSON.parse(line) as JudgeEvent | { readonly error: unknown };
      if ("error" in event) throw errorOf(event, null, null, "");
      isOver = event.kind === "end";
      yield event;
    }
    const { status, signal: by } = await ended;
    if (isAborted()) throw signal!.reason;
    const said = await complaints;
    if (!isOver) throw errorOf(null, status, by, said);
    for (const [, line] of said.matchAll(/^mini-isolate: warning: (.*)$/gm)) warn?.(line!);
  } finally {
    signal?.removeEventListener("abort", abort);
    // Whoever leaves the loop ends the judging.
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  }
}

function words(problem: string | Problem, submissions: readonly string[] | "all"): string[] {
  const path = typeof problem === "string" ? problem : problem.path;
  return submissions === "all" ? [path, "--submissions"] : [...submissions, path];
}

function flagsOf(problem: string | Problem, { format, jobs = 1, timeLimit, wallTime, memory, compare, until, verdict, rerunClose = usualRerun, packs = [], language, stateDir }: JudgingOptions): string[] {
  const limit = (value: number | null) => (value === null ? "unlimited" : String(value));
  const known = typeof problem === "string" ? format : problem.format;
  return [
    "--events",
    `--jobs=${jobs}`,
    `--rerun-close=${rerunClose === null ? "none" : `${rerunClose * 100}%`}`,
    ...(known === undefined ? [] : [`--format=${known}`]),
    ...(timeLimit === undefined ? [] : [`--time-limit=${limit(timeLimit)}`]),
    ...(wallTime === undefined ? [] : [`--wall-time=${limit(wallTime)}`]),
    ...(memory === undefined ? [] : [`--memory=${memory === null ? "unlimited" : `${memory}B`}`]),
    ...(compare === undefined ? [] : [`--compare=${compare.join(" ")}`]),
    ...(until === undefined ? [] : [`--until=${until}`]),
    ...(verdict === undefined ? [] : [`--verdict=${verdict}`]),
    ...packs.map((pack) => `--pack=${pack}`),
    ...(language == null ? [] : [`--language=${language}`]),
    ...(stateDir === undefined ? [] : [`--state-dir=${stateDir}`]),
  ];
}

async function text(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
