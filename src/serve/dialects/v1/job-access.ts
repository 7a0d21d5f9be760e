/** Jobs of the caller: those of other keys are as if they were not there. */
import * as v from "valibot";
import { type Call, type Caller, HttpFault } from "../../http/dialect.ts";
import type { StoredJob } from "../../queue/queue.ts";
import { queryOf } from "./operation.ts";
import { invalid } from "./invalid-request.ts";
import { jobFields } from "./schema/answer.ts";
import { said } from "./schema/values.ts";
import type { JobField, Shown } from "./view.ts";

/** Bytes of an output that an answer has when nobody asks for more or less. */
const usualOutput = 1024 * 1024;
/** Of all outputs of an answer together, or one output with so many bytes: a job can have a thousand tests. */
const usualOfAll = 16 * usualOutput;
const mostOutput = 64 * usualOutput;

export const waitQuery = { wait: said(v.pipe(v.number("must be a number of seconds"), v.minValue(0, "must not be negative")), "Seconds to wait for the end, at most as many as the service allows. The answer has the job as it is then.") };

export const shownQuery = {
  fields: said(v.string(), `Names of fields, between commas: ${jobFields.join(", ")}. Left out: all.`),
  output: said(v.pipe(v.number("must be a number of bytes"), v.integer("must be a whole number"), v.minValue(0, "must not be negative"), v.maxValue(mostOutput, `must be at most ${mostOutput}: all of an output is at an address of its own`)), `Bytes of each output that the answer has. Left out: ${usualOutput}. All outputs of an answer together have ${usualOfAll} bytes at most, or as many as this says, if that is more; the first ones come first.`),
};

/** @throws InvalidRequest for a field that there is not */
export function shownBy(query: { readonly fields?: string | undefined; readonly output?: number | undefined }): Shown {
  const names = query.fields?.split(",").map((name) => name.trim()) ?? null;
  const wrong = names?.find((name) => !(jobFields as readonly string[]).includes(name));
  if (wrong !== undefined) throw invalid("?fields", `there is no field ${JSON.stringify(wrong)}: the fields are ${jobFields.join(", ")}`);
  return { fields: names === null ? null : new Set(names as JobField[]), outputBytes: query.output ?? usualOutput, allBytes: Math.max(usualOfAll, query.output ?? 0) };
}

export const maySeeAll = ({ key, scopes }: Caller) => key === null || scopes.includes("admin");
export const maySee = ({ job }: StoredJob, caller: Caller) => maySeeAll(caller) || job.key === caller.key;

/** The job of the path. @throws HttpFault 404 */
export async function ownJob({ params, service, caller }: Call): Promise<StoredJob> {
  const id = params["id"]!;
  const stored = isId(id) ? await service.get(id) : null;
  if (stored === null || !maySee(stored, caller)) throw new HttpFault(404, "not-found", `there is no job ${id.slice(0, 100)}: it never was, its result was kept long enough, or it belongs to another key`);
  return stored;
}

export const isId = (text: string) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Until it has ended or the time is over. @param seconds left out: not at all */
export async function waited(stored: StoredJob, call: Call, seconds: number | undefined): Promise<StoredJob> {
  if (seconds === undefined || seconds === 0 || stored.state === "ended") return stored;
  call.mayWait();
  const { service, signal } = call;
  return (await service.wait(stored.job.id, Math.min(seconds, service.config.bounds.wait) * 1000, signal)) ?? stored;
}

/** For routes that take nothing in the query. @throws InvalidRequest */
export const noQuery = (url: URL) => void queryOf(url, {});
