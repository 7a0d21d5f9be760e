/** Built-in checkers, by their names. */
import { configError, messageOf } from "../../model/errors.ts";
import type { BuiltInChecker } from "../problem.ts";
import { builtInCheck, type CheckRecord } from "../records.ts";
import { compareFiles, said, type Compared } from "./compare.ts";
import { parseComparison, usualComparison } from "./comparison.ts";
import { differenceInLines, type LineRule } from "./lines.ts";
import { isSpace, isTestlibSpace } from "./space.ts";
import { TokenSource } from "./token-source.ts";
import { differenceInTokens, type TokenRules } from "./tokens.ts";

type Compare = (output: number, answer: number, rest: () => Promise<void>) => Promise<Compared>;

/** Files of which nothing but bytes is compared. Of testlib are wcmp, lcmp and fcmp; they pass over a byte order mark of the output. */
const byBytes: Readonly<Partial<Record<BuiltInChecker, Compare>>> = {
  "white-diff": byTokens("lines", isSpace, false),
  wcmp: byTokens("any", isTestlibSpace, true),
  lcmp: byTokens("lines", isSpace, true),
  lines: byLines("trimmed", false),
  exact: byLines("exact", false),
  fcmp: byLines("testlib", true),
};

function byTokens(gaps: TokenRules["gaps"], space: Uint8Array, skipsMark: boolean): Compare {
  return async (output, answer, rest) => {
    const [ours, theirs] = [new TokenSource(output, space), new TokenSource(answer, space)];
    if (skipsMark) ours.skipMark();
    return await said(await differenceInTokens(ours, theirs, { ...usualComparison, caseSensitive: true, gaps }, rest), output, answer, rest);
  };
}

function byLines(rule: LineRule, skipsMark: boolean): Compare {
  return async (output, answer, rest) => {
    const [ours, theirs] = [new TokenSource(output), new TokenSource(answer)];
    if (skipsMark) ours.skipMark();
    return await said(await differenceInLines(ours, theirs, rule, rest), output, answer, rest);
  };
}

/**
 * What a built-in checker says of an output. Files are bytes, and are read from their beginning; memory is bounded, whatever is in them.
 * @param output a descriptor of a regular file, as is `answer`
 * @param args flags of `default`; the others have none
 * @param rest called now and then in a long comparison
 * @returns kind `failed` for flags that are none, an answer that is not what the checker reads, and a file that cannot be read
 */
export async function compareBy(name: BuiltInChecker, output: number, answer: number, args: readonly string[], rest: () => Promise<void>): Promise<CheckRecord> {
  try {
    return await checked(name, output, answer, args, rest);
  } catch (error) {
    return builtInCheck("failed", messageOf(error));
  }
}

async function checked(name: BuiltInChecker, output: number, answer: number, args: readonly string[], rest: () => Promise<void>): Promise<CheckRecord> {
  if (name === "default") return recordOf(await compareFiles(output, answer, comparisonOf(args), rest));
  if (args.length > 0) throw configError(`cannot compare by ${name} with '${args[0]}'`, `${name} takes no flags`);
  const compare = byBytes[name];
  if (compare !== undefined) return recordOf(await compare(output, answer, rest));
  const { checkByTestlib, isTestlibName } = await import("./testlib/check.ts");
  if (!isTestlibName(name)) throw configError(`cannot compare by ${name}`, "there is no built-in checker of this name");
  return await checkByTestlib(name, output, answer, rest);
}

/** A check of the default output validator. */
export const recordOf = ({ isAccepted, message }: Compared): CheckRecord => (isAccepted ? builtInCheck("accepted") : builtInCheck("wrong", message));

/** Flags are parsed once: problems have many tests, and few flags. */
let latest: { readonly args: readonly string[]; readonly comparison: ReturnType<typeof parseComparison> } | null = null;

function comparisonOf(args: readonly string[]): ReturnType<typeof parseComparison> {
  if (args.length === 0) return usualComparison;
  if (latest === null || latest.args.length !== args.length || !args.every((arg, at) => arg === latest!.args[at])) latest = { args: [...args], comparison: parseComparison(args) };
  return latest.comparison;
}
