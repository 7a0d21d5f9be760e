/** What is the same in both files, taken as fast as JavaScript can: here goes the time of a long comparison. */
import type { Decimal } from "./decimal.ts";
import { isQuicklyWithin, type Piece } from "./decimal.ts";
import type { TokenSource } from "./token-source.ts";

interface Rules {
  readonly caseSensitive: boolean;
  readonly absoluteTolerance: Decimal | null;
  readonly relativeTolerance: Decimal | null;
  /** White space has to have as many line feeds; else it may be any. */
  readonly gaps: "any" | "lines";
}

const [ours, theirs]: [Piece, Piece] = [{ bytes: new Uint8Array(0), from: 0, to: 0 }, { bytes: new Uint8Array(0), from: 0, to: 0 }];

/**
 * Takes tokens that are the same text, or near enough, and the white space before each, as far as both files are in memory. Both begin at a token
 * or at white space, and do so afterwards. What it does not take may be the same all the same.
 */
export function skipAlike(output: TokenSource, answer: TokenSource, { caseSensitive, absoluteTolerance, relativeTolerance, gaps }: Rules): void {
  output.need(1);
  answer.need(1);
  const { held: a, view: aView, space, end: aEnd } = output;
  const { held: b, view: bView, end: bEnd } = answer;
  const hasTolerance = absoluteTolerance !== null || relativeTolerance !== null;
  const absolute = absoluteTolerance === null ? 0 : absoluteTolerance.approximate * (1 - 1e-12);
  // What is before is taken. The token that both are in began there, or at the white space between there and here.
  let aFrom = output.start;
  let at = aFrom;
  let to = answer.start;
  // No arrays in here: to take one apart costs more than to compare a line.
  for (;;) {
    while (at + 8 <= aEnd && to + 8 <= bEnd && aView.getInt32(at) === bView.getInt32(to) && aView.getInt32(at + 4) === bView.getInt32(to + 4)) {
      at += 8;
      to += 8;
    }
    while (at < aEnd && to < bEnd && a[at] === b[to]) {
      at++;
      to++;
    }
    if (at === aEnd || to === bEnd) break;
    const isGap = space[a[at]!]! + 2 * space[b[to]!]!;
    if (isGap === 0 && !caseSensitive && lower(a[at]!) === lower(b[to]!)) {
      at++;
      to++;
      continue;
    }
    if (isGap === 3 || (isGap !== 0 && (at === aFrom || space[a[at - 1]!] === 1))) {
      let aNext = at;
      let bNext = to;
      let lines = 0;
      for (; aNext < aEnd && space[a[aNext]!] === 1; aNext++) if (a[aNext] === 10) lines++;
      for (; bNext < bEnd && space[b[bNext]!] === 1; bNext++) if (b[bNext] === 10) lines--;
      // White space that may go on in the next piece is left for then.
      if (gaps === "lines" && (lines !== 0 || aNext === aEnd || bNext === bEnd)) break;
      aFrom = at = aNext;
      to = bNext;
      continue;
    }
    if (!hasTolerance) break;
    if (isNearHere(a, aFrom, at, aEnd, b, to, bEnd, space, absolute)) {
      aFrom = at = aDone;
      to = bDone;
      continue;
    }
    const before = at - tokenStart(a, aFrom, at, space);
    ours.bytes = a;
    theirs.bytes = b;
    ours.from = at - before;
    theirs.from = to - before;
    let aNext = at;
    let bNext = to;
    while (aNext < aEnd && space[a[aNext]!] === 0) aNext++;
    while (bNext < bEnd && space[b[bNext]!] === 0) bNext++;
    if (aNext === aEnd || bNext === bEnd) break;
    ours.to = aNext;
    theirs.to = bNext;
    if (isQuicklyWithin(ours, theirs, absoluteTolerance, relativeTolerance) !== true) break;
    aFrom = at = aNext;
    to = bNext;
  }
  const before = at - tokenStart(a, aFrom, at, space);
  output.start = at - before;
  answer.start = to - before;
}

/** Where both numbers end that {@link isNearHere} has found near each other. */
let aDone = 0;
let bDone = 0;

/** Digits after the same ones that a double has for certain, and those before them. */
const mostDigits = 15;
const powers = Float64Array.from({ length: 40 }, (_, power) => Number(`1e-${power}`));

/**
 * Whether two decimals that have the same beginning, up to `at` and `to` and past the point, are surely less than `absolute` apart: only the
 * digits after that count.
 * @returns false when they are further apart, or that cannot be told so quickly
 */
function isNearHere(a: Uint8Array, aFrom: number, at: number, aEnd: number, b: Uint8Array, to: number, bEnd: number, space: Uint8Array, absolute: number): boolean {
  let back = at - 1;
  while (back >= aFrom && isDigit(a[back]!)) back--;
  if (back < aFrom || a[back] !== 46) return false;
  const decimals = at - 1 - back;
  const point = back--;
  while (back >= aFrom && isDigit(a[back]!)) back--;
  if (back === point - 1 || decimals >= powers.length) return false;
  if (back >= aFrom && (a[back] === 45 || a[back] === 43)) back--;
  if (back >= aFrom && space[a[back]!] === 0) return false;
  let given = 0;
  let aNext = at;
  for (; aNext < aEnd && isDigit(a[aNext]!); aNext++) given = given * 10 + (a[aNext]! - 48);
  let expected = 0;
  let bNext = to;
  for (; bNext < bEnd && isDigit(b[bNext]!); bNext++) expected = expected * 10 + (b[bNext]! - 48);
  if (aNext === aEnd || bNext === bEnd || space[a[aNext]!] === 0 || space[b[bNext]!] === 0 || aNext - at > mostDigits || bNext - to > mostDigits) return false;
  if (!(Math.abs(given * powers[aNext - at]! - expected * powers[bNext - to]!) * powers[decimals]! < absolute)) return false;
  aDone = aNext;
  bDone = bNext;
  return true;
}

const isDigit = (byte: number) => byte >= 48 && byte <= 57;

/** Where the token begins that a place is in; not before `from`. */
function tokenStart(bytes: Uint8Array, from: number, at: number, space: Uint8Array): number {
  while (at > from && space[bytes[at - 1]!] === 0) at--;
  return at;
}

/** Letters of ASCII; no other byte changes. */
export const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);
