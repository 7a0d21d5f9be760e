/** Numbers as testlib has them. */

/** The largest magnitudes of 64 bits, as digits. */
const [largest, smallest] = ["9223372036854775807", "9223372036854775808"].map((digits) => Buffer.from(digits)) as [Buffer, Buffer];

/** Decimal, without zeros in front, without +, and not -0. */
export function isCanonical(bytes: Uint8Array): boolean {
  const from = bytes[0] === 45 ? 1 : 0;
  if (bytes.length === from || (bytes[from] === 48 && bytes.length > 1)) return false;
  for (let at = from; at < bytes.length; at++) if (!isDigit(bytes[at]!)) return false;
  return true;
}

export function isInteger(bytes: Uint8Array): boolean {
  const from = bytes[0] === 45 ? 1 : 0;
  const digits = bytes.length - from;
  if (digits > 19 || !isCanonical(bytes)) return false;
  return digits < 19 || Buffer.compare(bytes.subarray(from), from === 1 ? smallest : largest) <= 0;
}

export const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** A sign, digits with or without a point, and an exponent, whose digits may be missing, as scanf(3) of the GNU C library reads it. */
export function isDouble(bytes: Uint8Array): boolean {
  let at = isSign(bytes[0]) ? 1 : 0;
  let digits = 0;
  for (let points = 0; at < bytes.length; at++) {
    if (isDigit(bytes[at]!)) digits++;
    else if (bytes[at] !== 46 || ++points > 1) break;
  }
  if (digits === 0) return false;
  if (at === bytes.length) return true;
  if (bytes[at] !== 101 && bytes[at] !== 69) return false;
  at++;
  if (isSign(bytes[at])) at++;
  while (at < bytes.length && isDigit(bytes[at]!)) at++;
  return at === bytes.length;
}

const isSign = (byte: number | undefined) => byte === 43 || byte === 45;

/** @param bytes that {@link isDouble} */
export function toDouble(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const value = Number(text);
  return Number.isNaN(value) ? Number(text.replace(/e[+-]?$/i, "")) : value;
}

/** |given - expected| is at most this; 1e-15 for what doubles lose. */
export const isNear = (expected: number, given: number, tolerance: number): boolean => !(Math.abs(expected - given) > tolerance + 1e-15);

/** The same, or as a part of the expected number. */
export function isNearOrRelative(expected: number, given: number, tolerance: number): boolean {
  if (!Number.isFinite(expected)) return given === expected;
  if (!Number.isFinite(given)) return false;
  if (Math.abs(given - expected) <= tolerance + 1e-15) return true;
  const [one, other] = [expected * (1 - (tolerance + 1e-15)), expected * (1 + (tolerance + 1e-15))];
  return given >= Math.min(one, other) && given <= Math.max(one, other);
}
