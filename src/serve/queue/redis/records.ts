/** Jobs as the store has them. */
import type { Job } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import { needOf } from "../needs.ts";
import { StoreFault, type JobState, type NewJob, type StoredJob } from "../queue.ts";
import { type Referred, referredContents } from "../referred-contents.ts";
import { deadProblem, unrunResult } from "../unrun.ts";

const states: Readonly<Record<string, JobState>> = { q: "queued", r: "running", e: "ended" };

/** @param record as the scripts give it; empty: there is none @throws StoreFault when it cannot be read */
export function storedJob(record: unknown): StoredJob | null {
  if (!Array.isArray(record)) return null;
  const [job, state, attempts, started, result, callbackError] = record as string[];
  try {
    return {
      job: JSON.parse(job!) as Job,
      state: states[state!]!,
      attempts: Number(attempts),
      startedAt: started === "" ? null : Number(started),
      result: result === "" ? null : (JSON.parse(result!) as JobResult),
      callbackError: callbackError === "" ? null : callbackError!,
    };
  } catch (error) {
    throw new StoreFault("a job in the store cannot be read", { cause: error });
  }
}

/** What the store has to know of a job without reading it. All of it is text or numbers. @param json the job @param from the instance that is told of its end */
export function metaOf({ job, idempotency }: NewJob, json: string, keepMs: number, from: string): Readonly<Record<string, string | number>> {
  // Who asks once more with the same key wants the result of the first time.
  const isOnce = job.keepFor === 0 && idempotency === null;
  return {
    id: job.id,
    class: job.class,
    need: needOf(job),
    key: storedKey(job.key),
    dialect: job.dialect,
    keep: job.keepFor === 0 ? keepMs : (job.keepFor ?? keepMs),
    once: isOnce ? 1 : 0,
    callback: job.callback === null ? 0 : 1,
    deadline: job.deadline ?? "",
    from,
    refs: hashesOf(referredContents(job, json)),
    idem: idempotency === null ? "" : encodeURIComponent(idempotency.key),
    hash: idempotency === null ? "" : encodeURIComponent(idempotency.bodyHash),
  };
}

/** Of jobs without a key there is one, which nobody else can have. */
export const storedKey = (key: string | null): string => (key === null ? "-" : `k${encodeURIComponent(key)}`);

export const hashesOf = (contents: readonly Referred[]): string => contents.map(({ sha256 }) => sha256).join(",");

/** Results that the store makes: it fills in what stands between the at signs. */
export function templates(attempts: number, reason: string | null = null): string {
  const template = (outcome: Parameters<typeof unrunResult>[0], problem: string | null) =>
    JSON.stringify({ ...unrunResult(outcome, problem, 0, null, 0), attempt: "@attempt@", startedAt: "@started@", endedAt: "@now@" });
  return JSON.stringify({
    attempts,
    dead: template("failed", reason === null ? deadProblem(attempts) : `${deadProblem(attempts)}; the last time: ${reason}`),
    cancelled: template("cancelled", null),
    expired: template("expired", null),
  });
}
