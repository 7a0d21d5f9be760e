/** One request, from its JSON to results, whatever way it came by. */
import type { Caller } from "../../http/dialect.ts";
import type { Job } from "../../job.ts";
import type { JobResult } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import type { FileStore } from "./file-store.ts";
import type { GoMetrics } from "./metrics.ts";
import type { GoRequest } from "./request.ts";
import { type GoResult, resultOf } from "./result.ts";
import { workOf } from "./work.ts";

/** What the dialect has beside the service. */
export interface Desk {
  readonly files: FileStore;
  readonly metrics: GoMetrics;
}

/** Nothing came of a request, which says nothing about its programs. */
export class NoResults extends Error {}

/** @throws BadRequest, UnknownFile; what the store of contents throws */
export async function jobOf(request: GoRequest, service: Service, { files }: Desk, caller: Pick<Caller, "key">, isLive: boolean): Promise<Job> {
  const work = await workOf(request, service, { files, owner: caller.key, isLive });
  return {
    id: crypto.randomUUID(),
    dialect: "go-judge",
    class: "interactive",
    key: caller.key,
    receivedAt: Date.now(),
    deadline: null,
    keepFor: 0,
    labels: {},
    callback: null,
    isStreamed: isLive,
    work,
    memo: null,
  };
}

/** @throws NoResults */
export async function resultsOf(request: GoRequest, job: Job, result: JobResult, service: Service, { files, metrics }: Desk): Promise<readonly GoResult[]> {
  const { work } = job;
  if (work.kind !== "commands" || result.commands.length !== work.commands.length) {
    metrics.failed();
    throw new NoResults(result.outcome === "cancelled" ? "request cancelled before execute" : (result.problem ?? "the commands were not run"));
  }
  const results: GoResult[] = [];
  const room = { bytes: service.config.bounds.jobBytes };
  for (const [number, outcome] of result.commands.entries()) results.push(await resultOf(outcome, request.cmd[number]!, work.commands[number]!, service, files, job.key, room));
  for (const one of results) metrics.ran(one);
  return results;
}
