/** Limits of groups above ours that are tighter than those of the run: the program meets them first. */
import type { OuterLimits } from "../../cgroup/controller.ts";
import type { Enforcement } from "../../model/result.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import { describeBytes } from "../../model/units.ts";

/** Null: nothing above is in the way. */
export function tighterOuterLimits(outer: OuterLimits, limits: RunLimits): NonNullable<Enforcement["outer_limits"]> | null {
  const tighter = (above: number | null, own: number | null) => (above !== null && (own === null || above < own) ? above : null);
  const found = { memory: tighter(outer.memoryBytes, limits.memoryBytes), processes: tighter(outer.processes, limits.processes), cpus: outer.processors };
  return found.memory === null && found.processes === null && found.cpus === null ? null : found;
}

/** What of it a caller has to know before the verdicts make sense, a sentence each. */
export function outerWarnings(outer: NonNullable<Enforcement["outer_limits"]>, limits: RunLimits): string[] {
  const lines: string[] = [];
  if (outer.memory !== null && limits.memoryBytes !== null) {
    const [above, own] = describeBytes(outer.memory, limits.memoryBytes);
    lines.push(`a control group above the box allows ${above} of memory in all, less than the memory limit of ${own}`);
  }
  if (outer.processes !== null && limits.processes !== null) {
    lines.push(`a control group above the box allows ${outer.processes} processes in all, less than the process limit of ${limits.processes}`);
  }
  if (outer.cpus !== null && outer.cpus < 1) lines.push(`a control group above the box allows ${outer.cpus} of a processor in all: programs take longer on the clock`);
  return lines;
}
