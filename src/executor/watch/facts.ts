/** The facts of one run, put together when nothing of it lives any more. */
import type { ChildEnd, ChildUsage } from "../../kernel/process.ts";
import type { Launch, RunFacts } from "../../model/observation.ts";
import type { Meter } from "./meter.ts";

const none: ChildUsage = { cpuTimeMs: 0, maxRssBytes: 0, pageFaults: 0, contextSwitches: 0 };

/** What the supervision has seen; null: nothing. */
export interface Seen extends Pick<RunFacts, "killReason" | "forbidden" | "interruptedBy" | "wallTimeMs" | "stdout" | "stderr" | "fault"> {
  readonly launch: Launch;
  readonly program: ChildEnd | null;
  readonly launcher: ChildUsage | null;
  readonly meter: Meter;
  readonly orphansCpuTimeMs: number;
}

export function factsOf({ launch, meter, orphansCpuTimeMs, ...seen }: Seen): RunFacts {
  const started = launch.kind === "started";
  const program = seen.program ?? { exitCode: null, signal: null, usage: none };
  const launcher = seen.launcher ?? none;
  const used = meter.final({ program, launcher, orphansCpuTimeMs });
  return {
    launch,
    exitCode: launch.kind === "not executable" ? 127 : started ? program.exitCode : null,
    signal: started ? program.signal : null,
    // What came out of the pipe only after the end counts as well.
    killReason: seen.killReason ?? (seen.stdout.truncated || seen.stderr.truncated ? "output" : null),
    forbidden: seen.forbidden,
    interruptedBy: seen.interruptedBy,
    ...used,
    ...(started ? {} : { cpuTimeMs: 0, memoryPeakBytes: null, memoryPeakSource: null, groupMemoryPeakBytes: null }),
    wallTimeMs: started ? seen.wallTimeMs : 0,
    hidesMemoryFiles: meter.hidesMemoryFiles,
    ...meter.oomKillsByCause(),
    ...meter.deniedForksByCause(),
    pageFaults: started ? Math.max(0, program.usage.pageFaults - launcher.pageFaults) : 0,
    contextSwitches: started ? Math.max(0, program.usage.contextSwitches - launcher.contextSwitches) : 0,
    mainUsage: seen.program?.usage ?? null,
    launcherUsage: seen.launcher,
    stdout: seen.stdout,
    stderr: seen.stderr,
    fault: seen.fault,
  };
}
