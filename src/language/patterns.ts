/**
 * Regular expressions of packs: JavaScript's, always with the flags `m` and `u`, so `^` is the start of a line and `\p{L}` works. A pack
 * may use the part of them that can be searched in linear time (pattern-syntax.ts), as the texts come from strangers.
 */
import { configError } from "../model/errors.ts";

/** What patterns are used for. */
export interface PatternSearch {
  /** What group 1 of the first match captures; null when there is no match or it captures nothing. */
  firstCapture(pattern: string, text: string): string | null;
  /** Whether a pattern matches somewhere in a text. */
  matches(pattern: string, text: string): boolean;
  /** Replaces every match of a pattern by one blank, so that what stood around it stays apart. */
  blankMatches(pattern: string, text: string): string;
}

/** Several patterns as one: of those that match at a place the first. */
export function togetherOf(patterns: readonly string[]): string {
  return patterns.join("|");
}

/**
 * The search for the patterns of a language. JavaScript's own search goes back and tries again, so with most patterns its time can grow much
 * faster than the text. The patterns of the built-in languages are written so that it does not (a test tries each of them with hostile texts),
 * and it starts in no time. All others are searched by pattern-match.ts.
 */
export function searchFor({ layer }: { readonly layer: number }): PatternSearch {
  return layer === 0 ? nativeSearch : linearSearch;
}

/** For patterns that are known to be harmless. */
export const nativeSearch: PatternSearch = {
  firstCapture: (pattern, text) => compile(pattern).exec(text)?.[1] ?? null,
  matches: (pattern, text) => compile(pattern).test(text),
  blankMatches: (pattern, text) => text.replace(compile(pattern, "g"), " "),
};

/** For any pattern that {@link patternProblem} has nothing to say about. Loaded when it is used. */
export const linearSearch: PatternSearch = {
  firstCapture: (pattern, text) => linear(pattern, ({ firstMatch }) => firstMatch(pattern, text)?.groups[1] ?? null),
  matches: (pattern, text) => linear(pattern, ({ firstMatch }) => firstMatch(pattern, text) !== null),
  blankMatches: (pattern, text) => linear(pattern, ({ replaceMatches }) => replaceMatches(pattern, text, " ")),
};

/** A sentence that says what is wrong with a pattern, or null. */
export function patternProblem(pattern: string, groups: "none" | "one"): string | null {
  const { programOf } = require("./pattern-program.ts") as typeof import("./pattern-program.ts");
  const { PatternRefusal } = require("./pattern-syntax.ts") as typeof import("./pattern-syntax.ts");
  try {
    const { slots } = programOf(pattern);
    return groups === "one" && slots < 4 ? "has no group (...) that captures the name" : null;
  } catch (error) {
    if (error instanceof PatternRefusal) return error.message;
    throw error;
  }
}

function compile(pattern: string, extraFlags = ""): RegExp {
  return new RegExp(pattern, `mu${extraFlags}`);
}

function linear<T>(pattern: string, use: (search: typeof import("./pattern-match.ts")) => T): T {
  const problem = patternProblem(pattern, "none");
  // A box may keep packs that an earlier version has checked.
  if (problem !== null) throw configError(`the pattern ${pattern} of a language pack ${problem}`, "change the pack; a box that keeps it has to be made again with init --force");
  return use(require("./pattern-match.ts") as typeof import("./pattern-match.ts"));
}
