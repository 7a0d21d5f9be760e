/** What a request asks for, within what the service is set to. */
import type { LimitKey } from "../../model/limits.ts";
import { limits } from "../../model/limits.ts";
import type { Limits } from "../job.ts";

/** Of both keys of the CPU time the smaller counts. */
const sameLimit: Readonly<Partial<Record<LimitKey, LimitKey>>> = { cpu_time_limit: "time_limit", time_limit: "cpu_time_limit" };

/** The most that a request may ask for, in seconds or bytes; null: anything. */
export function mostOf(most: Limits, key: LimitKey): number | null {
  const other = sameLimit[key];
  const bounds = [most[key], other === undefined ? null : most[other]].filter((value): value is number => typeof value === "number");
  return bounds.length === 0 ? null : Math.min(...bounds);
}

/**
 * A limit that can be had: what is smaller than any box has becomes the smallest one.
 * @param value in seconds or bytes; null: as much as the service allows
 */
export function limitWithin(most: Limits, key: LimitKey, value: number | null): Limits {
  const bound = mostOf(most, key);
  if (value === null) return { [key]: bound };
  return { [key]: Math.max(limits[key].min, Math.min(value, limits[key].max, bound ?? Infinity)) };
}
