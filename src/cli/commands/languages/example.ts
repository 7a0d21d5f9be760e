/** The command lines of a language as they would be for a source that nobody has yet. */
import { type IsolateConfig, parseConfig } from "../../../config/config.ts";
import { messageOf } from "../../../model/errors.ts";
import { documentedLimits, effectiveLimits } from "../../../executor/plan/limits.ts";
import type { RunLimits } from "../../../model/run-limits.ts";
import { runLimits } from "../../../source/execute-source.ts";
import type { Language } from "../../../language/language.ts";
import { planSource, type SourcePlan } from "../../../language/plan-source.ts";
import { plainRun } from "../../../model/request.ts";
import { msToSeconds } from "../../../model/units.ts";

export interface Example {
  /** Name of the source: `hello` with the first extension. */
  readonly source: string;
  /** Its name in the box, where that is another. */
  readonly stagedName: string | null;
  readonly compile: readonly string[] | null;
  readonly run: readonly string[] | null;
  /** Of the run, with what the pack makes of them; the memory is what the language needs when that is more. */
  readonly limits: ReturnType<typeof documentedLimits>;
  /** Why there are no command lines, or null. */
  readonly problem: string | null;
}

/** @param config of the box that the source would run in; null: a new one */
export function exampleOf(language: Language, config: IsolateConfig | null): Example {
  const box = config ?? parseConfig({ instance_id: "0" }, "defaults");
  const limits = withNeeds(language, runLimits(language, effectiveLimits(box, {}), plainRun));
  const source = `hello${language.extensions[0] ?? ""}`;
  const found = { source, limits: documentedLimits(limits) };
  try {
    const { stagedName, compile, run } = planOf(language, source, limits);
    return { ...found, stagedName: stagedName === source ? null : stagedName, compile: compile?.command ?? null, run: run.command, problem: null };
  } catch (error) {
    return { ...found, stagedName: null, compile: null, run: null, problem: messageOf(error) };
  }
}

function withNeeds({ run: { needs } }: Language, limits: RunLimits): RunLimits {
  const atLeast = (limit: number | null, need: number) => (limit === null ? null : Math.max(limit, need));
  return { ...limits, memoryBytes: atLeast(limits.memoryBytes, needs.memoryBytes), processes: atLeast(limits.processes, needs.processes) };
}

function planOf(language: Language, fileName: string, { memoryBytes, cpuTimeMs }: RunLimits): SourcePlan {
  return planSource(language, {
    fileName,
    source: new Uint8Array(),
    entryPoint: language.entryPoint?.default === null ? "Main" : null,
    memoryBytes,
    cpuTimeSeconds: cpuTimeMs === null ? null : msToSeconds(cpuTimeMs),
    workdir: "/box",
  });
}
