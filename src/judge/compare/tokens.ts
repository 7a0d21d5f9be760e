/** Two files token by token. Both are bytes: nothing is decoded, a NUL is a byte as any other. */
import { lower, skipAlike } from "./alike.ts";
import type { Comparison } from "./comparison.ts";
import { isQuicklyWithin, isWithin, parseDecimal } from "./decimal.ts";
import type { Difference } from "./difference.ts";
import { chunkBytes, type TokenSource } from "./token-source.ts";

/** How tokens are compared, and what is between them. */
export interface TokenRules extends Omit<Comparison, "spaceChangeSensitive"> {
  /** White space may be `any`, has to be the `same` bytes, or has to have as many line feeds (not at the end of the files). */
  readonly gaps: "any" | "same" | "lines";
}

/** After so many bytes others have their turn. */
export const turnBytes = 4 * 1024 * 1024;

/** Longest token that may be a number; what is longer is text. */
const longestNumber = 100_000;

/**
 * Compares from where both sources are on. Memory is bounded, whatever is in them.
 * @param rest called now and then in a long comparison
 * @returns null when there is none @throws SyscallError when one cannot be read
 */
export async function differenceInTokens(output: TokenSource, answer: TokenSource, rules: TokenRules, rest: () => Promise<void>): Promise<Difference | null> {
  const { gaps } = rules;
  const alike = gaps === "same" ? null : { ...rules, gaps };
  let turnEnds = turnBytes;
  // Where the files differ in white space everywhere, looking for what is the same would be in vain each time.
  let trySameFrom = 0;
  for (;;) {
    if (output.offset >= turnEnds) {
      turnEnds = output.offset + turnBytes;
      await rest();
    }
    if (output.offset >= trySameFrom) {
      if (skipSame(output, answer)) continue;
      trySameFrom = output.offset + chunkBytes;
    }
    if (alike !== null) skipAlike(output, answer, alike);
    const outputAt = output.offset;
    const answerAt = answer.offset;
    const isGapSame = skipGaps(output, answer, rules);
    const difference = !isGapSame && !(rules.gaps === "lines" && isEither(output, answer)) ? { kind: "space" as const, outputAt, answerAt } : nextToken(output, answer, rules);
    if (difference === "end") return null;
    if (difference !== null) return difference;
  }
}

/**
 * Takes what is the same in both, up to where a token begins.
 * @returns false when there was nothing to take
 */
function skipSame(output: TokenSource, answer: TokenSource): boolean {
  const { space } = output;
  const [ours, theirs] = [output.ahead(chunkBytes), answer.ahead(chunkBytes)];
  const length = Math.min(ours.length, theirs.length);
  if (length === 0 || ours.compare(theirs, 0, length, 0, length) !== 0) return false;
  let end = length;
  // The token that the piece ends in may go on.
  while (end > 0 && space[ours[end - 1]!] === 0) end--;
  if (end === 0) return false;
  output.skip(end);
  answer.skip(end);
  return true;
}

/** One of them is at its end. */
const isEither = (output: TokenSource, answer: TokenSource) => output.peek() === undefined || answer.peek() === undefined;

/** Takes white space from both. @returns false when it is not what it has to be */
function skipGaps(output: TokenSource, answer: TokenSource, { gaps }: TokenRules): boolean {
  if (gaps !== "same") {
    const lines = output.skipSpace();
    return answer.skipSpace() === lines || gaps === "any";
  }
  const { space } = output;
  for (;;) {
    const [ours, theirs] = [output.ahead(), answer.ahead()];
    const length = Math.min(ours.length, theirs.length);
    let at = 0;
    while (at < length && space[ours[at]!] === 1 && ours[at] === theirs[at]) at++;
    output.skip(at);
    answer.skip(at);
    // At the end of a file there is no white space.
    if (at < length || length === 0) return !isSpaceAt(ours, at, space) && !isSpaceAt(theirs, at, space);
  }
}

const isSpaceAt = (bytes: Uint8Array, at: number, space: Uint8Array) => at < bytes.length && space[bytes[at]!] === 1;

/** Takes a token from each. @returns null when they are the same, `end` when neither has one */
function nextToken(output: TokenSource, answer: TokenSource, rules: TokenRules): Difference | "end" | null {
  // No arrays here: this is done for every token that is not the same text.
  const outputAt = output.offset;
  const answerAt = answer.offset;
  const ours = output.token();
  const theirs = answer.token();
  if (ours.length === 0 && theirs.length === 0) return "end";
  if (theirs.length === 0) return { kind: "more", outputAt, answerAt };
  if (ours.length === 0) return { kind: "less", outputAt, answerAt };
  if (ours.length >= chunkBytes || theirs.length >= chunkBytes) return longToken(output, answer, rules);
  if (!isSameToken(ours, theirs, rules)) return { kind: "token", outputAt, answerAt };
  output.skip(ours.length);
  answer.skip(theirs.length);
  return null;
}

/** A token that is longer than what is held: as text, part by part. */
function longToken(output: TokenSource, answer: TokenSource, rules: TokenRules): Difference | null {
  const [outputAt, answerAt] = [output.offset, answer.offset];
  for (;;) {
    const [ours, theirs] = [output.token(), answer.token()];
    const length = Math.min(ours.length, theirs.length);
    if (length === 0) return ours.length === theirs.length ? null : { kind: "token", outputAt, answerAt };
    if (!isSameText(ours.subarray(0, length), theirs.subarray(0, length), rules)) return { kind: "token", outputAt, answerAt };
    output.skip(length);
    answer.skip(length);
  }
}

function isSameToken(output: Uint8Array, answer: Uint8Array, rules: TokenRules): boolean {
  if (isSameText(output, answer, rules)) return true;
  const { absoluteTolerance, relativeTolerance } = rules;
  if ((absoluteTolerance === null && relativeTolerance === null) || output.length > longestNumber || answer.length > longestNumber) return false;
  const quick = isQuicklyWithin({ bytes: output, from: 0, to: output.length }, { bytes: answer, from: 0, to: answer.length }, absoluteTolerance, relativeTolerance);
  if (quick !== null) return quick;
  // The answer decides whether this is a number.
  const expected = parseDecimal(answer);
  if (expected === null) return false;
  const given = parseDecimal(output);
  if (given === null) return false;
  return (
    (absoluteTolerance !== null && isWithin(given, expected, absoluteTolerance, null)) ||
    (relativeTolerance !== null && isWithin(given, expected, relativeTolerance, expected))
  );
}

function isSameText(one: Uint8Array, other: Uint8Array, { caseSensitive }: Pick<TokenRules, "caseSensitive">): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) {
    const a = one[at]!;
    const b = other[at]!;
    if (a !== b && (caseSensitive || lower(a) !== lower(b))) return false;
  }
  return true;
}
