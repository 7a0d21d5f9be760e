/** How values of the configuration are written, and what they become: bytes, seconds, counts. */
import * as v from "valibot";
import { parseSize, parseTime, sizeForm, timeForm } from "../../language/quantities.ts";
import { type LimitKey, limits } from "../../model/limits.ts";
import { bytesPerMebibyte } from "../../model/units.ts";

/** The word that lifts a limit. */
const unlimited = "unlimited";

function quantity(parse: (value: number | string) => number | null, form: string, min: number, max: number, show: (value: number) => string) {
  // Nothing is a quantity, too, where there is no least one.
  const read = (value: number | string) => (min === 0 && /^0 ?[A-Za-z]*$/.test(String(value)) ? 0 : parse(value));
  return v.pipe(
    v.union([v.string(), v.number()]),
    v.check((value) => read(value) !== null, `must be ${form}`),
    v.check((value) => isWithin(read(value), min, max), `must be from ${show(min)} to ${show(max)}`),
    v.transform((value) => read(value)!),
  );
}

function isWithin(value: number | null, min: number, max: number): boolean {
  return value === null || (value >= min && value <= max);
}

const showSize = (bytes: number) => (bytes < bytesPerMebibyte ? `${bytes}B` : `${bytes / bytesPerMebibyte}MiB`);
const showTime = (seconds: number) => `${seconds}s`;

/** @param min bytes */
export function size(min: number, max: number) {
  return quantity(parseSize, sizeForm, min, max, showSize);
}

/** @param min seconds */
export function time(min: number, max: number) {
  return quantity(parseTime, timeForm, min, max, showTime);
}

export function count(min: number, max: number) {
  return v.pipe(v.number(), v.integer("must be a whole number"), v.minValue(min, `must be at least ${min}`), v.maxValue(max, `must be at most ${max}`));
}

export const text = v.pipe(v.string(), v.nonEmpty("must not be empty"), v.check((value) => !/[\0-\x1f]/.test(value), "must not contain control characters"));

/** A limit of runs, with the bounds that it has everywhere. */
function limit(key: LimitKey) {
  const { min, max, unit, canBeUnlimited } = limits[key];
  const form = unit === "bytes" ? size(min, max) : unit === "seconds" ? time(min, max) : count(min, max);
  const lifted = v.pipe(v.literal(unlimited), v.transform(() => null));
  return v.optional(canBeUnlimited ? v.union([lifted, form as v.GenericSchema<string | number, number>]) : (form as v.GenericSchema<string | number, number>));
}

/** The names of limits in this file, which are those of language packs. */
export const limitNames = {
  time: "cpu_time_limit", wall_time: "wall_time_limit", memory: "memory_limit", processes: "process_limit", file_size: "file_size_limit", stack: "stack_limit", output: "output_limit",
  open_files: "open_files_limit", disk: "disk_limit",
} as const satisfies Readonly<Record<string, LimitKey>>;

export type LimitName = keyof typeof limitNames;

export const limitsForm = v.strictObject(Object.fromEntries(Object.entries(limitNames).map(([name, key]) => [name, limit(key)])) as Record<LimitName, ReturnType<typeof limit>>);
