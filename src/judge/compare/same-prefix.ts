/** Numbers that begin with the same digits: only what comes after these is looked at. */
import type { Piece } from "./decimal.ts";

/** Digits after the same ones that a double has for certain. */
const mostDigits = 15;
const powers = Float64Array.from({ length: 40 }, (_, power) => Number(`1e-${power}`));

/**
 * Whether two numbers are surely no further apart than `tolerance`.
 * @param before so many bytes at the beginning of both are the same
 * @returns false when they are further apart, or that cannot be told so quickly
 */
export function isNearAfterPrefix(one: Piece, other: Piece, before: number, tolerance: number): boolean {
  const decimals = decimalsOf(one.bytes, one.from, one.from + before);
  if (decimals < 0) return false;
  const ours = fractionOf(one.bytes, one.from + before, one.to);
  const theirs = fractionOf(other.bytes, other.from + before, other.to);
  const difference = Math.abs(ours - theirs) * powers[decimals]!;
  return difference < tolerance * (1 - 1e-12);
}

/** How many digits after the point the same bytes have; -1 where they are not the beginning of a number with a point. */
function decimalsOf(bytes: Uint8Array, from: number, to: number): number {
  let at = bytes[from] === 45 || bytes[from] === 43 ? from + 1 : from;
  const first = at;
  while (at < to && isDigit(bytes[at]!)) at++;
  if (at === first || at === to || bytes[at] !== 46) return -1;
  const point = at++;
  while (at < to && isDigit(bytes[at]!)) at++;
  const decimals = to - point - 1;
  return at < to || decimals >= powers.length ? -1 : decimals;
}

/** Digits as a number after a point; NaN when there is anything else. */
function fractionOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > mostDigits) return NaN;
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (!isDigit(byte)) return NaN;
    value = value * 10 + (byte - 48);
  }
  return value * powers[to - from]!;
}

const isDigit = (byte: number) => byte >= 48 && byte <= 57;
