/** One submission: handed in, shown, deleted. */
import { type Call, HttpFault, type Route } from "../../http/dialect.ts";
import type { Added, NewJob, StoredJob } from "../../queue/queue.ts";
import { Refusal } from "../../service.ts";
import { requireAuthorized } from "./authorized.ts";
import { isBase64 } from "./base64-asked.ts";
import { asFault, requireNoMaintenance } from "./failure.ts";
import { fieldsOf } from "./fields.ts";
import { jobOf } from "./job-of.ts";
import { parametersOf, queryOf } from "./parameters.ts";
import { AnswerRoom, NotText, show, type Showing } from "./show.ts";
import { statusId, statusOf } from "./statuses.ts";
import { readSubmission } from "./submission.ts";
import { FieldErrors } from "./values.ts";
import { verdictOf } from "./verdict.ts";

/** Nobody waits longer for one answer. */
const longestWaitSeconds = 600;

export const notText = "some of it is not UTF-8: ask for it with base64_encoded=true";

export const submissionRoutes: readonly Route[] = [
  { method: "POST", path: "/submissions", scope: "run", handle: create },
  { method: "GET", path: "/submissions", scope: "read", handle: list },
  { method: "GET", path: "/submissions/:token", scope: "read", handle: get },
  { method: "DELETE", path: "/submissions/:token", scope: "run", handle: remove },
];

async function create(call: Call): Promise<Response> {
  const { service: { config, contents } } = call;
  requireNoMaintenance(config.judge0.maintenance);
  const parameters = await parametersOf(call);
  const isWaited = parameters["wait"] === "true" || parameters["wait"] === true;
  if (isWaited && !config.judge0.waitAllowed) throw new HttpFault(400, "wait-not-allowed", "wait not allowed");
  const showing = { fields: fieldsOf(parameters["fields"]), isBase64: isBase64(parameters, config) };
  const submission = await readSubmission(parameters, showing.isBase64, call.service);
  if (submission instanceof FieldErrors) return Response.json(submission.texts, { status: 422 });
  const job = await jobOf(submission, isWaited, call.caller.key, config, contents);
  const [added] = await submit(call, [{ job, idempotency: await idempotencyOf(call, "") }]);
  if (added!.kind === "conflict") return Response.json({ error: "the Idempotency-Key belongs to another submission" }, { status: 422 });
  const token = added!.id;
  if (!isWaited) return Response.json({ token }, { status: 201 });
  call.mayWait();
  const stored = await call.service.wait(token, 1000 * Math.min(config.bounds.wait, longestWaitSeconds), call.signal);
  return stored === null ? Response.json({ token }, { status: 201 }) : await shown(stored, showing, call, 201);
}

/** @throws HttpFault 503 */
export async function submit(call: Call, jobs: readonly NewJob[]): Promise<readonly Added[]> {
  try {
    const added = await call.service.submit(jobs);
    call.note({ jobs: added.map(({ id }) => id) });
    return added;
  } catch (error) {
    throw error instanceof Refusal ? asFault(error) : error;
  }
}

/** @param part of a request that asks for several: each has a key of its own */
export async function idempotencyOf(call: Call, part: string): Promise<NewJob["idempotency"]> {
  const key = call.request.headers.get("idempotency-key");
  if (key === null || key.trim() === "") return null;
  return { key: `judge0 ${key}${part}`, bodyHash: new Bun.CryptoHasher("sha256").update(`${call.url.search}\0`).update(await call.bytes()).digest("hex") };
}

async function shown(stored: StoredJob, showing: Showing, { service }: Call, status: number): Promise<Response> {
  try {
    return Response.json(await show(stored, showing, service.contents), { status });
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
    return status === 201 ? Response.json({ token: stored.job.id, error: notText }, { status }) : Response.json({ error: notText }, { status: 400 });
  }
}

/** Jobs of other dialects are none. @throws HttpFault 404 */
async function found(call: Call): Promise<StoredJob> {
  const stored = await call.service.get(call.params["token"]!);
  if (stored?.job.dialect !== "judge0") throw new HttpFault(404, "not-found", "there is no submission with this token");
  return stored;
}

async function get(call: Call): Promise<Response> {
  const query = queryOf(call.url);
  const showing = { fields: fieldsOf(query["fields"]), isBase64: isBase64(query, call.service.config) };
  return await shown(await found(call), showing, call, 200);
}

/** The answer is Base64, whatever was asked for: there is no second chance to read it. */
async function remove(call: Call): Promise<Response> {
  requireAuthorized(call);
  requireNoMaintenance(call.service.config.judge0.maintenance);
  const fields = fieldsOf(queryOf(call.url)["fields"]);
  const stored = await found(call);
  const { status } = verdictOf(stored);
  const answer = await shown(stored, { fields, isBase64: true }, call, 200);
  const isOver = status !== statusId.inQueue && status !== statusId.processing;
  if (isOver && (await call.service.remove(stored.job.id))) return answer;
  throw new HttpFault(400, "not-ended", `submission cannot be deleted because its status is ${status} (${statusOf(status).description})`);
}

const mostPerPage = 100;

async function list(call: Call): Promise<Response> {
  requireAuthorized(call);
  const query = queryOf(call.url);
  const showing = { fields: fieldsOf(query["fields"]), isBase64: isBase64(query, call.service.config), room: new AnswerRoom(call.service.config.bounds.jobBytes) };
  const page = wholeNumber("page", query["page"], 1, 1);
  const perPage = Math.min(wholeNumber("per_page", query["per_page"], 20, 0), mostPerPage);
  const { total, jobs } = await call.service.list("judge0", (page - 1) * perPage, perPage);
  const pages = perPage === 0 ? 0 : Math.ceil(total / perPage);
  try {
    const submissions = await Promise.all(jobs.map((stored) => show(stored, showing, call.service.contents)));
    return Response.json({
      submissions,
      meta: { current_page: page, next_page: page < pages ? page + 1 : null, prev_page: page > 1 ? page - 1 : null, total_pages: pages, total_count: total },
    });
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
    return Response.json({ error: notText }, { status: 400 });
  }
}

/** @throws HttpFault 400 */
function wholeNumber(name: string, value: unknown, usual: number, least: number): number {
  if (value === undefined || value === "") return usual;
  const number = /^\d{1,9}$/.test(String(value)) ? Number(value) : NaN;
  if (!(number >= least)) throw new HttpFault(400, "invalid-page", `invalid ${name}: ${String(value).slice(0, 50)}`);
  return number;
}
