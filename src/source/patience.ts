/** How a run waits while another compiles the same. */
import type { CompilePlan } from "../language/plan-source.ts";
import type { RunOptions } from "../model/request.ts";
import { secondsToMs } from "../model/units.ts";
import type { Patience } from "./cache/turn.ts";

/** As long as a compiler with the same limits can take; by the waiter of the run, if it has one, so that other runs of its thread go on. */
export function patienceFor({ limits }: Pick<CompilePlan, "limits">, { waiter, signals }: RunOptions): Patience {
  return { longestMs: secondsToMs(limits.wallTimeSeconds), pause: (ms) => waiter?.wait([], ms) ?? Bun.sleep(ms), isStopping: () => signals?.isStopping === true };
}
