/** Regular expressions of packs: always with these flags, so `^` is the start of a line and `\p{L}` works. */

const flags = "mu";

/** @throws SyntaxError when it is no regular expression */
export function compilePattern(pattern: string, extraFlags = ""): RegExp {
  return new RegExp(pattern, flags + extraFlags);
}

/** A sentence that says what is wrong with a pattern, or null. */
export function patternProblem(pattern: string, groups: "none" | "one"): string | null {
  let matcher: RegExp;
  try {
    // The empty alternative matches everywhere, so the match tells how many groups there are.
    matcher = compilePattern(`(?:${pattern})|`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `not a regular expression: ${reason.replace(/^Invalid regular expression: /i, "")}`;
  }
  const groupCount = (matcher.exec("")?.length ?? 1) - 1;
  return groups === "one" && groupCount < 1 ? "has no group (...) that captures the name" : null;
}
