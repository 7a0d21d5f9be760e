/** Two files line by line, byte by byte but for the ends of lines. */
import type { Difference } from "./difference.ts";
import { isTestlibSpace, tableOf } from "./space.ts";
import { chunkBytes, type TokenSource } from "./token-source.ts";
import { turnBytes } from "./tokens.ts";

/**
 * What may differ. CR before LF, and at the end of the file, is no part of a line for any of them.
 * `trimmed`: blanks, tabs and CR at the end of a line, and lines at the end of a file that have nothing else.
 * `exact`: a line feed at the end of the file.
 * `testlib`: the same, white space after the last line of the answer, and empty lines of the answer that the output has not at its end.
 */
export type LineRule = "trimmed" | "exact" | "testlib";

/** What is at the end of a line for the rule `trimmed`, and what empty lines are made of. */
const blanks = tableOf(9, 13, 32);
const emptyLines = tableOf(10, 13);

const [lineFeed, carriageReturn] = [10, 13];

/** @returns null when nothing differs @throws SyscallError */
export async function differenceInLines(output: TokenSource, answer: TokenSource, rule: LineRule, rest: () => Promise<void>): Promise<Difference | null> {
  let turnEnds = turnBytes;
  let trySameFrom = 0;
  // Whether the byte that was taken last ended a line.
  let isLineBegun = false;
  for (;;) {
    if (output.offset >= turnEnds) {
      turnEnds = output.offset + turnBytes;
      await rest();
    }
    const whole = output.offset >= trySameFrom;
    const [ours, theirs] = whole ? [output.ahead(chunkBytes), answer.ahead(chunkBytes)] : [output.ahead(), answer.ahead()];
    const length = Math.min(ours.length, theirs.length);
    let same = sameBytes(ours, theirs, length, whole);
    if (whole && same < length) trySameFrom = output.offset + chunkBytes;
    // A CR may be the end of a line in one of them only.
    if (same < length && same > 0 && ours[same - 1] === carriageReturn) same--;
    if (same > 0) {
      isLineBegun = ours[same - 1] !== lineFeed;
      output.skip(same);
      answer.skip(same);
      continue;
    }
    if (ours.length === 0 && theirs.length === 0) return null;
    const [outputAt, answerAt] = [output.offset, answer.offset];
    const found = endings[rule](output, answer, isLineBegun);
    if (found === "end") return null;
    if (found !== "line") return { kind: found === "output ends" ? "less" : found === "answer ends" ? "more" : "bytes", outputAt, answerAt, mayBeSpace: true };
    isLineBegun = false;
  }
}

/** How many bytes are the same in both from here. */
function sameBytes(ours: Buffer, theirs: Buffer, length: number, tryWhole: boolean): number {
  if (tryWhole && ours.compare(theirs, 0, length, 0, length) === 0) return length;
  let at = 0;
  while (at < length && ours[at] === theirs[at]) at++;
  return at;
}

/** `line`: both are at the beginning of a line again. `end`: nothing differs. Everything else is a difference. */
type Ending = "line" | "end" | "differs" | "output ends" | "answer ends";

/** What comes of two places where the bytes differ, all before them being the same. */
const endings: Readonly<Record<LineRule, (output: TokenSource, answer: TokenSource, isLineBegun: boolean) => Ending>> = {
  trimmed(output, answer) {
    output.skipAll(blanks);
    answer.skipAll(blanks);
    if (!isAtLineEnd(output) || !isAtLineEnd(answer)) return whoEnds(output, answer);
    if (output.peek() !== undefined && answer.peek() !== undefined) return nextLine(output, answer);
    output.skipAll(isTestlibSpace);
    answer.skipAll(isTestlibSpace);
    return whoEnds(output, answer);
  },
  exact(output, answer, isLineBegun) {
    if (!isAtLineEnd(output) || !isAtLineEnd(answer)) return whoEnds(output, answer);
    const isEitherOver = output.peek() === undefined || answer.peek() === undefined;
    // An empty line more; a line feed alone is as good as nothing.
    if (isEitherOver && !isLineBegun && output.offset > 0 && answer.offset > 0) return whoEnds(output, answer);
    skipLineEnd(output);
    skipLineEnd(answer);
    return isEitherOver ? whoEnds(output, answer) : "line";
  },
  testlib(output, answer, isLineBegun) {
    if (answer.peek() === undefined || (!isLineBegun && isLastLineEmpty(answer))) {
      if (isLineBegun && !isAtLineEnd(output)) return whoEnds(output, answer);
      output.skipAll(isTestlibSpace);
      return output.peek() === undefined ? "end" : "answer ends";
    }
    if (!isAtLineEnd(output) || !isAtLineEnd(answer)) return whoEnds(output, answer);
    if (output.peek() === undefined) {
      // Lines that are not there are empty.
      answer.skipAll(emptyLines);
      return answer.peek() === undefined ? "end" : "output ends";
    }
    return nextLine(output, answer);
  },
};

function whoEnds(output: TokenSource, answer: TokenSource): Ending {
  const [ours, theirs] = [output.peek(), answer.peek()];
  if (ours === undefined && theirs === undefined) return "end";
  return ours === undefined ? "output ends" : theirs === undefined ? "answer ends" : "differs";
}

function nextLine(output: TokenSource, answer: TokenSource): Ending {
  skipLineEnd(output);
  skipLineEnd(answer);
  return "line";
}

/** At a line feed, with CR before it or without, or at the end of the file. */
function isAtLineEnd(source: TokenSource): boolean {
  const byte = source.peek(source.peek() === carriageReturn ? 1 : 0);
  return byte === undefined || byte === lineFeed;
}

function skipLineEnd(source: TokenSource): void {
  if (source.peek() === carriageReturn) source.skip(1);
  if (source.peek() === lineFeed) source.skip(1);
}

function isLastLineEmpty(source: TokenSource): boolean {
  const bytes = source.peek() === carriageReturn ? 2 : 1;
  return source.peek(bytes - 1) === lineFeed && source.peek(bytes) === undefined;
}
