/** The requests of go-judge, as they come: names, types, and what is left out. */
import * as v from "valibot";

/** Left out and null are the same, as for the original. */
const or = v.nullish;

const whole = v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(0, "must not be negative"));
const signed = v.pipe(v.number("must be a number"), v.integer("must be a whole number"));
const flag = or(v.boolean("must be true or false"), false);
const text = v.string("must be text");
const texts = v.array(text, "must be a list");

const File = v.object({
  src: or(text, null),
  content: or(text, null),
  fileId: or(text, null),
  name: or(text, null),
  max: or(signed, null),
  symlink: or(text, null),
  streamIn: flag,
  streamOut: flag,
  pipe: flag,
}, "must be an object");

const Cmd = v.object({
  args: or(texts, () => []),
  env: or(texts, () => []),
  files: or(v.array(v.nullable(File), "must be a list"), () => []),
  tty: flag,
  cpuLimit: or(whole, 0),
  realCpuLimit: or(whole, 0),
  clockLimit: or(whole, 0),
  memoryLimit: or(whole, 0),
  stackLimit: or(whole, 0),
  procLimit: or(whole, 0),
  cpuRateLimit: or(whole, 0),
  cpuSetLimit: or(text, ""),
  strictMemoryLimit: flag,
  dataSegmentLimit: flag,
  addressSpaceLimit: flag,
  copyIn: or(v.record(v.string(), File, "must be an object"), () => ({})),
  copyOut: or(texts, () => []),
  copyOutCached: or(texts, () => []),
  copyOutMax: or(whole, 0),
  copyOutTruncate: flag,
}, "must be an object");

const Place = v.object({ index: or(signed, 0), fd: or(signed, 0) }, "must be an object");

const Pipe = v.object({
  in: v.optional(Place, { index: 0, fd: 0 }),
  out: v.optional(Place, { index: 0, fd: 0 }),
  proxy: flag,
  name: or(text, ""),
  max: or(signed, 0),
}, "must be an object");

const RequestSchema = v.object({
  requestId: or(text, ""),
  cancelRequestId: or(text, ""),
  cmd: or(v.array(Cmd, "must be a list"), () => []),
  pipeMapping: or(v.array(Pipe, "must be a list"), () => []),
}, "must be an object");

export type GoRequest = v.InferOutput<typeof RequestSchema>;
export type GoCmd = v.InferOutput<typeof Cmd>;
export type GoFile = v.InferOutput<typeof File>;
export type GoPipe = v.InferOutput<typeof Pipe>;

/** What a client has to change in its request. */
export class BadRequest extends Error {}

/** The original has no such bounds; a slot has to have boxes and descriptors for all of them. */
export const mostCommands = 32;
export const mostDescriptors = 64;

/** @throws BadRequest */
export function readRequest(body: unknown): GoRequest {
  // Before each of them is looked at, and gets all that was left out.
  const { cmd, pipeMapping } = (body ?? {}) as { readonly cmd?: unknown; readonly pipeMapping?: unknown };
  if (Array.isArray(cmd) && cmd.length > mostCommands) throw new BadRequest(`cmd: ${cmd.length} commands are more than ${mostCommands}`);
  const mostPipes = mostCommands * mostDescriptors;
  if (Array.isArray(pipeMapping) && pipeMapping.length > mostPipes) throw new BadRequest(`pipeMapping: ${pipeMapping.length} pipes are more than ${mostPipes}`);
  const parsed = v.safeParse(RequestSchema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new BadRequest(`${v.getDotPath(issue) ?? "the request"}: ${issue.message}`);
}
