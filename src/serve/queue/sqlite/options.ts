/** How the queue is kept, and for how long. */
import type { HostClocks } from "./clock.ts";

export interface QueueOptions {
  /** `full`: each transaction is on the disk before it is acknowledged. */
  readonly sync: "normal" | "full";
  /** Starts without a result, after which a job is among the dead. */
  readonly attempts: number;
  /** Time without a word from a worker, after which its jobs are given to others. */
  readonly leaseMs: number;
  readonly results: {
    readonly keepMs: number;
    readonly mostCount: number;
    /** Of records, results and their contents. */
    readonly mostBytes: number;
  };
  /** Bytes that must be free on the file system for a job to be taken: results of those that were taken need them. 16 MiB when left out. */
  readonly spareBytes?: number;
  /** For tests. */
  readonly clocks?: HostClocks;
  /** Milliseconds for which a content may be without a job; ten minutes when left out. */
  readonly contentGraceMs?: number;
}
