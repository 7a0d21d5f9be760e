/** The limits of a test: of the caller, else of the test, else of the problem, else the usual ones. */
import { limits as limitTable } from "../model/limits.ts";
import type { Overrides } from "../model/request.ts";
import { wallTimeWith } from "./decide/time.ts";
import type { Problem, Test } from "./problem.ts";

/** What the caller says; left out: the package, or the usual limit. Seconds and bytes; null: no limit. */
export interface GivenLimits {
  readonly cpuTime?: number | null;
  readonly wallTime?: number | null;
  readonly memory?: number | null;
}

/** @param language id of the submission's language, as far as the package has factors for it */
export function limitsOf(problem: Problem, test: Test, given: GivenLimits, language: string | null): Overrides {
  const { limits } = problem;
  const times = (value: number | null, factors: Readonly<Record<string, number>>) => (value === null ? null : value * (factors[language ?? ""] ?? 1));
  const cpu = times(given.cpuTime === undefined ? (test.cpuTime ?? limits.cpuTime ?? limitTable.time_limit.default) : given.cpuTime, limits.timeFactors);
  const wall = given.wallTime === undefined ? (cpu === null ? null : Math.min(wallTimeWith(cpu), limitTable.wall_time_limit.max)) : given.wallTime;
  const memory = given.memory === undefined ? (times(test.memory ?? limits.memory, limits.memoryFactors) ?? undefined) : given.memory;
  return { maxCpu: cpu, maxTime: wall, ...(memory === undefined ? {} : { maxMemory: memory }) };
}
