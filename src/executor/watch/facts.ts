/** The facts of one run: told as they are seen, and put together when nothing of it lives any more. */
import type { ChildEnd, ChildUsage } from "../../kernel/process.ts";
import type { RunMoments, RunningBox } from "../../model/moments.ts";
import type { KillReason, Launch, RunFacts } from "../../model/observation.ts";
import type { RunJob } from "./job.ts";
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

/** Tells the caller's trace, and who hears of the moments of the run. */
export class Told {
  readonly #job: Pick<RunJob, "trace" | "meanwhile">;
  readonly #moments: RunMoments | null;
  /** Its own end is a moment only while it runs and is not killed. */
  #runs = false;

  constructor(job: Pick<RunJob, "trace" | "meanwhile" | "moments">) {
    this.#job = job;
    this.#moments = job.moments ?? null;
  }

  started(box: () => RunningBox): void {
    this.#job.trace?.("the program runs");
    this.#runs = true;
    if (this.#moments !== null) this.#moments.started?.(box());
    this.#job.meanwhile?.();
  }

  /** @param why in words */
  killed(reason: KillReason, why: string = reason): void {
    this.#job.trace?.(`killing the box: ${why}`);
    this.#runs = false;
    this.#moments?.killed?.(reason);
  }

  /** @param program null: it has ended and cannot be reaped yet */
  ended(program: ChildEnd | null): void {
    if (this.#runs) this.#moments?.ended?.(program?.exitCode ?? null, program?.signal ?? null);
    this.#runs = false;
  }
}
