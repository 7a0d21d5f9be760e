/** The same run several times, to see how far its figures can be trusted. */
import { positionOf, setPosition } from "../kernel/files.ts";
import { configError } from "../model/errors.ts";
import type { RunOptions, Stdin } from "../model/request.ts";
import type { Figures, RepeatReport, StepResult } from "../model/result.ts";
import type { ExecutionStatus } from "../model/status.ts";

/**
 * Refuses an input that the second run could not read from the beginning.
 * @throws IsolateError of kind Config
 */
export function refuseUnrepeatable(stdin: Stdin): void {
  if (stdin.kind === "descriptor" && positionOf(stdin.fd) === null) {
    throw configError("cannot repeat a run that reads a pipe, a socket or a terminal: it can be read once only", "give it a file: --input FILE, or --input /dev/null");
  }
}

/**
 * Runs again and again, each time with the same input, until one run does not succeed.
 * @param runs how often at most
 * @param once one run. @param told the options of this run: what was warned of once is not warned of again
 * @returns the result of the last run, with the figures of those that succeeded
 * @throws IsolateError of kind Config for an input that can be read only once; what `once` throws
 */
export async function executeRepeatedly(
  runs: number, stdin: Stdin, options: RunOptions, once: (number: number, told: RunOptions) => Promise<StepResult>,
): Promise<StepResult> {
  refuseUnrepeatable(stdin);
  const begin = stdin.kind === "descriptor" ? positionOf(stdin.fd)! : 0;
  const told = { ...options, warn: eachOnce(options.warn) };
  const statuses: Partial<Record<ExecutionStatus, number>> = {};
  const succeeded: StepResult[] = [];
  for (let number = 1; ; number++) {
    if (stdin.kind === "descriptor") setPosition(stdin.fd, begin);
    options.trace?.(`run ${number} of ${runs}`);
    const result = await once(number, told);
    statuses[result.status] = (statuses[result.status] ?? 0) + 1;
    // Only the figures are kept, not what they printed.
    if (result.success) succeeded.push({ ...result, stdout: "", stderr: "" });
    if (!result.success || number >= runs) return { ...result, repeat: report(statuses, succeeded) };
  }
}

function eachOnce(warn: RunOptions["warn"]): RunOptions["warn"] {
  const said = new Set<string>();
  return warn && ((line) => {
    if (!said.has(line)) warn(line);
    said.add(line);
  });
}

function report(statuses: RepeatReport["statuses"], results: readonly StepResult[]): RepeatReport {
  const peaks = results.flatMap(({ memory_peak }) => memory_peak ?? []);
  return {
    runs: Object.values(statuses).reduce((sum, count) => sum + count, 0),
    statuses,
    cpu_time: figuresOf(results.map(({ cpu_time }) => cpu_time), microseconds),
    wall_time: figuresOf(results.map(({ wall_time }) => wall_time), microseconds),
    memory_peak: figuresOf(peaks, Math.round),
  };
}

const microseconds = (seconds: number) => Math.round(seconds * 1e6) / 1e6;

/** @param round to what a single run has; @returns null of nothing */
export function figuresOf(values: readonly number[], round: (value: number) => number): Figures | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { min, median: round(median), max, spread: round(max - min) };
}
