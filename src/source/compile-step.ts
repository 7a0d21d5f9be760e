/** The step of a compiler: where it works, what it may do, what it is given. */
import { defaultConfig } from "../config/defaults.ts";
import { prepareRun, type Box, type PackSettings, type PreparedRun } from "../executor/plan/prepare.ts";
import { runtimeRules } from "../executor/plan/runtime.ts";
import type { CompilePlan } from "../language/plan-source.ts";
import { compileLimitKeys } from "../language/run-limits.ts";
import { parseMountRule, type MountRule } from "../model/mounts.ts";
import { plainRun, type RunOptions } from "../model/request.ts";
import { secondsToMs } from "../model/units.ts";
import { compileDirectory } from "./compile-results.ts";

/** The same box, while a compiler runs in it. Both steps write down their groups in one journal. */
export function compileBoxOf(box: Box): Box {
  return { ...box, workdir: `${box.home}/${compileDirectory}`, groupName: `${box.groupName}c` };
}

/** Of the options of a run, what counts for its compiler as well. */
export function compileOptionsOf({ blocking, waiter = null, signals = null, trace, strict, cpus, seccomp, allow = [] }: RunOptions): RunOptions {
  return { ...plainRun, blocking, waiter, signals, trace, strict, cpus, seccomp, allow };
}

/** @param box that of {@link compileBoxOf} @param options those of the run @throws IsolateError of kind Config */
export function prepareCompile(box: Box, plan: CompilePlan, options: RunOptions): PreparedRun {
  return prepareRun(box, plan.command, compileOptionsOf(options), compileSettings(plan, box.config.disk_limit));
}

/** @param diskBytes what the box may hold; a compiler has at least the default, since it makes more than what is run */
function compileSettings(plan: CompilePlan, diskBytes: number | null): PackSettings {
  const { environment, network, allow, limits, seccomp } = plan;
  return {
    environment,
    mounts: mountsOf(plan),
    network,
    allow,
    limits: {
      cpuTimeMs: secondsToMs(limits.cpuTimeSeconds),
      wallTimeMs: secondsToMs(limits.wallTimeSeconds),
      memoryBytes: limits.memoryBytes,
      processes: limits.processes,
      fileSizeBytes: limits.fileSizeBytes,
      outputBytes: limits.outputBytes,
      diskBytes: diskBytes === null ? null : Math.max(diskBytes, defaultConfig.disk_limit!),
      // Compilers recurse deeply; what they may have is bounded by their memory.
      stackBytes: null,
    },
    limitKeys: compileLimitKeys,
    minimumProcesses: 1,
    seccomp,
    compiles: true,
  };
}

/** Of a pack, and for what its command names. */
export function mountsOf({ mounts, usesRuntime }: Pick<CompilePlan, "mounts" | "usesRuntime">): readonly MountRule[] {
  return [...mounts.map(parseMountRule), ...(usesRuntime ? runtimeRules() : [])];
}
