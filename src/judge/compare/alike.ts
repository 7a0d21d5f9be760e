/** What is the same in both files, taken as fast as JavaScript can: here goes the time of a long comparison. */
import type { Decimal } from "./decimal.ts";
import { isQuicklyWithin, type Piece } from "./decimal.ts";
import { isNearAfterPrefix } from "./same-prefix.ts";
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
    if (!(absoluteTolerance !== null && isNearAfterPrefix(ours, theirs, before, absoluteTolerance.approximate)) && isQuicklyWithin(ours, theirs, absoluteTolerance, relativeTolerance) !== true) break;
    aFrom = at = aNext;
    to = bNext;
  }
  const before = at - tokenStart(a, aFrom, at, space);
  output.start = at - before;
  answer.start = to - before;
}

/** Where the token begins that a place is in; not before `from`. */
function tokenStart(bytes: Uint8Array, from: number, at: number, space: Uint8Array): number {
  while (at > from && space[bytes[at - 1]!] === 0) at--;
  return at;
}

/** Letters of ASCII; no other byte changes. */
export const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);
