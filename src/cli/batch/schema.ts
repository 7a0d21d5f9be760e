/** The form of one request. Loaded by `batch` only: the schema library costs a command milliseconds. */
import * as v from "valibot";
import type { IsolateConfigInput } from "../../config/config.ts";
import { checkConfig, ConfigSchema } from "../../config/schema.ts";
import { configError } from "../../model/errors.ts";
import { problemOfName } from "../../model/files-out.ts";
import { nearest } from "../../model/nearest.ts";

const text = v.string("must be a string");
const plain = v.pipe(text, v.check((value) => !value.includes("\0"), "must not contain a NUL character"));
const filled = v.pipe(plain, v.minLength(1, "must not be empty"));
/** No pattern for the whole of it: on megabytes of text the engine gives up. */
const base64 = v.pipe(text, v.check((value) => value.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(value.replace(/={1,2}$/, "")), "must be base64"));
const one = <T extends v.GenericSchema>(schema: T) => v.union([schema, v.array(schema)], "must be a string, or a list of strings");

/** A path in the working directory of the box. */
const nameInBox = v.pipe(filled, v.check((name) => problemOfName(name) === null, ({ input }) => problemOfName(input)!));

const executable = v.optional(v.boolean("must be true or false"));

/** Exactly one of the three says what is in it. */
const fileInto = v.union([
  text,
  v.strictObject({ text, executable }),
  v.strictObject({ base64, executable }),
  v.strictObject({ path: filled, executable }),
], "must be the text of the file, or an object with text, base64 or path, and perhaps executable: true");

export type FileInto = v.InferOutput<typeof fileInto>;

const own = {
  id: v.optional(v.union([text, v.pipe(v.number(), v.safeInteger())], "must be a string, or a whole number up to 9007199254740991")),
  command: v.optional(v.union([filled, v.pipe(v.array(plain), v.minLength(1))], "must be a list of strings: the program and its arguments, or one string that is split into words")),
  source: v.optional(filled),
  source_text: v.optional(text),
  source_name: v.optional(filled),
  language: v.optional(filled),
  pack: v.optional(one(filled)),
  add: v.optional(one(filled)),
  entry_point: v.optional(filled),
  args: v.optional(v.array(plain, "must be a list of strings")),
  no_cache: v.optional(v.boolean("must be true or false")),
  stdin: v.optional(text),
  stdin_base64: v.optional(base64),
  input: v.optional(filled),
  stdin_file: v.optional(filled),
  stdout_file: v.optional(filled),
  stderr_file: v.optional(filled),
  stderr_to_stdout: v.optional(v.boolean("must be true or false")),
  chdir: v.optional(filled),
  environment: v.optional(
    v.array(v.strictTuple([v.pipe(text, v.regex(/^[^=\0]+$/, "must be a variable name")), v.nullable(plain)], "must be pairs: [name, value]"), "must be a list of pairs: [name, value]"),
  ),
  files: v.optional(v.record(nameInBox, fileInto, "must be an object: a name in the box, and what is in the file")),
  copy_out: v.optional(v.record(nameInBox, filled, "must be an object: a name in the box, and the path that the file is copied to")),
  read_out: v.optional(v.array(nameInBox, "must be a list of names in the box")),
  box_id: v.optional(filled),
};

const OwnSchema = v.object(own);

/** Fields of the configuration that a request has as well. */
const { instance_id: _id, workdir: _workdir, uid: _uid, gid: _gid, disk_quota: _quota, packs: _packs, packs_sha256: _sha, environment: _environment, ...ofConfig } = ConfigSchema.entries;

/** What belongs to a box and not to a run. */
const ofBox: Readonly<Record<string, string>> = {
  instance_id: "a box that stays is named by box_id",
  workdir: "make a box with init --dir, and name it by box_id",
  uid: "make a box with init --uid, and name it by box_id",
  gid: "make a box with init --gid, and name it by box_id",
  disk_quota: "make a box with init --quota, and name it by box_id",
  packs: "packs of a request are named by pack",
};

export type OwnFields = v.InferOutput<typeof OwnSchema>;
export type ConfigFields = Omit<IsolateConfigInput, "instance_id" | "workdir" | "uid" | "gid" | "disk_quota" | "environment">;

/** @throws IsolateError of kind Config that names the first wrong field */
export function checkRequest(request: Readonly<Record<string, unknown>>): { readonly fields: OwnFields; readonly config: ConfigFields } {
  const mine: Record<string, unknown> = {};
  const config: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    if (Object.hasOwn(own, name)) mine[name] = value;
    else if (Object.hasOwn(ofConfig, name)) config[name] = value;
    else throw unknownField(name);
  }
  for (const field of ["files", "copy_out"]) refuseLostNames(field, mine[field]);
  const parsed = v.safeParse(OwnSchema, mine, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw configError(`cannot use the request: ${v.getDotPath(issue) ?? "(top level)"}: ${issue.message}`);
  }
  const checked: Readonly<Record<string, unknown>> = { ...checkConfig({ instance_id: "0", ...config }, "cannot use the request") };
  // Defaults are left out: what was not given is not asked for.
  return { fields: parsed.output, config: Object.fromEntries(Object.keys(config).map((name) => [name, checked[name]])) };
}

/** Names that valibot's record() leaves out without a word (1.x, for the sake of prototypes). */
function refuseLostNames(field: string, value: unknown): void {
  const lost = ["__proto__", "prototype", "constructor"].find((name) => typeof value === "object" && value !== null && Object.hasOwn(value, name));
  if (lost !== undefined) throw configError(`cannot use the request: ${field}: no file can be called ${lost} here`, "put it into a directory, such as d/" + lost);
}

function unknownField(name: string): Error {
  const known = [...Object.keys(own), ...Object.keys(ofConfig)];
  const quoted = JSON.stringify(name.slice(0, 100));
  if (Object.hasOwn(ofBox, name)) return configError(`cannot use the request: the field ${quoted} belongs to a box`, ofBox[name]);
  const near = nearest(name.replaceAll("_", "-"), known.map((word) => word.replaceAll("_", "-")));
  return configError(`cannot use the request: unknown field ${quoted}`, near === null ? `the fields are ${known.join(" ")}` : `did you mean ${near.replaceAll("-", "_")}?`);
}
