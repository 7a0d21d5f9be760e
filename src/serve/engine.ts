/** The service as the process that runs it has it: what works behind {@link Service}, and its end. */
import type { ServeConfig } from "./config/config.ts";
import type { Job } from "./job.ts";
import type { JobResult } from "./outcome.ts";
import type { Queue } from "./queue/queue.ts";
import type { Service } from "./service.ts";

export interface Engine {
  readonly service: Service;
  readonly queue: Queue;
  /** Takes no jobs any more, and begins none: what waits stays in the store. */
  drain(): void;
  /** Until no job runs here. */
  idle(): Promise<void>;
  /** What still runs goes back to its place in the queue, and the start does not count. */
  close(): Promise<void>;
  /** Packs and keys as they are now. What runs is not touched. @throws IsolateError: something is wrong with them, and the old ones stay */
  reload(config: ServeConfig): Promise<void>;
}

/** Hears what happens behind the service, for logs, figures and readiness. */
export interface Hears {
  /** A job that ran here has its result. */
  jobEnded(job: Job, result: JobResult): void;
  /** One call of the store. @param operation such as `add` or `claim` */
  storeCall(operation: string, seconds: number, isFault: boolean): void;
}
