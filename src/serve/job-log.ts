/** What a server and a worker have in common around their jobs: a line of the log for each, and a directory that nobody else reads. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { IsolateError, messageOf } from "../model/errors.ts";
import type { Log } from "./http/log.ts";
import type { Job } from "./job.ts";
import type { JobResult } from "./outcome.ts";

/** No source, no input and no output stands in it. */
export function logJob(log: Log, job: Job, result: JobResult): void {
  log.say(result.outcome === "failed" ? "warn" : "info", "job", {
    job: job.id, dialect: job.dialect, ...(job.key === null ? {} : { key: job.key }), language: job.work.kind === "program" ? job.work.language : null, outcome: result.outcome,
    ...(result.outcome === "finished" ? { status: result.status } : {}), ...(result.problem === null ? {} : { problem: result.problem }), attempt: result.attempt, worker: result.worker,
    waited_ms: result.startedAt === null ? null : Math.max(0, Math.round(result.startedAt - job.receivedAt)), took_ms: result.startedAt === null ? null : Math.round(result.endedAt - result.startedAt),
  });
}

/** Sources and results lie there: nobody else reads them. @throws IsolateError of kind Io */
export function makePrivate(directory: string): void {
  try {
    mkdirSync(dirname(directory), { recursive: true });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new IsolateError("Io", `cannot make the data directory ${directory}: ${messageOf(error)}`, { hint: "name another one with --data-dir" });
  }
}
