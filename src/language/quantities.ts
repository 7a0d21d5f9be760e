/**
 * Sizes and times as a pack writes them. A plain number has the unit of the command line: MB (1048576 bytes)
 * for sizes, seconds for times. Text is a number with its unit: "512MiB", "500ms", "30s".
 */
import { bytesPerMebibyte, parsePositiveDecimal } from "../model/units.ts";

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1, K: 1024, KB: 1024, KiB: 1024,
  M: 2 ** 20, MB: 2 ** 20, MiB: 2 ** 20,
  G: 2 ** 30, GB: 2 ** 30, GiB: 2 ** 30,
};

const timeUnits: Readonly<Record<string, number>> = { ms: 0.001, s: 1, min: 60, h: 3600 };

function parseWith(value: number | string, units: Readonly<Record<string, number>>, plainUnit: number): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value > 0 ? value * plainUnit : null;
  const [, digits = "", unit = ""] = /^([0-9.]+) ?([A-Za-z]+)$/.exec(value) ?? [];
  const number = parsePositiveDecimal(digits);
  if (number === null || !Object.hasOwn(units, unit)) return null;
  return number * units[unit]!;
}

/** Bytes, whole, or null when it is no size. */
export function parseSize(value: number | string): number | null {
  const bytes = parseWith(value, sizeUnits, bytesPerMebibyte);
  return bytes === null ? null : Math.round(bytes);
}

/** Seconds, or null when it is no time. */
export function parseTime(value: number | string): number | null {
  const seconds = parseWith(value, timeUnits, 1);
  // 0.1 * 3600 and the like: keep to the microsecond.
  return seconds === null ? null : Math.round(seconds * 1e6) / 1e6;
}

export const sizeUnitNames = Object.keys(sizeUnits);
export const timeUnitNames = Object.keys(timeUnits);

/** How a size is written, for messages. */
export const sizeForm = `a number of MB or text such as "512MiB" (units: ${sizeUnitNames.join(" ")})`;

/** How a time is written, for messages. */
export const timeForm = `a number of seconds or text such as "500ms" (units: ${timeUnitNames.join(" ")})`;
