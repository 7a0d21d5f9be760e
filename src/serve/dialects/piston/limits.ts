/** Limits of a request, in milliseconds and bytes, as limits of a job. */
import type { LimitKey } from "../../../model/limits.ts";
import type { ServeConfig } from "../../config/config.ts";
import { HttpFault } from "../../http/dialect.ts";
import type { Limits } from "../../job.ts";
import type { ServedLanguage } from "../../languages.ts";
import { limitWithin, mostOf } from "../limit-wish.ts";

export interface AskedLimits {
  readonly compile: Limits;
  readonly run: Limits;
}

/** In the order in which they are checked. `unit`: how many of the request's are one of the limit's. */
const kinds = [
  { suffix: "memory_limit", key: "memory_limit", unit: 1 },
  { suffix: "timeout", key: "wall_time_limit", unit: 1000 },
  { suffix: "cpu_time", key: "cpu_time_limit", unit: 1000 },
] as const satisfies readonly { readonly suffix: string; readonly key: LimitKey; readonly unit: number }[];

/** As much as the service allows. */
const unlimited = -1;

/**
 * Absent, null and 0 are what the service is set to; -1 is the most that it allows.
 * @throws HttpFault 400
 */
export function readLimits(body: Readonly<Record<string, unknown>>, config: Pick<ServeConfig, "run" | "compile">, { id, leastMemory = 0 }: ServedLanguage): AskedLimits {
  const asked: Record<"compile" | "run", Limits> = { compile: {}, run: {} };
  for (const { suffix, key, unit } of kinds) {
    for (const step of ["compile", "run"] as const) {
      const name = `${step}_${suffix}`;
      const value = body[name];
      if (value === undefined || value === null || value === 0) continue;
      const { most } = config[step];
      const bound = mostOf(most, key);
      if (typeof value !== "number") throw refuse(`${name} must be a number`);
      if (bound !== null && value > bound * unit) throw refuse(`${name} cannot exceed the configured limit of ${bound * unit}`);
      if (value < 0 && value !== unlimited) throw refuse(`${name} must be non-negative`);
      if (name === "run_memory_limit" && value !== unlimited && value < leastMemory) throw refuse(`${name} must be at least ${leastMemory} for ${id}`);
      asked[step] = { ...asked[step], ...limitWithin(most, key, value === unlimited ? null : value / unit) };
    }
  }
  return { compile: withOwnClock(asked.compile, config.compile.usual), run: withOwnClock(asked.run, config.run.usual) };
}

/** A box whose CPU time alone is said has twice as much on the clock. Here the two are apart, and the clock is what the service is set to. */
function withOwnClock(asked: Limits, { wall_time_limit: usual }: Limits): Limits {
  return asked.cpu_time_limit === undefined || asked.wall_time_limit !== undefined || usual === undefined ? asked : { ...asked, wall_time_limit: usual };
}

function refuse(message: string): HttpFault {
  return new HttpFault(400, "invalid-request", message);
}
