/** How one run waits, and how it hears of signals, where its caller has more to do than this run. */

/** Waits for descriptors on behalf of one run. */
export interface Waiter {
  /** The descriptors that became readable, or writable for `writable`, or tell something urgent, within `timeoutMs`; may return early with none. */
  wait(readable: readonly number[], timeoutMs: number, writable?: readonly number[], urgent?: readonly number[]): Promise<readonly number[]>;
  /**
   * Does a piece of work that the run itself does not need, when its caller has the result, or when the program takes long. Left out: the run
   * does it at once.
   */
  readonly later?: (work: () => void) => void;
  /** The run is over. */
  close(): void;
}

/** What a run can be told from outside, by the names of the signals that would say it to a process of its own. SIGKILL: its caller is gone. */
export type RunSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGQUIT" | "SIGUSR1" | "SIGUSR2" | "SIGWINCH" | "SIGKILL";

/** Signals for one run, collected until they are taken. */
export interface SignalSource {
  take(): RunSignal[];
  /** The run is over. */
  close(): void;
}
