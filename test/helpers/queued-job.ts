/** Jobs as tests of the queue want them: what a test does not say is of no importance there. */
import type { Job, ProgramWork } from "../../src/serve/job.ts";
import type { NewJob, QueueBounds, WorkerFacts } from "../../src/serve/queue/queue.ts";

const nothing: ProgramWork = {
  kind: "program", language: "python", files: [{ name: "main.py", content: { text: "" } }], data: [], compilerOptions: [], args: [], environment: {}, compileLimits: {}, runLimits: {},
  network: false, stderrToStdout: false, runs: 1, tests: [{ name: "1", stdin: { text: "" }, args: [], expected: null, limits: {} }], stopsAtFailure: false, checker: null, filesOut: [], keepsOrder: false,
};

export type JobParts = Partial<Omit<Job, "work">> & { readonly work?: Partial<ProgramWork>; readonly idempotency?: NewJob["idempotency"] };

/** A job with an id of its own. */
export function newJob({ work, idempotency = null, ...parts }: JobParts = {}): NewJob {
  return {
    job: {
      id: crypto.randomUUID(), dialect: "v1", class: "normal", key: null, receivedAt: Date.now(), deadline: null, keepFor: null, labels: {}, isStreamed: false, callback: null, memo: null, ...parts,
      work: { ...nothing, ...work },
    },
    idempotency,
  };
}

export const noBounds: QueueBounds = { jobs: 1_000_000, jobsOfKey: null, mostWaitSeconds: null };

/** A worker that can run everything. */
export function someWorker(parts: Partial<WorkerFacts> = {}): WorkerFacts {
  return { name: "worker", slots: 2, languages: null, labels: {}, ...parts };
}
