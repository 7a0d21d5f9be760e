/** What the supervision of one run is given. */
import type { RunGroup } from "../../cgroup/controller.ts";
import type { LaunchPlan } from "../../model/plan.ts";
import type { RunMoments } from "../../model/moments.ts";
import type { HandedDescriptor, OwnTerminal } from "../../model/request.ts";
import type { OutputSink, SignalSource, Waiter } from "../../model/waiting.ts";
import type { RunLimits } from "../../model/run-limits.ts";
import type { PassedStreams } from "./passed-streams.ts";
import type { Beginning, RunProcesses } from "./spawn.ts";
import type { StdinSource } from "./stdin-source.ts";
import type { BoxUser } from "./user-end.ts";

export interface RunJob {
  readonly plan: LaunchPlan;
  readonly limits: RunLimits;
  readonly group: RunGroup | null;
  readonly beginning: Beginning;
  /** Descriptor of a user namespace that is there; null: the run gets a new one, if it gets any. */
  readonly userNamespace?: number | null;
  /** Without one: the user that only processes of this run have; null: others may have it. */
  readonly user?: BoxUser | null;
  /** The launcher is born in the group, if the group is of version 2. */
  readonly bornInGroup: boolean;
  /** Descriptor for the program's 0, or what a pipe for it is filled from. */
  readonly stdin: Pick<StdinSource, "fd" | "byPipe">;
  /** Further descriptors of ours for the program, under the same numbers. */
  readonly inherit: readonly number[];
  /** As in RunOptions; left out: none. */
  readonly handed?: readonly HandedDescriptor[];
  readonly passthrough: boolean;
  /** With `passthrough`: our 1 and 2 as the program gets them; left out or null: as they are. */
  readonly passed?: PassedStreams | null;
  /** As in RunOptions; not with `passthrough`. */
  readonly stdoutTo?: number | OutputSink | null;
  readonly stderrTo?: number | OutputSink | null;
  /** The filter asks us about every descriptor that is to become non-blocking (plan/waiting-writes.ts). */
  readonly waitingWrites: boolean;
  /** Which of our 0, 1 and 2 are a terminal in whose place the program has one of its own; left out or null: none. */
  readonly terminal?: readonly [boolean, boolean, boolean] | null;
  /** As in RunOptions; not with `terminal`. */
  readonly ownTerminal?: OwnTerminal | null;
  /** Files of the box that the launcher opens, and whose other end it waits for if they are named pipes. */
  readonly opens: readonly string[];
  readonly blocking: boolean;
  /** As in RunOptions. */
  readonly waiter?: Waiter | null;
  readonly signals?: SignalSource | null;
  readonly moments?: RunMoments | null;
  /** Gives the processes of the run, which wait already, in place of starting them; left out or null: they are started. @param given descriptors for 0, 1 and 2 */
  readonly begin?: ((given: readonly [number, number, number]) => RunProcesses) | null;
  /** Called once the program runs: something that is not for this run. */
  readonly meanwhile?: (() => void) | null;
  readonly trace: ((line: string) => void) | null;
}
