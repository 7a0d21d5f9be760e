/** What somebody outside can see of a run while it goes on, for whom the order of events in several runs matters. */
import type { KillReason } from "./observation.ts";

/** The processes of a run, while it runs. */
export interface RunningBox {
  /** Readable from the end of the main process on. */
  readonly pidfd: number;
  /** Whether the main process is on its way out, although it has not ended yet: it runs no code of its own any more. */
  isLeaving(): boolean;
  /** Whether some process of the box runs, or could with a processor or a disk; false: all of them wait for something. */
  isBusy(): boolean;
}

/** Hears of the moments of a run as its supervisor sees them. Nothing of it may throw. */
export interface RunMoments {
  /** The program runs. */
  started?(box: RunningBox): void;
  /** The main process has ended by itself, and was reaped. */
  ended?(exitCode: number | null, signal: number | null): void;
  /** All processes of the box are killed now. */
  killed?(reason: KillReason): void;
  /** Nothing of the run lives any more. @param processesPeak processes and threads at the same time; null: nobody counted them */
  counted?(processesPeak: number | null): void;
}
