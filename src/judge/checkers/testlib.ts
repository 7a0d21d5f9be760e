/** Checkers and interactors that are written with testlib. */
import { plainText } from "../programs/feedback.ts";
import type { JuryResult } from "../programs/jury-run.ts";
import { accepted, cut, failed, numberIn, scaled, unknownExit, wrong, type Protocol, type Question, type Word } from "./protocol.ts";

export const testlib: Protocol = {
  ask: ({ input, answer, output, test }) => ({
    files: { input, output, answer },
    args: (at) => [at.file("input"), at.file("output"), at.file("answer"), ...test.checkerArgs],
    stdin: { kind: "empty" },
    feedback: null,
  }),
  word: testlibWord,
};

/** Exit codes. That of `_pc(n)` has a base, which depends on the system that it was built for and on the version. */
const ok = 0;
const fail = 3;
const points = 7;
/** Wrong answer; wrong format; dirt after the end; an end of file that was not expected. */
const rejected: readonly number[] = [1, 2, 4, 8];
const testsysBase = 50;
const partialBases = [0, 16, testsysBase];
const mostPartial = 200;

/**
 * The text decides where the exit code can mean two things: `_pc(1)` ends with the code of a wrong answer. Also the word of an interactor.
 */
export function testlibWord(result: JuryResult, { scale, test }: Pick<Question, "scale" | "test">): Word {
  const text = plainText(result.stderr);
  const message = cut(text);
  const code = result.run.exit_code!;
  if (code === fail && text?.startsWith("partially correct") !== true) return failed(message ?? "it ended with exit code 3 (FAIL) and said nothing");
  const partial = /^partially correct \((\d+)\)/.exec(text ?? "");
  if (partial !== null) {
    const value = Number(partial[1]);
    if (!partialBases.some((base) => code === base + value)) return failed(`it says "partially correct (${value})" and ended with exit code ${code}`);
    return scaled(value, scale === 1 || scale === "auto" ? 100 : scale, test, message);
  }
  const given = /^points\s+(\S+)/.exec(text ?? "");
  if (code === points) {
    const value = given === null ? null : numberIn(given[1]!);
    return value === null ? failed(`it ended with exit code 7 (points), and its words do not begin with "points" and a number${message === null ? "" : `: ${message}`}`) : scaled(value, scale, test, message);
  }
  if (code === ok) return accepted(message);
  if (rejected.includes(code)) return wrong(message);
  const value = code - testsysBase;
  if (text === null && value >= 0 && value <= mostPartial) return scaled(value, scale === 1 || scale === "auto" ? 100 : scale, test, null);
  return unknownExit(result);
}
