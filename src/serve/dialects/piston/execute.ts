/** `POST /execute`: a program is compiled and run, and the request is answered with what came of it. */
import { type Call, HttpFault } from "../../http/dialect.ts";
import type { JobResult } from "../../outcome.ts";
import { readObject } from "./body.ts";
import { jobFor } from "./job.ts";
import { readExecute } from "./request.ts";
import { runtimesOf } from "./runtimes.ts";
import { stagesOf } from "./stage.ts";

/** @throws HttpFault, Refusal */
export async function execute(call: Call): Promise<Response> {
  const { service, caller, signal } = call;
  const body = await readObject(call);
  const request = readExecute(body, await runtimesOf(service, caller), service.config);
  const job = await jobFor(request, call);
  call.mayWait();
  const result = await service.perform(job, signal);
  call.note({ jobs: [job.id], status: result.status });
  const stages = await stagesOf(result, service.contents);
  if (stages === null) throw nothingRan(result);
  const { language, version } = request.runtime;
  return Response.json({ ...stages, language, version });
}

/** Why there is no stage at all. */
export function nothingRan({ outcome, problem }: JobResult): HttpFault {
  switch (outcome) {
    case "cancelled": return new HttpFault(503, "cancelled", "the job was cancelled");
    case "expired": return new HttpFault(503, "expired", "the job waited too long and was not begun");
    default: return new HttpFault(500, "internal", problem ?? "the program could not be run");
  }
}
