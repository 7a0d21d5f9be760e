/** Checks by the rules of the checkers that come with testlib, of those that do more than compare bytes. */
import { builtInCheck, type CheckRecord } from "../../records.ts";
import { turnBytes } from "../tokens.ts";
import { cases } from "./cases.ts";
import { sequences, type TestlibChecker } from "./sequences.ts";
import { Finding, Stream } from "./stream.ts";
import { uncmp } from "./unordered.ts";

const checkers = { ...sequences, ...cases, uncmp } satisfies Record<string, TestlibChecker>;
export type TestlibName = keyof typeof checkers;

export const isTestlibName = (name: string): name is TestlibName => Object.hasOwn(checkers, name);

/** @throws SyscallError when a file cannot be read */
export async function checkByTestlib(name: TestlibName, outputFd: number, answerFd: number, rest: () => Promise<void>): Promise<CheckRecord> {
  const [output, answer] = [new Stream(outputFd, false), new Stream(answerFd, true)];
  let turnEnds = turnBytes;
  const restNow = () => {
    const at = output.source.offset + answer.source.offset;
    if (at < turnEnds) return;
    turnEnds = at + turnBytes;
    return rest();
  };
  try {
    await checkers[name]({ output, answer, rest: restNow });
    return builtInCheck("accepted");
  } catch (error) {
    if (error instanceof Finding) return builtInCheck(error.kind, error.message);
    throw error;
  }
}
