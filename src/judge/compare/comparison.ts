/**
 * How an output is compared with the answer of the jury: the flags of the default output validator of the problem package format, version
 * 2025-09 (https://www.kattis.com/problem-package-format/spec/2025-09.html, "Default Output Validator").
 */
import { configError } from "../../model/errors.ts";
import { parseDecimal, type Decimal } from "./decimal.ts";

export interface Comparison {
  /** Letters of ASCII have to be in the same case. */
  readonly caseSensitive: boolean;
  /** White space has to be the same, byte by byte. */
  readonly spaceChangeSensitive: boolean;
  /** How far a number may be from the one in the answer; null: not asked for. */
  readonly absoluteTolerance: Decimal | null;
  /** The same, as a part of the number in the answer. */
  readonly relativeTolerance: Decimal | null;
}

/** Tokens are compared, letters in any case, numbers as text. */
export const usualComparison: Comparison = { caseSensitive: false, spaceChangeSensitive: false, absoluteTolerance: null, relativeTolerance: null };

const names = ["case_sensitive", "space_change_sensitive", "float_absolute_tolerance", "float_relative_tolerance", "float_tolerance"] as const;
type Name = (typeof names)[number];

/**
 * @param words such as `["float_tolerance", "1e-6"]`
 * @throws IsolateError of kind Config for a word that is no flag, a tolerance that is no decimal number or below 0, one given twice, and
 *   `float_tolerance` beside one of the other two
 */
export function parseComparison(words: readonly string[]): Comparison {
  const values = new Map<Name, string>();
  for (let at = 0; at < words.length; at++) {
    const name = words[at] as Name;
    if (!names.includes(name)) throw configError(`cannot compare with '${words[at]}'`, `the flags are ${names.join(", ")}`);
    if (values.has(name)) throw configError(`cannot compare with ${name} twice`, "give it once");
    values.set(name, name.startsWith("float_") ? (words[++at] ?? "") : "");
  }
  const [both, absolute, relative] = (["float_tolerance", "float_absolute_tolerance", "float_relative_tolerance"] as const).map((name) => tolerance(name, values.get(name)));
  if (both !== null && (absolute !== null || relative !== null)) {
    throw configError("cannot compare with float_tolerance and another tolerance", "float_tolerance is both float_absolute_tolerance and float_relative_tolerance");
  }
  return {
    caseSensitive: values.has("case_sensitive"),
    spaceChangeSensitive: values.has("space_change_sensitive"),
    absoluteTolerance: both ?? absolute ?? null,
    relativeTolerance: both ?? relative ?? null,
  };
}

function tolerance(name: Name, text: string | undefined): Decimal | null {
  if (text === undefined) return null;
  const value = parseDecimal(Buffer.from(text));
  if (value === null || value.isNegative || !Number.isFinite(value.approximate)) {
    throw configError(`cannot compare with ${name} '${text}'`, "give a decimal number, 0 or more, such as 1e-6");
  }
  return value;
}
