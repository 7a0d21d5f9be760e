/** Limits of a request, within what the service allows. */
import type * as v from "valibot";
import type { LimitKey } from "../../../model/limits.ts";
import type { Limits } from "../../job.ts";
import type { ServedLanguage } from "../../languages.ts";
import { InvalidRequest, type FieldError } from "./invalid-request.ts";
import type { LimitsSchema } from "./schema/values.ts";

/**
 * @param at where in the request they are
 * @param most what the service allows; null or left out: anything
 * @throws InvalidRequest when one is above it
 */
export function allowedLimits(asked: v.InferOutput<typeof LimitsSchema> | undefined, most: Limits, at: string): Limits {
  const errors: FieldError[] = [];
  const limits: Partial<Record<LimitKey, number | null>> = {};
  for (const [name, value] of Object.entries(asked ?? {})) {
    if (value === undefined) continue;
    const key = name as LimitKey;
    const highest = highestOf(key, most);
    if (highest !== null && (value === null || value > highest)) errors.push({ path: `${at}.${key}`, message: value === null ? `cannot be lifted: the service allows ${highest} at most` : `the service allows ${highest} at most` });
    limits[key] = value;
  }
  if (errors.length > 0) throw new InvalidRequest(errors, "limit-too-high");
  return limits;
}

/** @throws InvalidRequest: not even the runtime of the language could begin */
export function refuseTooLittle({ memory_limit: memory }: Limits, { id, leastMemory = 0 }: Pick<ServedLanguage, "id" | "leastMemory">, at: string): void {
  if (memory !== undefined && memory !== null && memory < leastMemory) throw new InvalidRequest([{ path: `${at}.memory_limit`, message: `must be at least ${leastMemory} for ${id}: its runtime needs that` }]);
}

/** `time_limit` and `cpu_time_limit` mean the same. */
function highestOf(key: LimitKey, most: Limits): number | null {
  if (key !== "time_limit" && key !== "cpu_time_limit") return most[key] ?? null;
  const both = [most.time_limit, most.cpu_time_limit].filter((value) => value !== undefined && value !== null);
  return both.length === 0 ? null : Math.min(...both);
}
