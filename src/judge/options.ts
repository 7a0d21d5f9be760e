/** What the judge is asked for. */
import type { IsolateConfigInput } from "../config/config.ts";
import type { RunLoop } from "../executor/watch/run-loop.ts";
import type { LimitKey } from "../model/limits.ts";
import type { SignalSource } from "../model/waiting.ts";
import type { Comparison } from "./compare/comparison.ts";
import type { Until } from "./decide/until.ts";
import type { GivenLimits } from "./limits.ts";
import type { Combination } from "./verdict.ts";

export interface JudgeOptions {
  /** How many tests run at the same time; 1 by default. */
  readonly jobs?: number;
  /** Processors of each job, as in cpuset(7), for as many as there are jobs; left out: not pinned. */
  readonly cpus?: readonly string[];
  /** Limits in place of those of the problem. CPU time is what a verdict is about; the limit on the clock only ends what waits. */
  readonly limits?: GivenLimits;
  /** Configuration of the boxes of submissions. */
  readonly config?: IsolateConfigInput;
  /** Which limits in `config` count before those of a language pack. */
  readonly limitsGiven?: readonly LimitKey[];
  /** In place of what the problem says; for the built-in checker `default`. */
  readonly comparison?: Comparison;
  /** `all` by default; `first-error`: no test after the first failure is begun; `slowest`: the same, but a TLE is no end. */
  readonly until?: Until;
  /** In place of what the problem says. */
  readonly combination?: Combination;
  /** Tests that end so close to the time limit, as a part of it, are run again alone; null: none. */
  readonly rerunClose?: number | null;
  readonly stateDir?: string;
  /** All runs wait by it, in a process that does nothing else; left out: the event loop of the caller stays free. */
  readonly loop?: RunLoop;
  /** Signals that end what runs, for one run each. */
  readonly signals?: () => SignalSource;
  /** Called between runs: true ends the judging, and what is known is reported. */
  readonly isStopped?: () => boolean;
  readonly warn?: (line: string) => void;
}
