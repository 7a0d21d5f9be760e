/**
 * Conversions between the units that people write (seconds, MB) and those the code keeps
 * (milliseconds, bytes), and the one strict parser for numbers from outside.
 */

export const bytesPerMebibyte = 1024 * 1024;

/** `1.5` seconds to 1500 milliseconds, rounded up so that a limit is never rounded to none. */
export function secondsToMs(seconds: number): number {
  return Math.ceil(seconds * 1000 - 1e-6);
}

/** Milliseconds to seconds, kept to the microsecond. */
export function msToSeconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}

/**
 * Sizes for people, in the MB of the flags (1048576 bytes): `1228.8 MB`, at most one decimal; below that `64 KB`, `12 bytes`. Sizes that
 * differ never read alike: then all are in bytes.
 */
export function describeBytes(...sizes: readonly number[]): string[] {
  const short = sizes.map(inLargestUnit);
  return new Set(short).size === new Set(sizes).size ? short : sizes.map((bytes) => `${bytes} bytes`);
}

function inLargestUnit(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  const [unit, name] = bytes < bytesPerMebibyte ? [1024, "KB"] : [bytesPerMebibyte, "MB"];
  return `${Number((bytes / unit).toFixed(1))} ${name}`;
}

const decimal = /^[0-9]{1,15}(\.[0-9]{1,9})?$/;
const integer = /^[0-9]{1,15}$/;

/**
 * A plain decimal number greater than zero, or null. Signs, blanks, exponents, hexadecimal,
 * trailing text, `0` and the empty string are all refused: a mistyped limit must never mean
 * "no limit".
 */
export function parsePositiveDecimal(text: string): number | null {
  if (!decimal.test(text)) return null;
  const value = Number(text);
  return value > 0 ? value : null;
}

/** As {@link parsePositiveDecimal}, whole numbers only, zero allowed. */
export function parseWholeNumber(text: string): number | null {
  return integer.test(text) ? Number(text) : null;
}
