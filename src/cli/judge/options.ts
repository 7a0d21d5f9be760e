/** From the flags of `judge` to what the judge is asked for. */
import { resolveStateDir } from "../../config/load.ts";
import type { IsolateConfigInput } from "../../config/config.ts";
import type { JudgeOptions } from "../../judge/options.ts";
import type { GivenLimits } from "../../judge/limits.ts";
import { parseComparison } from "../../judge/compare/comparison.ts";
import type { Combination } from "../../judge/verdict.ts";
import { splitWords } from "../../language/words.ts";
import { configError } from "../../model/errors.ts";
import type { LimitKey } from "../../model/limits.ts";
import { physicalCores } from "../../state/cores.ts";
import type { FlagValues } from "../flags.ts";

type Flags = FlagValues<"judge">;

const untils = ["all", "first-error", "slowest"] as const;
const combinations: readonly Combination[] = ["first", "worst"];
const usualRerun = "10%";

/** @throws IsolateError of kind Config for a value that is none of the flag's */
export function judgeOptions(flags: Flags): JudgeOptions & { readonly stateDir: string } {
  const cpus = slots(flags.jobs ?? null);
  return {
    stateDir: resolveStateDir(flags["state-dir"]),
    jobs: cpus.length,
    ...(cpus.every((slot) => slot !== null) ? { cpus: cpus as string[] } : {}),
    limits: givenLimits(flags),
    ...boxSettings(flags),
    ...(flags.compare === undefined ? {} : { comparison: parseComparison(splitWords(flags.compare)) }),
    until: oneOf("until", flags.until ?? "all", untils),
    ...(flags.verdict === undefined ? {} : { combination: oneOf("verdict", flags.verdict, combinations) }),
    rerunClose: partOf(flags["rerun-close"] ?? usualRerun),
  };
}

function givenLimits(flags: Flags): GivenLimits {
  const cpuTime = flags["time-limit"] === "infer" ? undefined : flags["time-limit"];
  const given = { cpuTime, wallTime: flags["wall-time"], memory: flags.memory };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function boxSettings(flags: Flags): { readonly config: IsolateConfigInput; readonly limitsGiven: readonly LimitKey[] } {
  const given = ([["processes", "process_limit"], ["output-limit", "output_limit"]] as const).filter(([flag]) => flags[flag] !== undefined);
  return { config: Object.fromEntries(given.map(([flag, key]) => [key, flags[flag]])) as IsolateConfigInput, limitsGiven: given.map(([, key]) => key) };
}

/**
 * What each job is pinned to: one processor of a core of its own. Without a number of jobs, the first core is left to the kernel and to us.
 * More jobs than cores are not pinned, as two of them would share one while others are free.
 */
function slots(jobs: number | null): readonly (string | null)[] {
  const cores = physicalCores();
  const free = cores.length > 1 ? cores.slice(1) : cores;
  const count = jobs ?? free.length;
  const used = count <= free.length ? free : cores;
  return count > used.length ? Array.from({ length: count }, () => null) : used.slice(0, count).map(({ processors }) => String(processors[0]!));
}

export function oneOf<T extends string>(flag: string, value: string, values: readonly T[]): T {
  if (!(values as readonly string[]).includes(value)) throw configError(`cannot use --${flag} '${value}'`, `it is one of ${values.join(", ")}`);
  return value as T;
}

/** @returns null for none */
function partOf(text: string): number | null {
  if (text === "none") return null;
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null || Number(match[1]) > 100) throw configError(`cannot use --rerun-close '${text}'`, "give a part of the time limit, such as 10%, or none");
  return Number(match[1]) / 100;
}
