/** Numbers as the C library reads them: strtoul(3) for sizes and counts, atof(3) for times. */
import { usage } from "./failure.ts";

export type Dialect = 1 | 2;

const largest: Readonly<Record<Dialect, number>> = { 1: 2 ** 32 - 1, 2: 2 ** 31 - 1 };

/** @throws Failure of kind usage */
export function readNumber(text: string, dialect: Dialect): number {
  const match = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(text);
  if (match === null) throw usage(`Invalid numeric parameter: ${text}`);
  const number = Number(match[2]);
  if ((match[1] === "-" && number > 0) || number > largest[dialect]) throw usage(`Numeric parameter out of range: ${text}`);
  return number;
}

/** Seconds, in milliseconds and cut to whole ones; what is no number is 0. */
export function readTime(text: string): number {
  const match = /^[ \t\n\v\f\r]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(text);
  const seconds = match === null ? 0 : Number(match[0]);
  return Math.trunc(Math.min(seconds * 1000, 2 ** 53)) + 0;
}
