/** What is told about the service, and what is told when something is refused. */
import * as v from "valibot";
import { jobClasses } from "../../../job.ts";
import { CompileSchema, JobSchema, TestResultSchema } from "./answer.ts";
import { LimitsSchema, said } from "./values.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);

export const LanguageSchema = v.pipe(
  v.strictObject({
    id: v.string(),
    name: v.string(),
    aliases: v.array(v.string()),
    extensions: said(v.array(v.string()), "With the dot."),
    is_compiled: v.boolean(),
    version: said(orNull(v.string()), "As the toolchain says it."),
    is_there: said(v.boolean(), "Whether programs can be run."),
    problem: said(orNull(v.string()), "Why not."),
    compile_command: orNull(v.string()),
    run_command: v.string(),
    least_memory: said(count, "Bytes that its runtime needs; a smaller `memory_limit` is refused. 0: none is too small."),
  }),
  v.description("A language of the service."),
);
export const LanguagesSchema = v.strictObject({ languages: v.array(LanguageSchema) });

export const InfoSchema = v.pipe(
  v.strictObject({
    version: said(v.string(), "Of mini-isolate."),
    dialects: v.array(v.string()),
    key: said(orNull(v.string()), "Name of your key; `null`: none was needed."),
    scopes: said(v.array(v.string()), "What you may do: `run`, `read`, `admin`."),
    languages: said(orNull(v.array(v.string())), "Ids of the languages that you may use; `null`: all."),
    rate: said(orNull(count), "Jobs that you may ask for in a minute; `null`: any number. The headers `RateLimit` say what is left."),
    most_jobs: said(orNull(count), "Jobs of yours that may wait or run at the same time; `null`: any number."),
    needs_key: said(v.boolean(), "Whether the service has keys."),
    bounds: said(v.strictObject({ body: count, depth: count, files: count, tests: count, batch: count, wait: v.number(), job_bytes: count, output_bytes: count }), "The most of each, in bytes, seconds and numbers."),
    run: said(v.strictObject({ usual: LimitsSchema, most: LimitsSchema }), "Limits of programs: when you say nothing, and the most that you can ask for."),
    compile: said(v.strictObject({ usual: LimitsSchema, most: LimitsSchema }), "The same of compilers."),
    network: v.picklist(["none", "allowed"]),
    callbacks: said(v.boolean(), "Whether callbacks are sent."),
    keep: said(v.number(), "Seconds that results are kept."),
  }),
  v.description("The service as you have it."),
);

export const QueueSchema = v.pipe(
  v.strictObject({
    queued: v.strictObject(Object.fromEntries(jobClasses.map((name) => [name, count])) as Record<(typeof jobClasses)[number], typeof count>),
    running: count,
    oldest_seconds: said(orNull(v.number()), "How long the oldest job has waited."),
    results: said(count, "Results that are kept."),
    dead: said(count, "Jobs that were started too often without a result."),
    slots: said(v.array(v.strictObject({ cpus: orNull(v.string()), busy: v.boolean(), job: said(orNull(v.string()), "Its id, if it is yours or you may see all."), language: orNull(v.string()), seconds: orNull(v.number()) })), "Slots of this machine."),
    workers: v.array(v.strictObject({ name: v.string(), slots: count, running: count, labels: v.record(v.string(), v.string()), silent_seconds: v.number() })),
    is_draining: v.boolean(),
    problems: said(v.array(v.string()), "Why it is not ready."),
  }),
  v.description("The queue and the slots as they are now."),
);

/** Codes of what is refused, and what each means. */
export const codes = {
  "invalid-json": "The body is no JSON.",
  "invalid-request": "Something in the request cannot be used; `errors` says where.",
  "unknown-language": "The service has no such language, or has no toolchain for it.",
  "limit-too-high": "A limit is above what the service allows; `errors` says which.",
  "idempotency-conflict": "The same Idempotency-Key came with another body.",
  "body-too-large": "The body is larger than the service takes.",
  "unsupported-media-type": "The body is not what is taken here.",
  "not-found": "There is no such address, job, test or output.",
  "method-not-allowed": "The address does not take this method.",
  "no-key": "The service wants a key.",
  "wrong-key": "There is no such key.",
  "not-allowed": "The key does not allow it.",
  "other-site": "Pages of this site may not use the service.",
  "rate-limited": "The key has used up what it may ask for; Retry-After says when to try again.",
  "queue-full": "Too many jobs wait; Retry-After says when to try again.",
  draining: "The service is about to end.",
  "store-unavailable": "The store of the queue cannot be used for now.",
  "language-unavailable": "No worker can run the job.",
  "range-not-satisfiable": "The output does not have this range.",
  internal: "The service has failed; the log has more under the request id.",
} as const satisfies Readonly<Record<string, string>>;

export const ProblemSchema = v.pipe(
  v.strictObject({
    type: said(v.string(), "`urn:mini-isolate:problem:` and the code."),
    title: said(v.string(), "What the code means."),
    status: said(v.number(), "Of HTTP."),
    code: said(v.string(), `A word for programs: ${Object.keys(codes).map((code) => `\`${code}\``).join(", ")}.`),
    detail: said(v.string(), "What went wrong this time, for people."),
    instance: said(v.string(), "The path of the request."),
    request_id: said(v.string(), "Under which the log has it."),
    errors: v.optional(said(v.array(v.strictObject({ path: v.string(), message: v.string() })), "Each field that cannot be used.")),
  }),
  v.description("Why something was refused (RFC 9457)."),
);

/** Data of the events of a job, by their names. */
export const eventSchemas = {
  queued: v.strictObject({ id: said(v.string(), "Of the job.") }),
  started: v.strictObject({ id: v.string(), attempt: count, worker: orNull(v.string()) }),
  compiling: v.strictObject({}),
  compiled: v.strictObject({ compile: CompileSchema }),
  test: v.strictObject({ test: said(count, "Its number, from 0 on."), name: v.string() }),
  output: v.strictObject({ test: said(orNull(count), "`null`: the compiler writes it."), stream: v.picklist(["stdout", "stderr"]), text: v.optional(v.string()), base64: v.optional(said(v.string(), "In place of `text`: the piece is not UTF-8 by itself.")) }),
  tested: v.strictObject({ test: count, result: TestResultSchema }),
  "given-back": v.strictObject({ reason: v.string() }),
  ended: v.strictObject({ job: JobSchema }),
} as const;
export const EventSchema = v.pipe(v.union(Object.values(eventSchemas)), v.description(`The data of an event. Its name is one of ${Object.keys(eventSchemas).map((name) => `\`${name}\``).join(", ")}.`));
