/**
 * Decimal numbers as the problem package format has them: a sign, digits with or without a point, and an exponent, the first and the last of
 * which may be missing. No hexadecimal numbers, no infinity, nothing that is not a number.
 */

export interface Decimal {
  readonly isNegative: boolean;
  /** The number is these digits x 10^`exponent`. */
  readonly digits: string;
  readonly exponent: number;
  /** The nearest double; infinite when there is none. */
  readonly approximate: number;
}

const form = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Beyond this an exponent says no more: no bound can be told from it. */
const furthestExponent = 1_000_000_000;

/** @returns null when it is none */
export function parseDecimal(token: Uint8Array): Decimal | null {
  const text = Buffer.from(token.buffer, token.byteOffset, token.byteLength).toString("latin1");
  const match = form.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  if (whole === "" && fraction === "") return null;
  const shift = Math.max(-furthestExponent, Math.min(Number(power), furthestExponent));
  return { isNegative: sign === "-", digits: whole + fraction, exponent: shift - fraction.length, approximate: Number(text) };
}

/**
 * Whether |a - b| <= factor x |of|: exactly, so that a number that is as far away as it may be is near enough.
 * @param factor 0 or more
 * @param of null: 1
 */
export function isWithin(a: Decimal, b: Decimal, factor: Decimal, of: Decimal | null): boolean {
  const difference = Math.abs(a.approximate - b.approximate);
  const bound = factor.approximate * (of === null ? 1 : Math.abs(of.approximate));
  // Where doubles are far from the bound, and of a size that they are exact in, they decide.
  const doubt = 1e-12 * (Math.abs(a.approximate) + Math.abs(b.approximate) + bound);
  if (Number.isFinite(difference) && Number.isFinite(bound) && Math.abs(difference - bound) > doubt && doubt > 1e-280) return difference < bound;
  const limit = of === null ? exact(factor) : product(exact(factor), exact(of));
  const distance = sum(exact(a), negated(exact(b)));
  return sum(positive(distance), negated(positive(limit))).digits <= 0n;
}

/**
 * The same for what nearly all numbers in nearly all files are: a few digits, not close to the bound. One of the tolerances is enough.
 * @returns null when it cannot be told so quickly
 */
export function isQuicklyWithin(output: Piece, answer: Piece, absolute: Decimal | null, relative: Decimal | null): boolean | null {
  const given = fewDigits(output.bytes, output.from, output.to);
  const expected = fewDigits(answer.bytes, answer.from, answer.to);
  if (Number.isNaN(given) || Number.isNaN(expected)) return null;
  const bound = Math.max(absolute === null ? 0 : absolute.approximate, relative === null ? 0 : relative.approximate * Math.abs(expected));
  const difference = Math.abs(given - expected);
  const doubt = 1e-12 * (Math.abs(given) + Math.abs(expected) + bound);
  return doubt > 1e-280 && Math.abs(difference - bound) > doubt ? difference < bound : null;
}

/** Some bytes of a longer buffer. One is used again and again where there are millions of tokens. */
export interface Piece {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Digits that a double has for certain. */
const certainDigits = 15;
const powers = Float64Array.from({ length: certainDigits + 1 }, (_, power) => Number(`1e${power}`));

/** A sign and up to 15 digits, with or without a point, as a double; NaN for everything else. */
function fewDigits(token: Uint8Array, from: number, end: number): number {
  const sign = token[from];
  let at = sign === 43 || sign === 45 ? from + 1 : from;
  let value = 0;
  let digits = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = token[at]!;
    if (byte === 46 && point < 0) {
      point = digits;
      continue;
    }
    const digit = byte - 48;
    if (digit < 0 || digit > 9 || digits === certainDigits) return NaN;
    value = value * 10 + digit;
    digits++;
  }
  if (digits === 0) return NaN;
  const magnitude = point < 0 ? value : value / powers[digits - point]!;
  return sign === 45 ? -magnitude : magnitude;
}

/** `digits`, with its sign, x 10^`exponent`. */
interface Exact {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Decimal places that two numbers are added exactly over: more than a token has. What is further away decides only on which side a sum lies. */
const widestSum = 200_000;

const exact = ({ isNegative, digits, exponent }: Decimal): Exact => ({ digits: isNegative ? -BigInt(digits) : BigInt(digits), exponent });
const negated = ({ digits, exponent }: Exact): Exact => ({ digits: -digits, exponent });
const positive = (value: Exact): Exact => (value.digits < 0n ? negated(value) : value);
const product = (a: Exact, b: Exact): Exact => ({ digits: a.digits * b.digits, exponent: a.exponent + b.exponent });

function sum(a: Exact, b: Exact): Exact {
  if (a.digits === 0n) return b;
  if (b.digits === 0n) return a;
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const apart = high.exponent - low.exponent;
  if (apart <= widestSum) return { digits: high.digits * 10n ** BigInt(apart) + low.digits, exponent: low.exponent };
  return { digits: high.digits * 10n ** BigInt(widestSum) + (low.digits < 0n ? -1n : 1n), exponent: high.exponent - widestSum };
}
