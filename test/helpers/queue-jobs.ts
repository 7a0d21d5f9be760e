/** Jobs for tests of the queue: plain data that nobody runs. */
import type { Job } from "../../src/serve/job.ts";
import type { JobResult } from "../../src/serve/outcome.ts";
import type { NewJob, QueueBounds, WorkerFacts } from "../../src/serve/queue/queue.ts";
import { jobResult } from "./fake-outcomes.ts";

export const anyBounds: QueueBounds = { jobs: 100_000, jobsOfKey: null, mostWaitSeconds: null };

export const aWorker: WorkerFacts = { name: "one", slots: 2, languages: null, labels: {} };

/** A program in C. */
export function queueJob(parts: Partial<Job> = {}): Job {
  return {
    id: crypto.randomUUID(), dialect: "v1", class: "normal", key: null, receivedAt: Date.now(), deadline: null, keepFor: null, labels: {},
    callback: null, memo: null,
    work: {
      kind: "program", language: "c", files: [{ name: "main.c", content: { text: "int main(){}" } }], data: [], compilerOptions: [], args: [], environment: {},
      compileLimits: {}, runLimits: {}, network: false, stderrToStdout: false, runs: 1,
      tests: [{ name: "1", stdin: { text: "" }, args: [], expected: null, limits: {} }],
      stopsAtFailure: false, checker: null, filesOut: [], keepsOrder: false,
    },
    ...parts,
  } as Job;
}

export function newJob(parts: Partial<Job> = {}, idempotency: NewJob["idempotency"] = null): NewJob {
  return { job: queueJob(parts), idempotency };
}

/** @param name tells one result from the other */
export function resultOf(attempt: number, name = "one"): JobResult {
  return jobResult({ attempt, worker: name });
}
