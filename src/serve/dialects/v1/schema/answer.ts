/** What is told about a job. */
import * as v from "valibot";
import { reachableLimits, statuses } from "../../../../model/status.ts";
import { dialects, jobClasses } from "../../../job.ts";
import { said } from "./values.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const seconds = v.pipe(v.number(), v.minValue(0));
const whenOrNull = v.nullable(v.pipe(v.string(), v.isoTimestamp()));
const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);

export const StatusSchema = v.pipe(v.picklist(statuses), v.description("One word for the outcome of a run."));
/** By what each limit was enforced. Its fields are those of the result document. */
const EnforcedSchema = v.looseObject({ memory: v.string(), cpu_time: v.string(), wall_time: v.string(), processes: v.string(), network: v.string(), filesystem: v.string(), syscalls: v.string(), user: v.number() });

export const OutFileSchema = v.pipe(
  v.union([v.strictObject({ bytes: count, text: v.optional(v.string()), base64: v.optional(v.string()), cut: v.optional(v.literal(true)), truncated: v.optional(v.literal(true)) }), v.strictObject({ error: said(v.string(), "Why it is not there.") })]),
  v.description("A file that was asked for by `files_out`. `base64` in place of `text`: it is not UTF-8. `cut`: the answer has its beginning only."),
);

const run = {
  status: StatusSchema,
  success: said(v.boolean(), "Whether the status is `Success`."),
  limit: said(orNull(v.picklist(reachableLimits)), "The limit that the status speaks of."),
  exit_code: said(orNull(v.number()), "`null`: a signal ended it."),
  signal: said(orNull(v.number()), "Number of the signal that ended it."),
  forbidden_syscall: said(orNull(v.string()), "The system call that it made and must not."),
  stdout: said(v.string(), "Standard output. What is not UTF-8 is replaced by U+FFFD."),
  stdout_base64: v.optional(said(v.string(), "Only if it is not UTF-8: the bytes.")),
  stdout_bytes: said(count, "How long it is."),
  stdout_cut: v.optional(said(v.literal(true), "This answer has only the beginning; the address `.../stdout` has all of it.")),
  stdout_truncated: said(v.boolean(), "The program wrote more than its output limit; the rest is lost."),
  stderr: said(v.string(), "Standard error, in the same way; so are the next four."),
  stderr_base64: v.optional(said(v.string(), "Of standard error.")),
  stderr_bytes: said(count, "Of standard error."),
  stderr_cut: v.optional(said(v.literal(true), "Of standard error.")),
  stderr_truncated: said(v.boolean(), "Of standard error."),
  output: v.optional(said(v.string(), "Both outputs in the order in which they came, of a job with `output_order`.")),
  output_base64: v.optional(said(v.string(), "Of `output`.")),
  output_bytes: v.optional(said(count, "Of `output`.")),
  output_cut: v.optional(said(v.literal(true), "Of `output`.")),
  cpu_time: said(seconds, "Seconds of CPU time, of all its processes."),
  wall_time: said(seconds, "Seconds on the clock."),
  memory_peak: said(orNull(count), "Bytes of memory at most, of all its processes; `null`: not measured."),
  memory_peak_source: said(orNull(v.string()), "What `memory_peak` was found out from."),
  cgroup_memory_peak: said(orNull(count), "Bytes that its control group was charged at most, page cache as well."),
  disk_usage: said(orNull(v.strictObject({ bytes: count, files: count })), "What its working directory held afterwards."),
  error_message: said(orNull(v.string()), "One sentence for people."),
  enforced: said(EnforcedSchema, "By what each limit was enforced, or `none`."),
  files: v.optional(said(v.record(v.string(), OutFileSchema), "What was asked for by `files_out`, by name.")),
};

export const CompileSchema = v.pipe(v.strictObject({ ...run, cached: said(v.boolean(), "It was compiled before; the figures are those of then.") }), v.description("The step of the compiler."));

export const CheckSchema = v.pipe(
  v.strictObject({
    kind: said(v.picklist(["accepted", "wrong", "failed"]), "`failed`: a fault of the checker, which says nothing about the program."),
    message: said(orNull(v.string()), "What it said, or why it failed."),
    points: said(orNull(v.number()), "Points that it gave."),
    fraction: said(orNull(v.number()), "What part of the full score it gave."),
    exit_code: said(orNull(v.number()), "Of its program."),
    signal: said(orNull(v.number()), "That ended its program."),
    cpu_time: said(orNull(seconds), "Seconds; `null`: it is built in."),
    wall_time: said(orNull(seconds), "Seconds; `null`: it is built in."),
    memory_peak: said(orNull(count), "Bytes; `null`: it is built in."),
  }),
  v.description("What the checker said."),
);

export const TestResultSchema = v.pipe(
  v.strictObject({ name: said(v.string(), "Its name."), accepted: said(v.boolean(), "Success, and as expected where something was."), check: said(orNull(CheckSchema), "What the checker said; `null`: it was not asked."), runs: said(count, "How many runs the figures are the means of."), ...run }),
  v.description("A test that was begun."),
);

const job = {
  id: said(v.pipe(v.string(), v.uuid()), "Name of the job."),
  state: said(v.picklist(["queued", "running", "ended"]), "Where it is on its way."),
  outcome: said(orNull(v.picklist(["finished", "failed", "cancelled", "expired"])), "`failed` says nothing about the program; `problem` says what went wrong. `null` until it has ended."),
  status: said(orNull(StatusSchema), "One word for all of it: of the compiler if it failed, else of the first test that is no success. `null` until it has ended."),
  accepted: said(orNull(v.boolean()), "Whether every test was run and accepted. `null` until it has ended, and if it did not finish."),
  problem: said(orNull(v.string()), "Why it failed, for people."),
  language: said(orNull(v.string()), "Id of the language; `null` for commands of another API."),
  dialect: said(v.picklist(dialects), "The API that it came by."),
  class: said(v.picklist(jobClasses), "In which order it begins."),
  labels: said(v.record(v.string(), v.string()), "As asked for."),
  received_at: said(v.pipe(v.string(), v.isoTimestamp()), "When it was received: a time in UTC, as the next three."),
  deadline: said(whenOrNull, "When it expires if it has not begun."),
  started_at: said(whenOrNull, "When it was last started."),
  ended_at: said(whenOrNull, "When it ended."),
  attempts: said(count, "How often it was started."),
  worker: said(orNull(v.string()), "Name of the worker that finished it."),
  callback_error: said(orNull(v.string()), "Why the callback did not arrive so far."),
  compile: said(orNull(CompileSchema), "`null`: nothing was compiled, or not yet."),
  tests: said(v.array(TestResultSchema), "Those that were begun, in their order. A job without `tests` has one."),
};

export const jobFields = Object.keys(job) as readonly (keyof typeof job)[];
export const JobSchema = v.pipe(v.partial(v.strictObject(job)), v.description("A job. With `fields`, it has these fields alone, and `id`."));
export type JobView = v.InferOutput<typeof JobSchema>;
export const JobsSchema = v.pipe(v.strictObject({ jobs: said(v.array(orNull(JobSchema)), "In the order asked; `null`: unknown."), total: v.optional(said(count, "How many there are, of a list.")) }), v.description("Jobs."));
export type RunView = v.InferOutput<v.StrictObjectSchema<typeof run, undefined>>;
