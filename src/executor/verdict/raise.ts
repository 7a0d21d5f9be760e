/** What raises a limit that was reached: the last words of a message. Loaded only then. */
import type { LimitKeys } from "../../model/run-limits.ts";
import type { ReachedLimit } from "../../model/status.ts";

/** Whose limits held. */
export interface LimitsOf {
  /** The keys of the language pack that set limits of this step. */
  readonly keys: LimitKeys;
  /** The box was made for this run, so flags of the run set its limits. */
  readonly temporary: boolean;
}

/** Flags of `run` and `execute` in any box. */
const ofRun: Partial<Record<ReachedLimit, string>> = { cpu_time: "--cpu-time", wall_time: "--wall-time", memory: "--memory" };

/** Flags of `init`; those of a temporary box are flags of `run` and `execute`, too. */
const ofBox = { output: "--output-limit", file_size: "--file-size", disk: "--disk-limit", processes: "--processes" } as const;

/** `--cpu-time`, `init --file-size`, or `run.limits.output` with where it stands. */
export function whatRaises(limit: ReachedLimit, { keys, temporary }: LimitsOf): string {
  const key = keys[limit];
  if (key !== undefined) return `in the language pack: ${key}`;
  const flag = ofRun[limit] ?? ofBox[limit as keyof typeof ofBox];
  const alone = temporary || ofRun[limit] !== undefined;
  return `with ${alone ? "" : "init "}${flag}`;
}

/** A message of a verdict with what raises the limit at its end. */
export function withWhatRaises(message: string, limit: ReachedLimit, limitsOf: LimitsOf): string {
  return `${message}: raise it ${whatRaises(limit, limitsOf)}`;
}
