/** Jobs: submitted, looked at, ended. */
import * as v from "valibot";
import { type Call, HttpFault } from "../../http/dialect.ts";
import type { Job } from "../../job.ts";
import type { Added, NewJob, StoredJob } from "../../queue/queue.ts";
import { eventsOf } from "./events.ts";
import { invalid } from "./invalid-request.ts";
import { isId, maySee, maySeeAll, noQuery, ownJob, shownBy, shownQuery, waited, waitQuery } from "./job-access.ts";
import { makeJob } from "./make-job.ts";
import { bodyOf, json, type Operation, queryOf } from "./operation.ts";
import { JobSchema, JobsSchema } from "./schema/answer.ts";
import { BatchRequestSchema, JobRequestSchema } from "./schema/request.ts";
import { EventSchema } from "./schema/service.ts";
import { said } from "./schema/values.ts";
import { inTurn, type Shown, Teller, viewOf } from "./view.ts";

const id = said(v.pipe(v.string(), v.uuid()), "Of the job.");
const idempotency = { "Idempotency-Key": said(v.pipe(v.string(), v.minLength(1), v.maxLength(255)), "A request with the same key and the same body is the same job. Another body with it is refused.") };
const whole = v.pipe(v.number("must be a number"), v.integer("must be a whole number"));
const listQuery = {
  ids: said(v.string(), "Ids of jobs, between commas."),
  offset: said(v.pipe(whole, v.minValue(0, "must not be negative")), "Of a list: how many are passed over."),
  limit: said(v.pipe(whole, v.minValue(1, "must be at least 1"), v.maxValue(1000, "must be at most 1000")), "Of a list: how many at most. Left out: 20."),
  ...shownQuery,
};
const unknown = { 404: { description: "There is no such job.", schema: null } } as const;

export const jobOperations: readonly Operation[] = [
  {
    method: "POST", path: "/jobs", scope: "run", id: "submitJob", summary: "Submit a job",
    description: "An acknowledged job survives the end of the service. With `Accept: text/event-stream` the answer is the stream of its events, from the first one on.",
    query: { ...waitQuery, ...shownQuery }, headers: idempotency, body: JobRequestSchema, refuses: ["unknown-language", "limit-too-high", "idempotency-conflict"],
    answers: {
      200: { description: "The job of an earlier request with the same Idempotency-Key; or the events, if they were asked for.", schema: JobSchema },
      201: { description: "The job, as it is after `wait`. `Location` has its address.", schema: JobSchema },
    },
    handle: submit,
  },
  {
    method: "GET", path: "/jobs/:id", scope: "read", id: "getJob", summary: "Look at a job, or wait for its end", params: { id }, query: { ...waitQuery, ...shownQuery },
    answers: { 200: { description: "The job.", schema: JobSchema }, ...unknown },
    async handle(call) {
      const { wait, ...rest } = queryOf(call.url, { ...waitQuery, ...shownQuery });
      const shown = shownBy(rest);
      return json(200, await viewOf(await waited(await ownJob(call), call, wait), call.service.contents, shown));
    },
  },
  {
    method: "DELETE", path: "/jobs/:id", scope: "run", id: "deleteJob", summary: "Cancel a job, or remove its result", params: { id },
    answers: { 202: { description: "It had not ended, and is cancelled.", schema: JobSchema }, 204: { description: "It had ended, and its result is gone.", schema: null }, ...unknown },
    async handle(call) {
      noQuery(call.url);
      const { job } = await ownJob(call);
      if (await call.service.remove(job.id)) return new Response(null, { status: 204 });
      return await cancelled(call, 202);
    },
  },
  {
    method: "POST", path: "/jobs/:id/cancel", scope: "run", beginsNothing: true, id: "cancelJob", summary: "Cancel a job", description: "A program that runs is killed. A job that has ended stays as it is.", params: { id },
    answers: { 200: { description: "The job. It has ended, or ends soon.", schema: JobSchema }, ...unknown },
    handle: (call) => cancelled(call, 200),
  },
  {
    method: "POST", path: "/batch", scope: "run", id: "submitBatch", summary: "Submit many jobs", description: "All of them are taken, or none is.",
    query: { ...waitQuery, ...shownQuery }, headers: idempotency, body: BatchRequestSchema, refuses: ["unknown-language", "limit-too-high", "idempotency-conflict"],
    answers: { 201: { description: "The jobs in the order of the request, as they are after `wait`.", schema: JobsSchema } },
    handle: submitBatch,
  },
  {
    method: "GET", path: "/jobs", scope: "read", id: "getJobs", summary: "Look at many jobs", description: "With `ids` those; else all, newest first, which needs the scope `admin` if the service has keys.",
    query: listQuery,
    answers: { 200: { description: "The jobs.", schema: JobsSchema } },
    handle: many,
  },
];

export const eventOperation: Operation = {
  method: "GET", path: "/jobs/:id/events", scope: "read", id: "watchJob", summary: "Watch a job",
  description: "Server-sent events. The first one is the state of the job; `ended` comes exactly once, and is the last one. What happened before is not told again, so `Last-Event-ID` goes on with the numbers only; after `ended` the answer is 204, which ends the trying of browsers.",
  params: { id }, query: shownQuery, headers: { "Last-Event-ID": said(v.string(), "Of the last event that was seen.") },
  answers: { 200: { description: "The events.", schema: EventSchema, type: "text/event-stream" }, 204: { description: "The end was told already.", schema: null }, ...unknown },
  async handle(call) {
    const shown = shownBy(queryOf(call.url, shownQuery));
    const { job } = await ownJob(call);
    return await eventsOf(job.id, call, shown);
  },
};

async function submit(call: Call): Promise<Response> {
  const { wait, ...rest } = queryOf(call.url, { ...waitQuery, ...shownQuery });
  const shown = shownBy(rest);
  const { value, raw } = await bodyOf(call, JobRequestSchema);
  const isLive = (call.request.headers.get("accept") ?? "").includes("text/event-stream");
  const job = await makeJob(value, call, { at: "", class: isLive || (wait ?? 0) > 0 ? "interactive" : "normal", isLive });
  const [added] = await call.service.submit([{ job, idempotency: idempotencyOf(call, raw, "") }]);
  call.note({ jobs: [added!.id] });
  if (added!.kind === "conflict") throw conflict();
  if (isLive) return await eventsOf(added!.id, call, shown, { Location: locationOf(call, added!.id) });
  const stored = await waited(await present(added!, job, call), call, wait);
  return json(added!.kind === "known" ? 200 : 201, await viewOf(stored, call.service.contents, shown), { Location: locationOf(call, added!.id) });
}

async function submitBatch(call: Call): Promise<Response> {
  const { wait, ...rest } = queryOf(call.url, { ...waitQuery, ...shownQuery });
  const shown = shownBy(rest);
  const { value, raw } = await bodyOf(call, BatchRequestSchema);
  const { service } = call;
  if (value.length > service.config.bounds.batch) throw invalid("", `has more than ${service.config.bounds.batch} jobs`);
  const jobs: NewJob[] = [];
  for (const [index, request] of value.entries()) {
    const job = await makeJob(request, call, { at: String(index), class: "batch", isLive: false });
    jobs.push({ job, idempotency: idempotencyOf(call, raw, `#${index}`) });
  }
  const added = await service.submit(jobs);
  if (added.some(({ kind }) => kind === "conflict")) {
    // An earlier batch with this key was shorter: what it did not have was added just now.
    for (const { kind, id: other } of added) if (kind === "added") await service.cancel(other);
    throw conflict();
  }
  call.note({ jobs: added.map(({ id: own }) => own) });
  const stored: StoredJob[] = [];
  for (const [index, one] of added.entries()) stored.push(await present(one, jobs[index]!.job, call));
  return await told(201, wait === undefined || wait === 0 ? stored : await allWaited(stored, call, wait), call, shown);
}

/** All of them have the same time; afterwards each is told as it is then. */
async function allWaited(jobs: readonly StoredJob[], call: Call, seconds: number): Promise<readonly StoredJob[]> {
  const { service } = call;
  const until = Date.now() + Math.min(seconds, service.config.bounds.wait) * 1000;
  for (const stored of jobs) await waited(stored, call, Math.max(0, until - Date.now()) / 1000);
  const now = await service.getMany(jobs.map(({ job }) => job.id));
  return jobs.map((stored, index) => now[index] ?? stored);
}

async function many(call: Call): Promise<Response> {
  const query = queryOf(call.url, listQuery);
  const shown = shownBy(query);
  const { service, caller } = call;
  if (query.ids !== undefined) {
    const ids = query.ids.split(",").map((text) => text.trim());
    if (ids.length > service.config.bounds.batch) throw invalid("?ids", `has more than ${service.config.bounds.batch} ids`);
    const found = await service.getMany(ids.filter(isId));
    const byId = new Map(ids.filter(isId).map((one, index) => [one, found[index] ?? null]));
    return await told(200, ids.map((one) => byId.get(one) ?? null).map((stored) => (stored !== null && maySee(stored, caller) ? stored : null)), call, shown);
  }
  if (!maySeeAll(caller)) throw new HttpFault(403, "not-allowed", "only a key with the scope admin can list jobs: give ids");
  const { total, jobs } = await service.list(null, query.offset ?? 0, query.limit ?? 20);
  return await told(200, jobs, call, shown, total);
}

async function cancelled(call: Call, status: number): Promise<Response> {
  noQuery(call.url);
  const { job } = await ownJob(call);
  await call.service.cancel(job.id);
  return json(status, await viewOf(await ownJob(call), call.service.contents, shownBy({})));
}

async function told(status: number, jobs: readonly (StoredJob | null)[], { service }: Call, shown: Shown, total?: number): Promise<Response> {
  const teller = new Teller(service.contents, shown);
  const views = await inTurn(jobs, async (stored) => (stored === null ? null : await viewOf(stored, service.contents, shown, teller)));
  return json(status, { jobs: views, ...(total === undefined ? {} : { total }) });
}

/** A job as it was stored: only one of an earlier request has to be looked at, and may be gone. */
async function present({ kind, id: own }: Added, job: Job, { service }: Call): Promise<StoredJob> {
  const earlier = kind === "known" ? await service.get(own) : null;
  return earlier ?? { job: { ...job, id: own }, state: "queued", attempts: 0, startedAt: null, result: null, callbackError: null };
}

function idempotencyOf({ request }: Pick<Call, "request">, raw: unknown, part: string): NewJob["idempotency"] {
  const key = request.headers.get("idempotency-key");
  if (key === null) return null;
  if (key === "" || key.length > 255) throw invalid("Idempotency-Key", "must have 1 to 255 characters");
  return { key: `${key}${part}`, bodyHash: new Bun.CryptoHasher("sha256").update(JSON.stringify(raw)).digest("hex") };
}

const conflict = () => new HttpFault(422, "idempotency-conflict", "another request came with the same Idempotency-Key: take a new key for a new job");
const locationOf = ({ url }: Call, own: string) => `${url.pathname.replace(/\/jobs\/?$/, "")}/jobs/${own}`;
