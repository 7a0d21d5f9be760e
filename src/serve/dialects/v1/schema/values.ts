/** Values that requests are made of. */
import * as v from "valibot";
import { limits as limitTable, type LimitKey } from "../../../../model/limits.ts";
import { problemOfName } from "../../../../model/files-out.ts";
import { fileNameProblem } from "../../file-name.ts";

/** With what it means, for people who read the OpenAPI document. */
export const said = <T extends v.GenericSchema>(schema: T, description: string) => v.pipe(schema, v.description(description));

/** An object with these fields alone. To the library, a list is an object as well. */
export function form<const E extends v.ObjectEntries>(entries: E, message = "must be an object") {
  return v.pipe(v.any(), v.check((value) => !Array.isArray(value), message), v.strictObject(entries, message));
}

/** For arguments and variables, which end at a NUL byte. */
export const plainText = v.pipe(v.string("must be text"), v.check((value) => !value.includes("\0"), "must not contain a NUL character"));
export const shortText = v.pipe(plainText, v.minLength(1, "must not be empty"), v.maxLength(255, "must have at most 255 characters"));
export const flag = v.boolean("must be true or false");

/** No pattern for the whole of it: on megabytes of text the engine gives up. */
const base64 = v.pipe(v.string("must be text"), v.check((value) => value.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(value.replace(/={1,2}$/, "")), "must be Base64"));

/** Text stands for its bytes in UTF-8. */
export const BytesSchema = v.pipe(
  v.union([v.string(), form({ base64: said(base64, "The bytes, in Base64.") })], 'must be text, or {"base64": "..."}'),
  v.description('Bytes: text, which stands for its UTF-8, or `{"base64": "..."}`.'),
);
export type Bytes = v.InferOutput<typeof BytesSchema>;

function nameProblem(name: string): string | null {
  const problem = fileNameProblem(name);
  return problemOfName(name) ?? (problem === null ? null : `cannot be used: ${problem}`);
}

export const fileName = v.pipe(
  v.string("must be text"),
  v.check((name) => nameProblem(name) === null, ({ input }) => nameProblem(input)!),
  v.description("A path below the working directory: relative, without `.` and `..`."),
);

export const FileSchema = v.pipe(form({ name: fileName, content: BytesSchema }), v.description("A file."));

/** A number of a limit; null where it can be lifted. What the service allows at most is looked at later. */
function limit(key: LimitKey) {
  const { unit, min, max, description } = limitTable[key];
  const range = `must be from ${min} to ${max} (${unit})`;
  const number = v.pipe(v.number(`must be a number (${unit}), or null`), v.minValue(min, range), v.maxValue(max, range));
  const words = `${description[0]!.toUpperCase()}${description.slice(1)}. Unit: ${unit}.`;
  return v.optional(said(v.nullable(unit === "seconds" ? number : v.pipe(number, v.integer(`must be a whole number (${unit})`))), words));
}

export const limitKeys = ["time_limit", "cpu_time_limit", "wall_time_limit", "memory_limit", "process_limit", "file_size_limit", "stack_limit", "core_limit", "open_files_limit", "output_limit", "disk_limit"] as const;

export const LimitsSchema = v.pipe(
  form(Object.fromEntries(limitKeys.map((key) => [key, limit(key)])) as Record<(typeof limitKeys)[number], ReturnType<typeof limit>>),
  v.description("Limits, with the names and units of the configuration of a box. `null` lifts one, where the service allows it. What is left out is as the service has it."),
);
