/** A source that runs many times in the boxes of one process: read and planned once for each box, and compiled once. */
import { means, type Means } from "../executor/plan/means.ts";
import type { Box } from "../executor/plan/prepare.ts";
import type { RunOptions } from "../model/request.ts";
import { KeptResults } from "./cache/kept-results.ts";

/** Plans that are kept: one for each box and each set of limits and arguments that the next runs may have as well. */
const mostPlans = 64;

interface Plan {
  /** What the host was known to allow. */
  readonly means: Means;
  readonly plan: unknown;
}

/** What may be another thing in each run, besides the options. */
interface Asked {
  readonly args?: readonly string[];
  readonly onlyCompile?: boolean;
}

/** For one request, whose arguments alone may change. Dispose of it after the last run. */
export class KeptSource implements Disposable {
  readonly results = new KeptResults();
  readonly #plans = new Map<string, Plan>();

  /** @param prepare is called when there is no plan for this; always the same function @throws what `prepare` throws */
  async prepared<P>(box: Box, asked: Asked, options: RunOptions, prepare: () => Promise<P>): Promise<P> {
    const key = keyOf(box, asked, options);
    const known = this.#plans.get(key);
    // After something was refused by the host, runs are planned anew.
    if (known?.means === means()) return known.plan as P;
    const plan = await prepare();
    if (this.#plans.size >= mostPlans) this.#plans.clear();
    this.#plans.set(key, { means: means(), plan });
    return plan;
  }

  [Symbol.dispose](): void {
    this.#plans.clear();
    this.results[Symbol.dispose]();
  }
}

/** Everything that a plan depends on, whatever it is called: only what a run has to itself is left out. */
function keyOf(box: Box, { args = [], onlyCompile = false }: Asked, options: RunOptions): string {
  const { waiter: _waiter, signals: _signals, visit: _visit, moments: _moments, warn: _warn, trace: _trace, stdoutTo = null, stderrTo = null, ...planned } = options;
  return JSON.stringify([box.home, box.uid, args, onlyCompile, stdoutTo !== null, stderrTo !== null, planned]);
}
