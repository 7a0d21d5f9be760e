/** Checkers that come with testlib and compare answers to numbered cases: `Case 1: ...`, `Case 2: ...`. */
import { placeOf } from "../difference.ts";
import { chunkBytes } from "../token-source.ts";
import { differs, compareIntegers, type TestlibChecker } from "./sequences.ts";
import { Finding, type Stream, type Streams } from "./stream.ts";

const word = Buffer.from("Case");
const isCase = (bytes: Uint8Array) => Buffer.compare(bytes, word) === 0;

function takeNumber(stream: Stream, number: number): void {
  const wanted = `${number}:`;
  if (Buffer.compare(stream.token(`'${wanted}'`), Buffer.from(wanted)) !== 0) throw stream.misplaced(`not the '${wanted}' that should be there`);
}

function takeCase(stream: Stream, number: number): void {
  if (!isCase(stream.token("'Case'"))) throw stream.misplaced("not the 'Case' that should be there");
  takeNumber(stream, number);
}

/** One integer a case. Both files are read to their end: a mistake in the answer is one of the jury, whatever differs before it. */
async function oneInteger(streams: Streams): Promise<void> {
  const { output, answer, rest } = streams;
  let wrong: Finding | null = null;
  let cases = 1;
  for (; !answer.isAtEnd(); cases++) {
    takeCase(answer, cases);
    const expected = answer.integer();
    wrong ??= findingOf(() => {
      if (output.isAtEnd()) throw new Finding("wrong", `the output ends before case ${cases}`);
      takeCase(output, cases);
      if (Buffer.compare(expected, output.integer()) !== 0) throw differs(streams);
    });
    const turn = rest();
    if (turn !== undefined) await turn;
  }
  if (wrong !== null) throw wrong;
  if (!output.isAtEnd()) throw new Finding("wrong", `${placeOf(output.fd, output.source.offset)}: the answer has no case ${cases}`);
}

/** @returns what is wrong with the output; null: nothing */
function findingOf(act: () => void): Finding | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof Finding && error.kind === "wrong") return error;
    throw error;
  }
}

/**
 * Any number of tokens a case.
 * @param compareOne compares the tokens that are next in both, and takes them
 * @param readOne reads a token of the answer that nothing is compared with, as the output is wrong already
 */
function several(compareOne: (streams: Streams) => void, readOne: ((answer: Stream) => void) | null): TestlibChecker {
  return async (streams) => {
    const { output, answer } = streams;
    for (let number = 1; !answer.isAtEnd(); number++) {
      takeCase(answer, number);
      try {
        await compareCase(streams, number, compareOne);
      } catch (error) {
        while (readOne !== null && !isCaseOver(answer)) readOne(answer);
        throw error;
      }
    }
    if (!output.isAtEnd()) throw new Finding("wrong", `${placeOf(output.fd, output.source.offset)}: the answer has no such case any more`);
  };
}

async function compareCase(streams: Streams, number: number, compareOne: (streams: Streams) => void): Promise<void> {
  const { output, answer, rest } = streams;
  const place = () => placeOf(output.fd, output.source.offset);
  takeCase(output, number);
  while (!isCaseOver(answer)) {
    if (isCaseOver(output)) throw new Finding("wrong", `${place()}: case ${number} ends, the answer has more in it`);
    compareOne(streams);
    const turn = rest();
    if (turn !== undefined) await turn;
  }
  if (!isCaseOver(output)) throw new Finding("wrong", `${place()}: case ${number} goes on, the answer has no more in it`);
}

const isCaseOver = (stream: Stream) => stream.isAtEnd() || isCase(stream.begin("a token"));

/** Of any length, part by part. */
function compareTokens(streams: Streams): void {
  const { output, answer } = streams;
  answer.begin("a token");
  output.begin("a token");
  for (;;) {
    const [ours, theirs] = [output.source.token(), answer.source.token()];
    if (Buffer.compare(ours, theirs) !== 0) throw differs(streams);
    output.source.skip(ours.length);
    answer.source.skip(theirs.length);
    if (ours.length < chunkBytes) return;
  }
}

export const cases = { caseicmp: oneInteger, casencmp: several(compareIntegers, (answer) => void answer.integer()), casewcmp: several(compareTokens, null) } satisfies Record<string, TestlibChecker>;
