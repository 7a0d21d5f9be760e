/** The programs that a language pack brings to be tested with, each run as `execute` would run it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../model/errors.ts";
import type { PackKey } from "../language/keys.ts";
import type { Language, PackTest } from "../language/language.ts";
import { plainRun, type Overrides } from "../model/request.ts";
import type { ExecutionResult } from "../model/result.ts";
import type { ExecutionStatus, ReachedLimit } from "../model/status.ts";
import { bytesPerMebibyte } from "../model/units.ts";
import { Isolate } from "../instance/isolate.ts";
import type { StoreOptions } from "../instance/options.ts";

/** Limits of the run step, unless the pack or the test says otherwise. */
export const packTestLimits = { cpuTimeSeconds: 10, memoryBytes: 512 * bytesPerMebibyte } as const;

/** Wall time beyond the CPU time, so that a machine with other things to do changes no outcome. */
const wallTimeMarginSeconds = 10;

/** What is said of a program that ended as it should and printed something else: no status, since no run knows what is right. */
const wrongOutput = "WrongOutput";

/** How a test went. */
export interface PackTestOutcome {
  readonly test: PackTest;
  readonly passed: boolean;
  /** The status of the run, {@link wrongOutput}, or null: there is none, for the reason in `message`. */
  readonly verdict: ExecutionStatus | typeof wrongOutput | null;
  /** null: there is none, for the reason in `message`. */
  readonly result: ExecutionResult | null;
  /** One sentence, when it did not pass: what came in place of what. */
  readonly message: string | null;
}

/** Runs a test in a box of its own, which is gone afterwards. @throws IsolateError when no box can be made or removed */
export async function runPackTest(language: Language, test: PackTest, { stateDir }: StoreOptions): Promise<PackTestOutcome> {
  const { cpuTimeSeconds, memoryBytes } = packTestLimits;
  const limits = { time_limit: cpuTimeSeconds, cpu_time_limit: cpuTimeSeconds, wall_time_limit: cpuTimeSeconds + wallTimeMarginSeconds, memory_limit: memoryBytes };
  const box = Isolate.temporary(limits, stateDir === undefined ? {} : { stateDir });
  try {
    const path = sourceFile(box, language, test);
    // A kept result would say nothing of the compiler that is there now.
    const source = { path, language: language.id, packs: [], languages: [language], cache: false };
    const options = { ...plainRun, blocking: true, overrides: overridesOf(test) };
    return judge(test, await box.runSource(source, { kind: "bytes", bytes: Buffer.from(test.input) }, options));
  } catch (error) {
    return { test, passed: false, verdict: null, result: null, message: messageOf(error) };
  } finally {
    box.cleanup();
  }
}

/** Limits that the test names count before those of the pack. */
function overridesOf({ cpuTimeSeconds, memoryBytes }: PackTest): Overrides {
  return {
    ...(cpuTimeSeconds === null ? {} : { maxCpu: cpuTimeSeconds, maxTime: cpuTimeSeconds + wallTimeMarginSeconds }),
    ...(memoryBytes === null ? {} : { maxMemory: memoryBytes }),
  };
}

/** In the home of the box, which nobody else can enter and which goes with it. */
function sourceFile(box: Isolate, { extensions }: Language, { fileName, source }: PackTest): string {
  const directory = `${dirname(box.workdir)}/source`;
  mkdirSync(directory, { mode: 0o700 });
  const path = `${directory}/${fileName ?? `test${extensions[0] ?? ""}`}`;
  writeFileSync(path, source, { mode: 0o600 });
  return path;
}

function judge(test: PackTest, result: ExecutionResult): PackTestOutcome {
  const message = differenceOf(test, result);
  const verdict = message !== null && result.status === test.status ? wrongOutput : result.status;
  return { test, passed: message === null, verdict, result, message };
}

/** What is not as it should be; null when everything is. */
function differenceOf({ status, output }: PackTest, result: ExecutionResult): string | null {
  if (result.status !== status) {
    const why = result.error_message === null ? "" : `: ${inPackWords(result.error_message, result)}`;
    return `${result.status} instead of ${status}${why}`;
  }
  if (output === null || withoutTrailingBlanks(result.stdout) === withoutTrailingBlanks(output)) return null;
  return `printed ${quoted(result.stdout)} instead of ${quoted(output)}`;
}

/** What raises the limits of a test: it has no flags. */
const keys: Partial<Record<ReachedLimit, PackKey>> = {
  cpu_time: "test.time", wall_time: "test.time", memory: "test.memory", processes: "run.limits.processes", file_size: "run.limits.file_size", output: "run.limits.output",
};

function inPackWords(message: string, { limit, phase }: ExecutionResult): string {
  const key = limit === null || phase === "compile" ? undefined : keys[limit];
  return key === undefined ? message : message.replace(/: raise it with .*$/, `: raise it in the language pack: ${key}`);
}

/** Blanks at the ends of lines and of the whole are no part of an answer. */
function withoutTrailingBlanks(text: string): string {
  return text.split("\n").map((line) => line.trimEnd()).join("\n").trimEnd();
}

const longestQuotation = 200;

function quoted(text: string): string {
  const shown = withoutTrailingBlanks(text);
  return JSON.stringify(shown.length > longestQuotation ? `${shown.slice(0, longestQuotation)}...` : shown);
}
