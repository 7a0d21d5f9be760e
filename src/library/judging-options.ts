/** What callers may say about a judging, and the checks of it. Sizes in bytes, times in seconds. */
import { formats, type Format } from "../judge/problem.ts";
import { type Check, callback, checkFields, limit, listOf, notEmptyText, numberWithin, oneOf, orNull, refused } from "./check.ts";
import type { AbortSignalLike } from "./options.ts";

/** What a judging may be told. Everything may be left out. */
export interface JudgingOptions {
  /** How the problem is written, where it is a path. Default `auto`: what lies in the directory says it. */
  readonly format?: Format | "auto" | undefined;
  /** How many tests run at the same time, each in a box of its own. Default 1. */
  readonly jobs?: number | undefined;
  /** CPU time of a test, in seconds. Default: that of the problem, else 10. */
  readonly timeLimit?: number | null | undefined;
  /** Time on the clock, in seconds. Default: 2 x the time limit + 1. */
  readonly wallTime?: number | null | undefined;
  /** Memory, in bytes. Default: that of the problem, else of the language pack, else 128 MiB. */
  readonly memory?: number | null | undefined;
  /** Flags of the built-in checker, such as `["float_tolerance", "1e-6"]`, in place of those of the problem. */
  readonly compare?: readonly string[] | undefined;
  /** `all`: every test that may count is run; `first-error`: none after the first failure; `slowest`: the same, but a TLE is no end. Default `all`. */
  readonly until?: "all" | "first-error" | "slowest" | undefined;
  /** Whether the verdict is that of the first test that fails, or of the worst. Default: what the problem says. */
  readonly verdict?: "first" | "worst" | undefined;
  /** Tests that end so close to the time limit, as a part of it, are run again alone. Default 0.1; null: none. */
  readonly rerunClose?: number | null | undefined;
  /** Language packs, as `--pack` takes them. Default: those of the problem's format. */
  readonly packs?: readonly string[] | undefined;
  /** Language of the submissions that are named, by its id. Default: by their files. */
  readonly language?: string | null | undefined;
  /** Directory of the boxes. Default: as everywhere. */
  readonly stateDir?: string | undefined;
  /** Ends the judging when it is aborted: no test begins any more, those that run are killed, and the iterator throws the signal's reason. */
  readonly signal?: AbortSignalLike | null | undefined;
  /** Told what a person should know of the package, of packs and of the host, line by line. */
  readonly warn?: ((line: string) => void) | undefined;
}

const signalLike: Check = (value, name) => {
  if (typeof value !== "object" || value === null || !("aborted" in value)) throw refused(value, name, "it must be an AbortSignal");
};

const checks: Readonly<Record<keyof JudgingOptions, Check>> = {
  format: oneOf(["auto", ...formats]),
  jobs: numberWithin(1, 10_000, true),
  timeLimit: limit("time_limit"),
  wallTime: limit("wall_time_limit"),
  memory: limit("memory_limit"),
  compare: listOf(notEmptyText),
  until: oneOf(["all", "first-error", "slowest"]),
  verdict: oneOf(["first", "worst"]),
  rerunClose: orNull(numberWithin(0, 1, false)),
  packs: listOf(notEmptyText),
  language: orNull(notEmptyText),
  stateDir: notEmptyText,
  signal: orNull(signalLike),
  warn: callback,
};

/** @throws IsolateError of kind Config */
export function checkJudging(submissions: readonly string[] | "all", options: JudgingOptions): void {
  checkFields(options, "the options of a judging", checks);
  if (submissions !== "all") listOf(notEmptyText)(submissions, "submissions");
}

/** How close to the time limit a test is run again, as a part of it. */
export const usualRerun = 0.1;
