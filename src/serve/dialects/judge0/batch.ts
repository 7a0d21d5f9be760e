/** Several submissions with one request. */
import { type Call, HttpFault, type Route } from "../../http/dialect.ts";
import type { NewJob } from "../../queue/queue.ts";
import { isBase64 } from "./base64-asked.ts";
import { requireNoMaintenance } from "./failure.ts";
import { fieldsOf } from "./fields.ts";
import { jobOf } from "./job-of.ts";
import { type Parameters, parametersOf, queryOf } from "./parameters.ts";
import { AnswerRoom, NotText, show } from "./show.ts";
import { readSubmission, type Submission } from "./submission.ts";
import { idempotencyOf, notText, submit } from "./submissions.ts";
import { FieldErrors } from "./values.ts";

export const batchRoutes: readonly Route[] = [
  { method: "POST", path: "/submissions/batch", scope: "run", handle: create },
  { method: "GET", path: "/submissions/batch", scope: "read", handle: get },
];

/** Those that are right are taken, whatever is wrong with the others. `wait` and `fields` count for nothing. */
async function create(call: Call): Promise<Response> {
  const { service } = call;
  const { config, contents } = service;
  requireNoMaintenance(config.judge0.maintenance);
  const parameters = await parametersOf(call);
  const list = parameters["submissions"];
  const asked = Array.isArray(list) ? list : [];
  requireSize(asked.length, config.judge0.mostBatch);
  const isEncoded = isBase64(parameters, config);
  const read: (Submission | FieldErrors)[] = [];
  for (const one of asked) read.push(await readSubmission(typeof one === "object" && one !== null ? (one as Parameters) : {}, isEncoded, service));
  const right = read.filter((one): one is Submission => !(one instanceof FieldErrors));
  if (right.length === 0) return Response.json(read.map((one) => (one as FieldErrors).texts), { status: 422 });
  const jobs: NewJob[] = [];
  for (const [at, submission] of right.entries()) jobs.push({ job: await jobOf(submission, false, call.caller.key, config, contents), idempotency: await idempotencyOf(call, ` ${at}`) });
  const added = await submit(call, jobs);
  const tokens = added.map((one) => (one.kind === "conflict" ? { error: "the Idempotency-Key belongs to another batch" } : { token: one.id }));
  const answers = read.map((one) => (one instanceof FieldErrors ? one.texts : tokens[right.indexOf(one)]));
  return Response.json(answers, { status: added.every(({ kind }) => kind === "conflict") ? 422 : 201 });
}

/** Tokens may come as a header: a URL with many of them is long. */
async function get(call: Call): Promise<Response> {
  const { service, request } = call;
  const query = queryOf(call.url);
  const tokens = String(request.headers.get("tokens") ?? query["tokens"] ?? "").split(",").map((token) => token.trim()).filter((token) => token !== "");
  requireSize(tokens.length, service.config.judge0.mostBatch);
  const showing = { fields: fieldsOf(query["fields"]), isBase64: isBase64(query, service.config), room: new AnswerRoom(service.config.bounds.jobBytes) };
  const stored = await service.getMany(tokens);
  try {
    const submissions = await Promise.all(stored.map(async (one) => (one?.job.dialect === "judge0" ? await show(one, showing, service.contents) : null)));
    return Response.json({ submissions });
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
    return Response.json({ error: notText }, { status: 400 });
  }
}

/** @throws HttpFault 400 */
function requireSize(size: number, most: number): void {
  if (size === 0) throw new HttpFault(400, "empty-batch", "there should be at least one submission in a batch");
  if (size > most) throw new HttpFault(400, "batch-too-large", `number of submissions in a batch should be less than or equal to ${most}`);
}
