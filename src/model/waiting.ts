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

/** What a run can be told from outside, by the names of the signals that would say it to a process of its own. SIGKILL: its caller is gone. Without those that a verdict is made from. */
export const runSignals = [
  "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL", "SIGABRT", "SIGILL", "SIGFPE", "SIGSEGV", "SIGBUS", "SIGTRAP", "SIGPIPE", "SIGALRM",
  "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGVTALRM", "SIGPROF", "SIGIO",
] as const;

export type RunSignal = (typeof runSignals)[number];

/** Signals for one run, collected until they are taken. */
export interface SignalSource {
  /** Whether the run is to be ended, where that can be known without taking anything. Left out: it cannot. */
  readonly isStopping?: boolean;
  /** True: what is taken while it is not stopping is sent to the program. Left out: each of them ends the run, unless the run passes its signals through. */
  readonly delivers?: boolean;
  take(): RunSignal[];
  /** The run is over. */
  close(): void;
}

/** Has what is typed at a terminal that nobody sits at. Nothing of it throws. */
export interface TypedSource {
  /** The next bytes, at most so many; empty: none now; null: nothing will come any more. */
  take(most: number): Uint8Array | null;
  /** A new size of its window, once; null: it is as it was. */
  resized(): { readonly rows: number; readonly columns: number } | null;
}

/** Gets what a program writes while it runs. */
export interface OutputSink {
  /** False: nothing is taken out of the program's pipe now, so that the program waits when that is full. */
  readonly hasRoom: boolean;
  /** True: somebody waits for each piece, so it is taken as soon as it is there. Left out: small pieces may gather for some milliseconds. */
  readonly isAwaited?: boolean;
  /** How much the program may write, in place of its output limit. Left out: the output limit counts. */
  readonly mostBytes?: number;
  /** Gets a piece that is its own; also when it has no room, after the program has ended. Never throws. */
  take(bytes: Uint8Array): void;
  /** Nobody can write any more, or nobody takes it any more. Never throws. */
  ended?(): void;
}
