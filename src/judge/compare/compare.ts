/** Whether an output is the answer, or as good, by the rules of the default output validator. */
import { usualComparison, type Comparison } from "./comparison.ts";
import { describeDifference, type Difference } from "./difference.ts";
import { differenceInTokens, type TokenRules } from "./tokens.ts";
import { TokenSource } from "./token-source.ts";

export interface Compared {
  readonly isAccepted: boolean;
  /** What differs first, for people; empty when nothing does. */
  readonly message: string;
}

/**
 * Compares from the beginning of both files on. Memory is bounded, whatever is in them.
 * @param output a descriptor of a regular file, as is `answer`
 * @param rest called now and then in a long comparison
 * @throws SyscallError when one cannot be read
 */
export async function compareFiles(output: number, answer: number, comparison: Comparison, rest: () => Promise<void>): Promise<Compared> {
  const rules: TokenRules = { ...comparison, gaps: comparison.spaceChangeSensitive ? "same" : "any" };
  return await said(await differenceInTokens(new TokenSource(output), new TokenSource(answer), rules, rest), output, answer, rest);
}

/** What is said of the first difference. @param difference null: there is none @throws SyscallError */
export async function said(difference: Difference | null, output: number, answer: number, rest: () => Promise<void>): Promise<Compared> {
  if (difference === null) return { isAccepted: true, message: "" };
  const message = describeDifference(output, answer, difference);
  return { isAccepted: false, message: (difference.kind !== "space" && difference.mayBeSpace !== true) || !(await isSameWords(output, answer, rest)) ? message : `${message}; the output differs only in white space` };
}

/** The same but for white space. */
async function isSameWords(output: number, answer: number, rest: () => Promise<void>): Promise<boolean> {
  return (await differenceInTokens(new TokenSource(output), new TokenSource(answer), { ...usualComparison, caseSensitive: true, gaps: "any" }, rest)) === null;
}
