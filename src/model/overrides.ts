/** What a caller may say about one run and nothing else: limits, and where its input comes from. */

/** Limits that hold for one run only; a missing key leaves the instance's own, null lifts it. */
export interface Overrides {
  /** Seconds of CPU time, in place of both `time_limit` and `cpu_time_limit`. Without `maxTime` it sets the wall time limit too, to twice this time. */
  readonly maxCpu?: number | null;
  /** Bytes of memory, in place of `memory_limit`. */
  readonly maxMemory?: number | null;
  /** Seconds on the clock, in place of `wall_time_limit`. */
  readonly maxTime?: number | null;
}

/** Where the program's standard input comes from. */
export type Stdin =
  | { /** Nothing. */ readonly kind: "empty" }
  | { /** These bytes. */ readonly kind: "bytes"; /** All that the program reads. */ readonly bytes: Uint8Array }
  | { /** What can be read from a descriptor of this process. */ readonly kind: "descriptor"; /** Its number. It is read from its current position. */ readonly fd: number };
