/** Patterns of submissions.yaml: `*` within one name, and braces with alternatives. There is no `**` and no `[...]`. */

/** More alternatives than this, all braces combined, are refused. */
const alternativesLimit = 10_000;

/** @returns why a pattern is none; null: it is one */
export function globMistake(pattern: string): string | null {
  if (pattern.includes("**")) return "has '**', which the format does not have: '*' stands for part of one name";
  if (/[[\]]/.test(pattern)) return "has brackets, which the format does not have: alternatives stand in braces";
  try {
    expandBraces(pattern);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Whether a path, or a directory above it, is one that the pattern means.
 * @throws Error for what {@link globMistake} tells about
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map((alternative) => {
    const names = alternative.replace(/\/+$/, "").split("/").map((name) => ({ pieces: name.split("*") }));
    return (path: string) => {
      const parts = path.split("/");
      return parts.length >= names.length && names.every(({ pieces }, index) => matchesPieces(parts[index]!, pieces));
    };
  });
  return (path) => alternatives.some((matches) => matches(path));
}

/** Pieces of a pattern, with anything between them. No regular expression: a pattern of many stars must not take for ever. */
function matchesPieces(name: string, pieces: readonly string[]): boolean {
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  if (pieces.length === 1) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** `a{b,c}{d,e}` to abd, abe, acd, ace. Braces may be inside of each other; blanks around an alternative mean nothing. */
function expandBraces(pattern: string): string[] {
  const { texts, end } = readSequence(pattern, 0, false);
  if (end < pattern.length) throw new Error("closes a brace that is not open");
  return texts;
}

interface Sequence {
  readonly texts: string[];
  readonly end: number;
}

function readSequence(pattern: string, start: number, isInside: boolean): Sequence {
  let texts = [""];
  let at = start;
  while (at < pattern.length && pattern[at] !== "}" && !(isInside && pattern[at] === ",")) {
    if (pattern[at] !== "{") {
      const next = /[{}]|,/.exec(pattern.slice(at + 1));
      const end = next === null ? pattern.length : at + 1 + next.index;
      texts = texts.map((text) => text + pattern.slice(at, end));
      at = end;
      continue;
    }
    const alternatives: string[] = [];
    do {
      const alternative = readSequence(pattern, at + 1, true);
      alternatives.push(...alternative.texts.map((text) => text.trim()));
      at = alternative.end;
    } while (pattern[at] === ",");
    if (pattern[at] !== "}") throw new Error("does not close a brace");
    at++;
    if (texts.length * alternatives.length > alternativesLimit) throw new Error(`means more than ${alternativesLimit} names`);
    texts = texts.flatMap((text) => alternatives.map((alternative) => text + alternative));
  }
  return { texts, end: at };
}
