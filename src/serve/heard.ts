/** What becomes of the end of a job around it: the log, the figures, readiness, its callback. */
import { IsolateError } from "../model/errors.ts";
import type { Engine, Hears } from "./engine.ts";
import type { Dialect } from "./http/dialect.ts";
import type { Log } from "./http/log.ts";
import type { SandboxTrial } from "./http/sandbox-trial.ts";
import type { Job } from "./job.ts";
import { logJob } from "./job-log.ts";
import type { ServiceMetrics } from "./metrics/service-metrics.ts";
import type { JobResult } from "./outcome.ts";
import type { StoredJob } from "./queue/queue.ts";

/** What is heard of jobs goes to the log, the figures and the readiness. */
export class Heard implements Hears {
  readonly log: Log;
  readonly metrics: ServiceMetrics;
  readonly sandbox: SandboxTrial;

  constructor(log: Log, metrics: ServiceMetrics, sandbox: SandboxTrial) {
    [this.log, this.metrics, this.sandbox] = [log, metrics, sandbox];
  }

  jobEnded(job: Job, result: JobResult): void {
    this.metrics.jobEnded(job, result);
    this.sandbox.provenBy(result);
    logJob(this.log, job, result);
  }

  storeCall(operation: string, seconds: number, isFault: boolean): void {
    this.metrics.storeCall(operation, seconds, isFault);
  }
}

/** In the words of the dialect that the job came in. */
export async function callbackOf(stored: StoredJob, dialects: readonly Dialect[], { service }: Engine): ReturnType<NonNullable<Dialect["callbackBody"]>> {
  const dialect = dialects.find(({ name }) => name === stored.job.dialect);
  if (dialect?.callbackBody === undefined) throw new IsolateError("Config", `the dialect ${stored.job.dialect} has no callbacks`);
  return await dialect.callbackBody(stored, service);
}
