/** What is asked for with a job. */
import * as v from "valibot";
import { builtInCheckers, checkerProtocols } from "../../../../judge/program.ts";
import { jobClasses } from "../../../job.ts";
import { BytesSchema, FileSchema, fileName, flag, form, LimitsSchema, plainText, said, shortText } from "./values.ts";

const args = v.array(plainText, "must be a list of texts");

/** Names that valibot's record() leaves out without a word (1.x, for the sake of prototypes). */
const lostNames = ["__proto__", "prototype", "constructor"];
const textByName = v.pipe(
  v.custom<Record<string, string>>((value) => typeof value === "object" && value !== null && !lostNames.some((name) => Object.hasOwn(value, name)), "must be an object of texts, and none can be called __proto__, prototype or constructor"),
  v.record(shortText, plainText, "must be an object of texts"),
);
const environment = v.pipe(textByName, v.check((variables) => Object.keys(variables).every((name) => !name.includes("=")), "names of variables must not contain ="));

const CheckerProgramSchema = form({
  protocol: said(v.picklist(checkerProtocols, `must be one of ${checkerProtocols.join(", ")}`), "How it is asked, and how it answers."),
  language: said(shortText, "Its language: an id or an alias."),
  source: v.optional(said(BytesSchema, "Its source; or `files`.")),
  files: v.optional(said(v.array(FileSchema), "Its files; the first one is the source. `testlib.h` does not come with the service.")),
  args: v.optional(said(args, "Arguments after those of the protocol.")),
  limits: v.optional(LimitsSchema),
});

const name = v.picklist(builtInCheckers, `must be a built-in checker (${builtInCheckers.join(", ")}), or an object`);

export const CheckerSchema = v.pipe(
  v.union([name, form({ name, args: v.optional(said(args, "Flags; only `default` has some.")) }), CheckerProgramSchema], "must be the name of a built-in checker, or an object with name, or with protocol, language and source"),
  v.description("What says whether an output is as expected: a built-in checker by its name, or a program of yours."),
);
export type CheckerRequest = v.InferOutput<typeof CheckerSchema>;

export const TestSchema = v.pipe(
  form({
    name: v.optional(said(shortText, "Left out: its number, from 1 on.")),
    stdin: v.optional(said(BytesSchema, "Standard input. Left out: nothing.")),
    args: v.optional(said(args, "Arguments after those of the job.")),
    expected: v.optional(said(v.nullable(BytesSchema), "The expected output. Left out or `null`: a run that succeeds is enough, unless the checker is a program.")),
    limits: v.optional(LimitsSchema),
  }),
  v.description("One run of the program."),
);

const httpUrl = v.pipe(v.string("must be a URL"), v.check((value) => /^https?:\/\//i.test(value) && URL.canParse(value), "must be a URL that begins with http:// or https://"));

export const CallbackSchema = v.union([httpUrl, form({ url: httpUrl, method: v.optional(v.picklist(["POST", "PUT"], "must be POST or PUT")) })], "must be a URL, or an object with url");

export const JobRequestSchema = v.pipe(
  form({
    language: v.optional(said(shortText, "Id or alias. Left out: by the name of the first file.")),
    source: v.optional(said(BytesSchema, "The source; or `files`.")),
    files: v.optional(said(v.array(FileSchema), "The first one is the source, and lies at the top; the others lie beside it when it is compiled, and when it runs.")),
    data: v.optional(said(v.array(FileSchema), "Files that lie in the working directory of the program alone.")),
    compiler_options: v.optional(said(args, "Words that are added to the command of the compiler, of a language that is compiled.")),
    args: v.optional(said(args, "Arguments of the program.")),
    environment: v.optional(said(environment, "Variables of the program, by name.")),
    stdin: v.optional(said(BytesSchema, "Standard input, of a job without `tests`.")),
    expected: v.optional(said(v.nullable(BytesSchema), "The expected output, of a job without `tests`.")),
    tests: v.optional(said(v.pipe(v.array(TestSchema), v.minLength(1, "must not be empty")), "Runs of the program, in their order. It is compiled once.")),
    stop_at_failure: v.optional(said(flag, "No test begins after one that is not accepted. Left out: false.")),
    checker: v.optional(said(CheckerSchema, "Left out: `lines`, which passes over blanks at the end of lines and empty lines at the end.")),
    limits: v.optional(said(LimitsSchema, "Limits of each run.")),
    compile_limits: v.optional(said(LimitsSchema, "Limits of the compiler.")),
    network: v.optional(said(flag, "The program can use the network of the host, if the service allows that. Left out: false.")),
    stderr_to_stdout: v.optional(said(flag, "Standard error goes where standard output goes. Left out: false.")),
    output_order: v.optional(said(flag, "The result has both outputs in the order in which they came, too (`output`). Left out: false.")),
    runs: v.optional(said(v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(1, "must be at least 1"), v.maxValue(100, "must be at most 100")), "How often each test is run; figures are means. Left out: 1.")),
    files_out: v.optional(said(v.array(v.pipe(v.string("must be text"), v.check((text) => fileNameWithoutMark(text), "must be a path below the working directory, perhaps with a ? at its end"))), "Files of the working directory that become part of the result. A `?` at the end of a name: the file may be missing.")),
    class: v.optional(said(v.picklist(jobClasses, `must be one of ${jobClasses.join(", ")}`), "In which order jobs begin. Left out: `interactive` with `wait` or events, `batch` in a batch, else `normal`.")),
    deadline: v.optional(said(v.pipe(v.number("must be a number of seconds"), v.minValue(0.001, "must be more than 0"), v.maxValue(31_536_000, "must be at most a year")), "Seconds from now. A job that has not begun then ends as `expired`.")),
    keep: v.optional(said(v.pipe(v.number("must be a number of seconds"), v.minValue(0, "must not be negative")), "Seconds that the result is kept after the end. 0: until it was fetched once. Left out: as the service has it, which is also the most.")),
    labels: v.optional(said(textByName, "What a worker has to be labelled with, to take the job.")),
    callback: v.optional(said(CallbackSchema, "Who is told of the end, with the job as the body: a URL, or `{url, method}` (`POST` if left out).")),
    live: v.optional(said(flag, "Output is told as it comes, to whoever watches the events later. Left out: only if somebody watches when the job begins.")),
  }, "must be an object with a source"),
  v.description("A program, and what is to be done with it."),
);
export type JobRequest = v.InferOutput<typeof JobRequestSchema>;

export const BatchRequestSchema = v.pipe(v.array(JobRequestSchema, "must be a list of jobs"), v.minLength(1, "must not be empty"), v.description("Jobs; all of them are taken, or none is."));

function fileNameWithoutMark(text: string): boolean {
  return v.is(fileName, text.replace(/\?$/, ""));
}
