/** Checkers that come with testlib and compare token with token, or one token only. */
import { usualComparison } from "../comparison.ts";
import { describeDifference } from "../difference.ts";
import { chunkBytes } from "../token-source.ts";
import { differenceInTokens } from "../tokens.ts";
import { isCanonical, isDigit, isNear, isNearOrRelative } from "./numbers.ts";
import { Finding, Stream, type Streams } from "./stream.ts";

export type TestlibChecker = (streams: Streams) => Promise<void>;

/** The tokens that were read last are not the same. */
export function differs({ output, answer }: Pick<Streams, "output" | "answer">): Finding {
  return new Finding("wrong", describeDifference(output.fd, answer.fd, { kind: "token", outputAt: output.at, answerAt: answer.at }));
}

/** The output has tokens where the answer has none any more. */
export function goesOn({ output, answer }: Pick<Streams, "output" | "answer">): Finding {
  return new Finding("wrong", describeDifference(output.fd, answer.fd, { kind: "more", outputAt: output.source.offset, answerAt: answer.source.offset }));
}

function endsEarly({ output, answer }: Streams): Finding {
  return new Finding("wrong", describeDifference(output.fd, answer.fd, { kind: "less", outputAt: output.source.offset, answerAt: answer.source.offset }));
}

/** Numbers of the answer, each near the one in the output. */
function doubles(isSame: (expected: number, given: number) => boolean, isOne: boolean): TestlibChecker {
  return async (streams) => {
    const { output, answer, rest } = streams;
    const compareOne = () => {
      const expected = answer.double();
      if (output.isAtEnd()) throw endsEarlyAt(streams);
      if (!isSame(expected, output.double())) throw differs(streams);
    };
    if (isOne) compareOne();
    while (!isOne && !answer.isAtEnd()) {
      compareOne();
      const turn = rest();
      if (turn !== undefined) await turn;
    }
    if (!output.isAtEnd()) throw goesOn(streams);
  };
}

/** Before the token of the answer that was read last. */
function endsEarlyAt({ output, answer }: Streams): Finding {
  return new Finding("wrong", describeDifference(output.fd, answer.fd, { kind: "less", outputAt: output.source.offset, answerAt: answer.at }));
}

const absolute = (tolerance: number) => (expected: number, given: number) => isNear(expected, given, tolerance);
const relative = (tolerance: number) => (expected: number, given: number) => isNearOrRelative(expected, given, tolerance);

/** @param readsRest whether what one has more must be of the same kind */
function pairs(compareOne: (streams: Streams) => void, readsRest: ((stream: Stream) => void) | null): TestlibChecker {
  return async (streams) => {
    const { output, answer, rest } = streams;
    while (!answer.isAtEnd() && !output.isAtEnd()) {
      compareOne(streams);
      const turn = rest();
      if (turn !== undefined) await turn;
    }
    if (!answer.isAtEnd()) {
      const finding = endsEarly(streams);
      while (readsRest !== null && !answer.isAtEnd()) {
        readsRest(answer);
        const turn = rest();
        if (turn !== undefined) await turn;
      }
      throw finding;
    }
    if (!output.isAtEnd()) throw goesOn(streams);
  };
}

const yesOrNo = (bytes: Uint8Array) => {
  const text = Buffer.from(bytes).toString("latin1").toUpperCase();
  return text === "YES" || text === "NO" ? text : null;
};

function compareYesNo(streams: Streams): void {
  const { output, answer } = streams;
  const expected = yesOrNo(answer.token("YES or NO"));
  if (output.isAtEnd()) throw endsEarlyAt(streams);
  const given = yesOrNo(output.token("YES or NO"));
  if (expected === null) throw answer.misplaced("neither YES nor NO");
  if (given === null) throw output.misplaced("neither YES nor NO");
  if (expected !== given) throw differs(streams);
}

export function compareIntegers(streams: Streams): void {
  const expected = streams.answer.integer();
  if (streams.output.isAtEnd()) throw endsEarlyAt(streams);
  if (Buffer.compare(expected, streams.output.integer()) !== 0) throw differs(streams);
}

/** One token, and nothing after it in the output. */
function single(compareOne: (streams: Streams) => void): TestlibChecker {
  return (streams) => {
    compareOne(streams);
    if (!streams.output.isAtEnd()) throw goesOn(streams);
    return Promise.resolve();
  };
}

function compareSmall(streams: Streams): void {
  const { output, answer } = streams;
  const expected = Number(Buffer.from(answer.integer()).toString());
  if ((expected | 0) !== expected) throw answer.misplaced("no integer of 32 bits");
  if (output.isAtEnd()) throw endsEarlyAt(streams);
  const given = Number(Buffer.from(output.integer()).toString());
  if ((given | 0) !== given) throw output.misplaced("no integer of 32 bits");
  if (expected !== given) throw differs(streams);
}

/** Integers of any length: part by part, as they may be longer than what is held. */
async function compareHuge({ output, answer, rest }: Streams): Promise<void> {
  answer.begin("an integer");
  if (!takesHuge(answer)) throw answer.misplaced("no integer");
  if (!answer.isAtEnd()) throw answer.finding("has more than one token");
  if (output.isAtEnd()) throw new Finding("wrong", describeDifference(output.fd, answer.fd, { kind: "less", outputAt: output.source.offset, answerAt: answer.at }));
  output.begin("an integer");
  if (!takesHuge(output)) throw output.misplaced("no integer");
  const [ours, theirs] = [new Stream(output.fd, false), new Stream(answer.fd, true)];
  const difference = await differenceInTokens(ours.source, theirs.source, { ...usualComparison, caseSensitive: true, gaps: "any" }, async () => void (await rest()));
  if (difference !== null) throw new Finding("wrong", describeDifference(output.fd, answer.fd, difference));
}

/** Takes a token. @returns whether it is an integer */
function takesHuge({ source }: Stream): boolean {
  let bytes = source.token();
  let isOne = isCanonical(bytes);
  for (; bytes.length > 0; bytes = source.token()) {
    // The first part is looked at above; those after it have digits only.
    isOne &&= bytes.every((byte, at) => isDigit(byte) || at === 0);
    source.skip(bytes.length);
    if (bytes.length < chunkBytes) break;
  }
  return isOne;
}

export const sequences = {
  icmp: single(compareSmall),
  hcmp: compareHuge,
  yesno: single(compareYesNo),
  ncmp: pairs(compareIntegers, (stream) => void stream.integer()),
  nyesno: pairs(compareYesNo, null),
  acmp: doubles(absolute(1.5e-6), true),
  rcmp: doubles(absolute(1.5e-6), true),
  dcmp: doubles(relative(1e-6), true),
  rncmp: doubles(absolute(1.5e-5), false),
  rcmp4: doubles(relative(1e-4), false),
  rcmp6: doubles(relative(1e-6), false),
  rcmp9: doubles(relative(1e-9), false),
} satisfies Record<string, TestlibChecker>;
